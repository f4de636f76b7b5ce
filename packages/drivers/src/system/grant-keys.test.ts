import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Outcome } from '@rumi/kernel/base'
import { loadGrantKeys, type GrantKeyFile } from './grant-keys.ts'
import { prepareHome } from './home.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function makeHome() {
  const folder = mkdtempSync(join(tmpdir(), 'rumi-grant-keys-'))
  folders.push(folder)
  const prepared = prepareHome(folder)
  if (!prepared.ok) throw new Error(prepared.error.message)
  const file = join(prepared.value.keys, 'grants.key')
  return { file, load: (hasGrants: boolean) => loadGrantKeys(prepared.value, hasGrants) }
}

const codeOf = (outcome: Outcome<GrantKeyFile>): string => (outcome.ok ? 'ok' : outcome.error.code)
const idsOf = (outcome: Outcome<GrantKeyFile> | GrantKeyFile): readonly string[] => {
  if ('ok' in outcome && !outcome.ok) throw new Error(outcome.error.message)
  return ('ok' in outcome ? outcome.value : outcome).keys.map(({ keyId }) => keyId)
}

describe('the keys that sign grants', () => {
  it('are made for a home that never had a grant, for the owner alone, and found again', () => {
    const { file, load } = makeHome()
    const made = idsOf(load(false))
    expect([made.length, statSync(file).mode & 0o777, idsOf(load(true))]).toEqual([1, 0o600, made])
    expect(idsOf(makeHome().load(false))).not.toEqual(made)
  })

  it('are never made for a home that has grants', () => {
    const { file, load } = makeHome()
    expect([codeOf(load(true)), existsSync(file)]).toEqual(['home.keys_missing', false])
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['half a key', 'ab\n'],
    ['a key in capitals', `${'AB'.repeat(32)}\n`],
    ['something beside a key', `${'ab'.repeat(32)}\nnote\n`],
    ['more keys than are ever made', `${'ab'.repeat(32)}\n`.repeat(17)],
  ])('are not guessed from %s', (_name, text) => {
    const { file, load } = makeHome()
    writeFileSync(file, text, { mode: 0o600 })
    expect([codeOf(load(true)), codeOf(load(false)), readFileSync(file, 'utf8')]).toEqual([
      'home.keys_damaged',
      'home.keys_damaged',
      text,
    ])
  })

  it.each([0o640, 0o604, 0o620])('are not used when others may reach them (mode %o)', (mode) => {
    const { file, load } = makeHome()
    load(false)
    chmodSync(file, mode)
    expect(codeOf(load(true))).toBe('home.unsafe')
  })

  it('are not read through a link', () => {
    const [one, other] = [makeHome(), makeHome()]
    one.load(false)
    symlinkSync(one.file, other.file)
    expect(codeOf(other.load(true))).toBe('home.unsafe')
  })

  it('are changed in two steps, each on disk when it is done: the new one signs, the old one counts, then goes', () => {
    const { load } = makeHome()
    const opened = load(false)
    if (!opened.ok) throw new Error(opened.error.message)
    const [old] = idsOf(opened)
    const added = opened.value.addKey()
    const [fresh] = idsOf(added)
    expect([idsOf(added), idsOf(load(true))]).toEqual([
      [fresh, old],
      [fresh, old],
    ])
    expect(fresh).not.toBe(old)
    expect([idsOf(added.dropOldKeys()), idsOf(load(true))]).toEqual([[fresh], [fresh]])
  })
})
