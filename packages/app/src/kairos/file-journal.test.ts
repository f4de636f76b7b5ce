import { describe, expect, it } from 'vitest'
import { createFixedClock, createMemoryState } from '@rumi/kernel/testing'
import type { DataFolder, FileChange } from '@rumi/skills/base'
import { FileJournal } from './file-journal.ts'

const write = (path: string, text: string): FileChange => ({
  ...{ kind: 'write', path, isExecutable: path.endsWith('.sh') },
  bytes: Buffer.from(text),
})

function start() {
  const files = new Map<string, string>()
  const broken: { isBroken: boolean; after: number } = { isBroken: false, after: 0 }
  const folder: DataFolder = {
    list: () => ({ files: [], diagnostics: [] }),
    read: () => ({ ok: false, error: 'missing' }),
    apply: (changes) => {
      for (const [index, change] of changes.entries()) {
        if (broken.isBroken && index >= broken.after) throw new Error('the power went')
        if (change.kind === 'remove') files.delete(change.path)
        else files.set(change.path, Buffer.from(change.bytes).toString())
      }
    },
  }
  const state = createMemoryState(createFixedClock(0))
  let drawn = 0
  const random = { bytes: (count: number) => new Uint8Array(count).fill((drawn += 1)) }
  const open = () => new FileJournal({ state, folder, random })
  return { files, broken, state, open }
}

const sorted = (files: ReadonlyMap<string, string>) => [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))
const note = { kind: 'kairos.files', actor: 'test', subject: 'x', data: {} }

describe('a change of files', () => {
  it('is there with its record, and leaves nothing to finish', async () => {
    const { files, state, open } = start()
    files.set('b', 'old')
    const value = await open().commit((writer) => {
      writer.append(note)
      return { value: 7, changes: [write('a', '1'), { kind: 'remove', path: 'b' }] }
    })
    expect([value, [...files], state.entries.length]).toEqual([7, [['a', '1']], 1])
    files.clear()
    await open().recover()
    expect([...files]).toEqual([])
  })

  it.each([0, 1, 2])('that is cut off after %i files is finished at the next start', async (after) => {
    const { files, broken, state, open } = start()
    Object.assign(broken, { isBroken: true, after })
    const changes = [write('a', '1'), write('b', '2'), { kind: 'remove' as const, path: 'c' }]
    files.set('c', 'old')
    const cut = open().commit((writer) => {
      writer.append(note)
      return { value: 'done', changes }
    })
    await expect(cut).rejects.toThrow('the power went')
    broken.isBroken = false
    await open().recover()
    expect([sorted(files), state.entries.length]).toEqual([
      [
        ['a', '1'],
        ['b', '2'],
      ],
      1,
    ])
  })

  it('comes before the next one when its files could not be written', async () => {
    const { files, broken, state, open } = start()
    const journal = open()
    broken.isBroken = true
    await expect(journal.commit(() => ({ value: 1, changes: [write('a', '1')] }))).rejects.toThrow('the power went')
    await expect(journal.commit(() => ({ value: 2, changes: [write('a', '2')] }))).rejects.toThrow('the power went')
    broken.isBroken = false
    await journal.commit(() => ({ value: 3, changes: [write('b', '3')] }))
    expect(sorted(files)).toEqual([
      ['a', '1'],
      ['b', '3'],
    ])
    files.clear()
    await open().recover()
    expect([[...files], state.entries]).toEqual([[], []])
  })

  it('does not happen when its record cannot be written', async () => {
    const { files, state, open } = start()
    state.beforeCommit = () => {
      throw new Error('the disk is full')
    }
    await expect(open().commit(() => ({ value: 1, changes: [write('a', '1')] }))).rejects.toThrow('the disk is full')
    expect([[...files], state.entries]).toEqual([[], []])
  })

  it('does not happen when its decision fails', async () => {
    const { files, open } = start()
    await expect(
      open().commit(() => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect([...files]).toEqual([])
  })
})
