import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BlockOutcome } from '@rumi/kernel/sandbox'
import { answerOf, attack, createHostileDriver, type HostileDriver } from './support/hostile-driver.ts'
import { createProcessName, eventually, findProcessesNamed } from './support/processes.ts'
import { buildNativeAddon } from './support/native-addon.ts'

let driver: HostileDriver

beforeAll(async () => {
  driver = createHostileDriver()
  expect(await driver.selfTest()).toMatchObject({ passed: true })
})

afterAll(async () => driver.close())

const play = (file: string, trick: string, more = {}): Promise<BlockOutcome> =>
  attack(driver, file, { pack: 'tricks', input: { trick, ...more } })

async function expectUnharmed(): Promise<void> {
  for (const [pack, file] of [
    ['tricks', 'hello.py'],
    ['other', 'hello.py'],
    ['tricks', 'hello.mjs'],
  ] as const) {
    expect(await answerOf(attack(driver, file, { pack, input: 'next' }))).toEqual({ hello: 'next' })
  }
}

/** A trick, and what comes of it: a value, or the type of the error. */
const tricks = [
  ['tricks.py', 'close channel', { error: 'bad_output' }],
  ['tricks.py', 'close output', 'still there'],
  ['tricks.py', 'no streams', 'still there'],
  ['tricks.py', 'hostile streams', 'still there'],
  ['tricks.py', 'garbage', { error: 'bad_output' }],
  ['tricks.py', 'kill everybody', 'still there'],
  ['tricks.py', 'environment of a child', ['65534', true]],
  ['tricks.py', 'raise strangely', { error: 'block_error' }],
  ['tricks.py', 'raise endlessly', { error: 'block_error' }],
  ['tricks.py', 'return strangely', { error: 'bad_output' }],
  ['tricks.py', 'exit as the sandbox', { error: 'bad_output' }],
  ['tricks.py', 'stop', 'stopped its child'],
  ['tricks.mjs', 'close channel', { error: 'bad_output' }],
  ['tricks.mjs', 'close output', 'still there'],
  ['tricks.mjs', 'garbage', { error: 'bad_output' }],
  ['tricks.mjs', 'kill everybody', 'still there'],
  ['tricks.mjs', 'poison prototypes', { error: 'bad_output' }],
  ['tricks.mjs', 'throw strangely', { error: 'block_error' }],
  ['tricks.mjs', 'debug', 'still there'],
] as const

describe('a trick against the code around the block', () => {
  it.each(tricks)('harms nobody but its own call (%s, %s)', async (file, trick, seen) => {
    const outcome = await play(file, trick)
    expect(outcome.ok ? outcome.value : { error: outcome.errorType }).toEqual(seen)
    await expectUnharmed()
  })

  it.each([
    ['tricks.py', 'replace modules', ['own', 'forged']],
    ['tricks.mjs', 'replace json', ['own', 'forged']],
  ] as const)('changes at most its own answer (%s, %s)', async (file, trick, possible) => {
    expect(possible).toContain(await answerOf(play(file, trick)))
    await expectUnharmed()
  })
})

describe('native code of a pack', () => {
  it('is under the same rules as the rest of it', async () => {
    const tree = mkdtempSync(join(tmpdir(), 'rumi-addon-'))
    try {
      chmodSync(tree, 0o755)
      writeFileSync(join(tree, 'evil.node'), buildNativeAddon(), { mode: 0o755 })
      writeFileSync(
        join(tree, 'load.mjs'),
        "export const run = () => process.dlopen({ exports: {} }, '/pack/evil.node')\n",
      )
      const outcome = await attack(driver, 'load.mjs', { pack: 'native', version: '9', tree })
      expect(outcome).toMatchObject({
        ok: false,
        errorType: 'bad_output',
        message: expect.stringContaining('exit code 65'),
      })
    } finally {
      await driver.evict('native' as never)
      rmSync(tree, { recursive: true })
    }
  })
})

describe('a call that starves those beside it', () => {
  it('of processes does not keep the fork server from starting the next', async () => {
    const holding = play('tricks.py', 'hold processes', { seconds: 0.7 })
    for (let round = 0; round < 5; round += 1) {
      const beside = attack(driver, 'hello.py', { pack: 'tricks', input: round })
      expect(await answerOf(beside)).toEqual({ hello: round })
    }
    expect(await answerOf(holding)).toBeGreaterThan(8)
  })

  it('of memory that belongs to no process is over when the calls are', async () => {
    const holding = Array.from({ length: 8 }, () => play('tricks.py', 'hold files', { seconds: 0.3 }))
    for (const outcome of await Promise.all(holding)) {
      if (!outcome.ok) expect(outcome.errorType).toMatch(/oom|busy|bad_output|internal/)
    }
    await expectUnharmed()
  })
})

describe('the fork server', () => {
  it('shows a call nothing of those beside it, and no way to speak in its name', async () => {
    const secret = `SECRET ${'s'.repeat(50)}`
    const name = createProcessName()
    const holding = Array.from({ length: 3 }, () => play('tricks.py', 'hold secret', { secret, name, seconds: 1 }))
    expect(await eventually(() => findProcessesNamed(name).length === 3, 5000)).toBe(true)
    const seen = await answerOf(play('tricks.py', 'look back'))
    expect(JSON.stringify(seen)).not.toContain('SECRET')
    const [channel, ...memories] = seen as readonly string[]
    expect(channel).toBe('Bad file descriptor')
    // Its own request, and for each call that the same server runs: not mapped.
    expect(memories.pop()).toContain('look back')
    expect(memories.filter((memory) => memory !== 'Bad address')).toEqual([])
    for (const outcome of await Promise.all(holding)) expect(outcome).toMatchObject({ ok: true, log: `${secret}\n` })
  })
})
