import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameKind } from '@rumi/drivers/channel'
import type { BlockOutcome } from '@rumi/kernel/sandbox'
import { answerOf, attack, createHostileDriver, hostileCall, type HostileDriver } from './support/hostile-driver.ts'
import { findProcess } from './support/processes.ts'

let driver: HostileDriver
let packs = 0

beforeAll(async () => {
  driver = createHostileDriver()
  expect(await driver.selfTest()).toMatchObject({ passed: true })
})

afterAll(async () => driver.close())

/** Every way to write to a channel past the code that is meant to. The first call of a pack has number 1. */
const ways = [
  { file: 'channel.py', isolation: 'fresh', channel: 3, next: 'hello.py' },
  { file: 'channel.py', isolation: 'warm', channel: 4, next: 'hello.py' },
  { file: 'channel.mjs', isolation: 'fresh', channel: 4, next: 'hello.mjs' },
  { file: 'channel.mjs', isolation: 'warm', channel: 4, next: 'hello.mjs' },
] as const
type Way = (typeof ways)[number]

/** A frame as the block writes it; the body is text, a character a byte. */
interface Forged {
  readonly kind: number
  readonly body?: string
  /** Added to the number of its own call. */
  readonly offset?: number
  /** What the frame says its length is. */
  readonly length?: number
}

/** Lets a block of a pack of its own write the frames and then answer `{ own: 'answer' }`. */
function forge(way: Way, frames: readonly Forged[], more = {}): { readonly pack: string; readonly outcome: Promise<BlockOutcome> } {
  packs += 1
  const pack = `forger-${packs}`
  const input = { frames: frames.map((frame) => ({ ...frame })), channel: way.channel, call: 1, own: 'answer' }
  const { seconds = 0.2, limits = {}, ...rest } = more as { seconds?: number; limits?: object }
  const call = { pack, isolation: way.isolation, input: { ...input, ...rest, seconds }, limits }
  return { pack, outcome: attack(driver, way.file, call) }
}

/** The next calls of a pack, one after the other, must get their own answers. */
async function expectUnharmed(way: Way, pack: string): Promise<void> {
  for (const input of ['first', 'second']) {
    const next = attack(driver, way.next, { pack, isolation: way.isolation, input })
    expect(await answerOf(next)).toEqual({ hello: input })
  }
  await driver.evict(pack as never)
}

const result = (text: string, more: Omit<Forged, 'kind' | 'body'> = {}): Forged => ({
  kind: frameKind.result,
  body: text,
  ...more,
})

describe.each(ways)('a block that writes to its channel ($isolation $file)', (way) => {
  it('IPC-02: gains nothing by a second answer: the next call gets its own', async () => {
    const { pack, outcome } = forge(way, [result('{"ok":true,"value":"forged"}'), result('{"ok":true,"value":"for the next"}')])
    // What it said first is its answer: it may say what it likes about itself.
    expect(await outcome).toMatchObject({ ok: true, value: 'forged' })
    await expectUnharmed(way, pack)
  })

  it('IPC-02: gains nothing by an answer to a call that is still to come', async () => {
    const { pack, outcome } = forge(way, [result('{"ok":true,"value":"forged"}', { offset: 1 })])
    if (way.channel === 3) {
      // The fork server writes the number: whatever the block writes is about itself.
      expect(await outcome).toMatchObject({ ok: true, value: 'forged' })
    } else {
      expect(await outcome).toMatchObject({ ok: false, errorType: 'bad_output' })
    }
    await expectUnharmed(way, pack)
  })

  it('IPC-03: cannot answer for a call that runs beside it', async () => {
    const offsets = [-2, -1, 1, 2, 3, 4, 5]
    const { pack, outcome } = forge(
      way,
      offsets.map((offset) => result('{"ok":true,"value":"forged"}', { offset })),
    )
    const beside = ['a', 'b', 'c', 'd'].map((input) =>
      attack(driver, way.next, { pack, isolation: way.isolation, input }),
    )
    await outcome
    const answers = (await Promise.all(beside)).map((settled) => (settled.ok ? settled.value : settled.errorType))
    expect(answers).toEqual(['a', 'b', 'c', 'd'].map((hello) => ({ hello })))
    await expectUnharmed(way, pack)
  })

  it.each(Object.entries({ none: 0, call: 1, kill: 2, ready: 3, end: 7, ask: 8, answer: 9, unknown: 255 }))(
    'IPC-02: is ended for a frame that only others may send (%s)',
    async (_, kind) => {
      const { pack, outcome } = forge(way, [{ kind, body: '{"code":0}' }])
      expect(await outcome).toMatchObject({ ok: false, errorType: expect.stringMatching(/^(bad_output)$/) })
      await expectUnharmed(way, pack)
    },
  )

  it.each([0xffff_ffff, 0x7fff_ffff, 6 * 1024 * 1024, 4, 0])(
    'LIM-09: is ended for a frame whose length is %d, before a byte of it is awaited',
    async (length) => {
      const { pack, outcome } = forge(way, [result('', { length })], { seconds: 5 })
      expect(await outcome).toMatchObject({ ok: false, errorType: 'bad_output' })
      await expectUnharmed(way, pack)
    },
  )

  it('LIM-09: is ended at its deadline when the rest of a frame does not come', async () => {
    const more = { seconds: 5, limits: { wallMs: 500 } }
    const { pack, outcome } = forge(way, [result('{"ok":true', { length: 4_000_000 })], more)
    expect(await outcome).toMatchObject({ ok: false, errorType: 'timeout' })
    await expectUnharmed(way, pack)
  })

  const bodies = {
    'IPC-05 invalid UTF-8': '{"ok":true,"value":"\xff\xfe"}',
    'IPC-05 half of a character': '{"ok":true,"value":{"a":["\\ud800"]}}',
    'IPC-05 half of a character in a key': '{"ok":true,"value":{"\\uDC00":1}}',
    'nothing': '',
    'no JSON': '{"ok":true,"value":',
    'two documents': '{"ok":true,"value":1}{"ok":true,"value":2}',
    'not a number': '{"ok":true,"value":NaN}',
    'a number too large': '{"ok":true,"value":1e999}',
    'no object': '[true]',
    'neither': '{"ok":"maybe","value":1}',
    'a key twice': '{"ok":false,"ok":true,"value":1}',
    'IPC-01 a principal of its own': '{"ok":true,"value":1,"principal_id":"other","owner_pack":"other"}',
    'a depth of 100': `{"ok":true,"value":${'['.repeat(100)}${']'.repeat(100)}}`,
    'a depth of 100000': `{"ok":true,"value":${'['.repeat(100_000)}`,
    'an error without a message': '{"ok":false,"type":"oom"}',
    'a long error type': `{"ok":false,"type":"${'x'.repeat(100)}","message":""}`,
  }

  it('IPC-05: gets bad_output for an answer that is not one', async () => {
    const outcomes = Object.entries(bodies).map(async ([name, body]) => {
      const { pack, outcome } = forge(way, [result(body)])
      const settled = await outcome
      await driver.evict(pack as never)
      return [name, settled.ok ? settled.value : settled.errorType]
    })
    expect(await Promise.all(outcomes)).toEqual(Object.keys(bodies).map((name) => [name, 'bad_output']))
  })

  it('cannot claim what only the kernel decides', async () => {
    for (const type of ['sandbox_unavailable', 'not_approved', 'timeout', 'cancelled', 'internal', 'nonsense']) {
      const { pack, outcome } = forge(way, [result(JSON.stringify({ ok: false, type, message: 'so it says' }))])
      expect(await outcome).toMatchObject({ ok: false, errorType: 'block_error', message: 'so it says' })
      await driver.evict(pack as never)
    }
  })

  it('pollutes no prototype by its answer', async () => {
    const { pack, outcome } = forge(way, [result('{"ok":true,"value":{"__proto__":{"polluted":1},"constructor":1}}')])
    const value = await answerOf(outcome)
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    await driver.evict(pack as never)
  })
})

