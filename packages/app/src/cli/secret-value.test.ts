import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { en } from '../messages/index.ts'
import { decodeSecretValue, readSecretValue } from './secret-value.ts'
import type { Session } from './session.ts'

const folder = mkdtempSync(join(tmpdir(), 'rumi-value-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { usage } = en.gate

describe('the value of a secret', () => {
  it.each([
    ['s3cret', 's3cret'],
    ['s3cret\n', 's3cret'],
    ['s3cret\r\n', 's3cret'],
    ['two\nlines\n\n', 'two\nlines\n'],
    [' spaces ', ' spaces '],
    ['\ufeffbom', '\ufeffbom'],
  ])('%j is %j: only one line end is left off', (text, value) => {
    expect(decodeSecretValue(Buffer.from(text), usage)).toEqual({ ok: true, value })
  })

  it.each([
    ['nothing', Buffer.from(''), usage.secretEmpty],
    ['a line end alone', Buffer.from('\n'), usage.secretEmpty],
    ['no text', Buffer.from([0x73, 0xff]), usage.secretText],
  ])('is refused when it is %s', (_, bytes, error) => {
    expect(decodeSecretValue(bytes, usage)).toEqual({ ok: false, error })
  })

  it('that is typed is asked for without an echo', async () => {
    const asked: string[] = []
    const terminal = {
      isTyped: true,
      askHidden: async (question: string) => {
        asked.push(question)
        return 'typed'
      },
    }
    const session = { terminal, messages: en, currentFolder: folder } as unknown as Session
    expect(await readSecretValue(session, { key: 'KEY', file: undefined })).toEqual({ ok: true, value: 'typed' })
    expect(asked).toEqual([expect.stringContaining('KEY')])
  })

  it('comes from a file when one is named, also at a terminal', async () => {
    writeFileSync(join(folder, 'value.txt'), 'from a file\n')
    const session = { terminal: { isTyped: true }, messages: en, currentFolder: folder } as unknown as Session
    const read = await readSecretValue(session, { key: 'KEY', file: 'value.txt' })
    expect(read).toEqual({ ok: true, value: 'from a file' })
    const missing = await readSecretValue(session, { key: 'KEY', file: 'nowhere.txt' })
    expect(missing).toEqual({ ok: false, error: expect.stringMatching(/nowhere\.txt.*ENOENT/) })
  })
})
