import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameKind } from '@rumi/drivers/channel'
import type { JsonObject } from '@rumi/kernel/base'
import type { BlockOutcome } from '@rumi/kernel/sandbox'
import {
  answerOf,
  attack,
  createHostileDriver,
  hostileCall,
  type CallChanges,
  type HostileDriver,
} from './support/hostile-driver.ts'
import { findProcess } from './support/processes.ts'

let driver: HostileDriver

beforeAll(async () => {
  driver = createHostileDriver()
  expect(await driver.selfTest()).toMatchObject({ passed: true })
})

afterAll(async () => driver.close())

/** Every way to write to a channel past the code that is meant to. */
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

/** How many calls each way has made: the calls of a pack are numbered in their order, which a block may well guess. */
const made = new Map<Way, number>()

function call(way: Way, file: string, more: Pick<CallChanges, 'input' | 'limits'>): Promise<BlockOutcome> {
  made.set(way, (made.get(way) ?? 0) + 1)
  return attack(driver, file, { ...more, pack: `forger-${ways.indexOf(way)}`, isolation: way.isolation })
}

/** Lets a block write the frames and then, if it still can, answer `{ own: 'answer' }`. */
function forge(way: Way, frames: readonly Forged[], more: JsonObject = {}): Promise<BlockOutcome> {
  const number = (made.get(way) ?? 0) + 1
  const input = { frames: frames.map((frame) => ({ ...frame })), channel: way.channel, call: number, own: 'answer' }
  const limits = typeof more['wallMs'] === 'number' ? { wallMs: more['wallMs'] } : {}
  return call(way, way.file, { input: { ...input, seconds: 0.2, ...more }, limits })
}

/**
 * The next call of a pack must get its own answer. In a warm worker, which is the pack's own and has state by contract,
 * it may share the end of the worker; it never gets another call's answer, and the one after it is served.
 */
async function expectUnharmed(way: Way): Promise<void> {
  for (let left = way.isolation === 'warm' ? 1 : 0; left >= 0; left -= 1) {
    const outcome = await call(way, way.next, { input: 'next' })
    if (left > 0 && !outcome.ok) expect(outcome.errorType).toBe('bad_output')
    else expect(outcome).toMatchObject({ ok: true, value: { hello: 'next' } })
  }
}

const result = (text: string, more: Omit<Forged, 'kind' | 'body'> = {}): Forged => ({
  kind: frameKind.result,
  body: text,
  ...more,
})

describe.each(ways)('a block that writes to its channel ($isolation $file)', (way) => {
  it('IPC-02: gains nothing by a second answer: the next call gets its own', async () => {
    const frames = [result('{"ok":true,"value":"forged"}'), result('{"ok":true,"value":"for the next"}')]
    // What it said first may be its answer: it can say what it likes about itself.
    const outcome = await forge(way, frames)
    expect(outcome.ok ? outcome.value : outcome.errorType).toMatch(/^(forged|bad_output)$/)
    await expectUnharmed(way)
  })

  it('IPC-02: gains nothing by an answer to a call that is still to come', async () => {
    const outcome = await forge(way, [result('{"ok":true,"value":"forged"}', { offset: 1 })])
    // The fork server writes the number: whatever its child says is about itself. Elsewhere it is a violation.
    if (way.channel === 3) expect(outcome).toMatchObject({ ok: true, value: 'forged' })
    else expect(outcome).toMatchObject({ ok: false, errorType: 'bad_output' })
    await expectUnharmed(way)
  })

  it('IPC-03: cannot answer for a call that runs beside it', async () => {
    const offsets = [-2, -1, 1, 2, 3, 4, 5]
    const forging = forge(
      way,
      offsets.map((offset) => result('{"ok":true,"value":"forged"}', { offset })),
    )
    const beside = ['a', 'b', 'c', 'd'].map((input) => call(way, way.next, { input }))
    await forging
    const answers = (await Promise.all(beside)).map((settled) => (settled.ok ? settled.value : settled.errorType))
    expect(answers).toEqual(['a', 'b', 'c', 'd'].map((hello) => ({ hello })))
    await expectUnharmed(way)
  })

  it.each([
    { what: 'a kind that only others may send', frame: { kind: frameKind.end, body: '{"code":0}' } },
    { what: 'a second greeting', frame: { kind: frameKind.ready } },
    { what: 'a length beyond all bounds', frame: { kind: frameKind.result, length: 0xffff_ffff } },
  ])('LIM-09: is ended for $what, and nobody after it is harmed', async ({ frame }) => {
    expect(await forge(way, [frame], { seconds: 5 })).toMatchObject({ ok: false, errorType: 'bad_output' })
    await expectUnharmed(way)
  })
})

/** The readers of frames are the same for Node; these run where a call costs little. */
const pythonWays = ways.filter((way) => way.file === 'channel.py')