describe('what a call is told', () => {
  it.each(['context.py', 'context.mjs'])('IPC-01: comes from the kernel, whatever the payload says (%s)', async (file) => {
    const context = { flow_id: 'flow', step_id: 'step', owner_pack: 'hostile' }
    const input = { context: { owner_pack: 'other' }, owner_pack: 'other', file: 'other.py', limits: { answerBytes: 1 } }
    const answer = await answerOf(attack(driver, file, { pack: 'payload', input, context }))
    expect(answer).toEqual({ plain: { ...context, inputs: input }, functions: ['http_request', 'network_check'] })
  })
})

describe('descriptors sent along', () => {
  it.each(ways.filter((way) => way.file === 'channel.py'))(
    'IPC-09: reach nobody ($isolation $file)', // a block of Node cannot send any: nothing it can call takes them
    async (way) => {
      const open = (): number => readdirSync('/proc/self/fd').length
      const before = open()
      for (let round = 0; round < 3; round += 1) {
        const { pack, outcome } = forge(way, [{ kind: frameKind.stdout, body: 'with descriptors' }], { descriptors: 20, seconds: 0 })
        expect(await outcome).toMatchObject({ ok: true, value: { own: 'answer' }, log: 'with descriptors' })
        await driver.evict(pack as never)
      }
      expect(open()).toBeLessThanOrEqual(before)
    },
  )
})

describe('a worker of an evicted pack', () => {
  it('IPC-10: is gone when evict resolves, and its calls are answered only then', async () => {
    const end = new AbortController()
    const before = new Set(driver.workerPids())
    const inputs = { name: 'evicted', how: 'sleep' }
    const running = (['stay.py', 'stay.mjs'] as const).flatMap((file) =>
      (['fresh', 'warm'] as const).map(async (isolation) => {
        const call = hostileCall(file, { pack: 'evicted', isolation, input: inputs })
        const outcome = await driver.execute(call, end.signal)
        return { outcome, alive: workers().filter((pid) => findProcess(pid) !== undefined).length }
      }),
    )
    const workers = (): readonly number[] => driver.workerPids().filter((pid) => !before.has(pid))
    const other = await answerOf(attack(driver, 'hello.py', { pack: 'other', input: 1 }))
    const pids = workers()
    expect(pids.length).toBeGreaterThanOrEqual(4)
    await driver.evict('evicted' as never)
    expect(pids.filter((pid) => findProcess(pid) !== undefined)).toHaveLength(1) // the other pack's
    for (const { outcome } of await Promise.all(running)) {
      expect(outcome).toMatchObject({ ok: false, errorType: 'cancelled' })
    }
    expect(other).toEqual({ hello: 1 })
    const again = attack(driver, 'hello.py', { pack: 'evicted', input: 2 })
    expect(await answerOf(again)).toEqual({ hello: 2 })
  })

  it('IPC-10: is another one for another tree of the same pack', async () => {
    const versions = ['1', '2'].map((version) =>
      answerOf(attack(driver, 'plant.py', { pack: 'versions', isolation: 'warm', version })),
    )
    for (const found of await Promise.all(versions)) expect(found).toMatchObject({ module: 0, files: [], daemon: false })
    await driver.evict('versions' as never)
  })
})