describe.each(pythonWays)('a block that writes to its channel ($isolation $file)', (way) => {
  it.each([0, frameKind.call, frameKind.kill, frameKind.ask, frameKind.answer, 10, 255])(
    'IPC-02: is ended for a frame of kind %d',
    async (kind) => {
      expect(await forge(way, [{ kind, body: '{}' }])).toMatchObject({ ok: false, errorType: 'bad_output' })
      await expectUnharmed(way)
    },
  )

  it.each([0x7fff_ffff, 6 * 1024 * 1024, 4, 0])(
    'LIM-09: is ended for a length of %d, before a byte of the body is awaited',
    async (length) => {
      const outcome = await forge(way, [result('', { length })], { seconds: 5 })
      expect(outcome).toMatchObject({ ok: false, errorType: 'bad_output' })
      await expectUnharmed(way)
    },
  )

  it('LIM-09: is ended at its deadline when the rest of a frame does not come', async () => {
    const outcome = await forge(way, [result('{"ok":true', { length: 4_000_000 })], { seconds: 5, wallMs: 400 })
    expect(outcome).toMatchObject({ ok: false, errorType: 'timeout' })
    await expectUnharmed(way)
  })
})

/** The reader of answers is the same for every way; these run where a call costs least. */
const fresh = ways.filter((way) => way.channel === 3)

describe.each(fresh)('an answer that a block writes itself ($isolation $file)', (way) => {
  const bodies = {
    'invalid UTF-8': '{"ok":true,"value":"\xff\xfe"}',
    'half of a character': '{"ok":true,"value":{"a":["\\ud800"]}}',
    'half of a character in a key': '{"ok":true,"value":{"\\uDC00":1}}',
    nothing: '',
    'no JSON': '{"ok":true,"value":',
    'two documents': '{"ok":true,"value":1}{"ok":true,"value":2}',
    'not a number': '{"ok":true,"value":NaN}',
    'a number too large': '{"ok":true,"value":1e999}',
    'no object': '[true]',
    'neither yes nor no': '{"ok":"maybe","value":1}',
    'a key twice': '{"ok":false,"ok":true,"value":1}',
    'a principal of its own (IPC-01)': '{"ok":true,"value":1,"principal_id":"other","owner_pack":"other"}',
    'a depth of 100': `{"ok":true,"value":${'['.repeat(100)}${']'.repeat(100)}}`,
    'a depth of 100000': `{"ok":true,"value":${'['.repeat(100_000)}`,
    'an error without a message': '{"ok":false,"type":"oom"}',
    'a long error type': `{"ok":false,"type":"${'x'.repeat(100)}","message":""}`,
  }

  it.each(Object.entries(bodies))('IPC-05: gets bad_output for an answer that is %s', async (_, body) => {
    expect(await forge(way, [result(body)], { seconds: 0 })).toMatchObject({ ok: false, errorType: 'bad_output' })
  })

  it.each(['sandbox_unavailable', 'not_approved', 'timeout', 'cancelled', 'busy', 'internal', 'nonsense'])(
    'cannot claim %s, which only the kernel decides',
    async (type) => {
      const outcome = await forge(way, [result(JSON.stringify({ ok: false, type, message: 'so it says' }))])
      expect(outcome).toMatchObject({ ok: false, errorType: 'block_error', message: 'so it says' })
    },
  )

  it('pollutes no prototype by its answer', async () => {
    const value = await answerOf(forge(way, [result('{"ok":true,"value":{"__proto__":{"polluted":1}}}')]))
    expect(Object.keys(value as object)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('what a call is told', () => {
  it.each(['context.py', 'context.mjs'])(
    'IPC-01: comes from the kernel, whatever the payload says (%s)',
    async (file) => {
      const context = { flow_id: 'flow', step_id: 'step', owner_pack: 'hostile' }
      const input = {
        context: { owner_pack: 'other' },
        owner_pack: 'other',
        file: 'other.py',
        limits: { answerBytes: 1 },
      }
      const answer = await answerOf(attack(driver, file, { pack: 'payload', input, context }))
      expect(answer).toEqual({ plain: { ...context, inputs: input }, functions: ['http_request', 'network_check'] })
    },
  )
})

describe.each(pythonWays)('descriptors sent along ($isolation $file)', (way) => {
  // A block of Node cannot send any: nothing that it can call takes them.
  it('IPC-09: reach nobody', async () => {
    const open = (): number => readdirSync('/proc/self/fd').length
    await expectUnharmed(way)
    const before = open()
    for (let round = 0; round < 3; round += 1) {
      const frames = [{ kind: frameKind.stdout, body: 'with descriptors' }]
      const outcome = await forge(way, frames, { descriptors: 20, seconds: 0 })
      expect(outcome).toMatchObject({ ok: true, value: { own: 'answer' }, log: 'with descriptors' })
    }
    // Workers come and go meanwhile, with a few each; what was sent would be sixty.
    expect(open() - before).toBeLessThan(30)
  })
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
    for (const found of await Promise.all(versions))
      expect(found).toMatchObject({ module: 0, files: [], daemon: false })
    await driver.evict('versions' as never)
  })
})
