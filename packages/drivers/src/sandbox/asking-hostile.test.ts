import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonValue } from '@rumi/kernel/base'
import type { AskHandler, BlockOutcome } from '@rumi/kernel/sandbox'
import { frameKind } from '../channel/index.ts'
import { askingCall, openDrivers, valueOf, ways, writeTree, type AskingCall, type Way } from './test-asking.ts'

/** Blocks that write to their channel past the code that is meant to. A fresh Python call has it as descriptor 3. */
const python = `
import os
import time
import rumi_capability

def run(request):
    if "ask" in request:
        return rumi_capability.call(request["ask"])["output"]
    for kind, offset, text, length in request["frames"]:
        body = text.encode("latin-1")
        head = (len(body) + 5 if length is None else length).to_bytes(4, "big")
        data = head + bytes([kind]) + (1 + offset).to_bytes(4, "big") + body
        while data:
            data = data[os.write(request["channel"], data):]
    time.sleep(request.get("seconds", 0))
    return "own"
`
const script = `
import { writeSync } from 'node:fs'
import { capability } from '@rumi/pack-sdk'

export async function run(request) {
  if (request.ask) return (await capability.call(request.ask)).output
  for (const [kind, offset, text, length] of request.frames) {
    const body = Buffer.from(text, 'latin1')
    const head = Buffer.alloc(9)
    head.writeUInt32BE(length ?? body.length + 5)
    head[4] = kind
    head.writeUInt32BE(1 + offset, 5)
    let data = Buffer.concat([head, body])
    while (data.length > 0) {
      try {
        data = data.subarray(writeSync(4, data))
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error
      }
    }
  }
  for (const end = Date.now() + 1000 * (request.seconds ?? 0); Date.now() < end; );
  return 'own'
}
`
const tree = writeTree({ 'raw.py': python, 'raw.mjs': script })
let drivers: ReturnType<typeof openDrivers>

beforeAll(() => {
  drivers = openDrivers()
})
afterAll(async () => {
  await Promise.all([drivers.bubblewrap.close(), drivers.host.close()])
  rmSync(tree, { recursive: true })
})

type Forged = readonly [kind: number, offset: number, body: string, length: number | null]

/** A question as the block writes it; its text is a character a byte. */
const question = (number: number, text = '{}'): string =>
  String.fromCodePoint(...[24, 16, 8, 0].map((shift) => (number >>> shift) & 255)) + text
const ask = (number: number, text?: string): Forged => [frameKind.ask, 0, question(number, text), null]
const result = (text: string): Forged => [frameKind.result, 0, text, null]

/** A pack that has made no call yet: its first one has the number 1, which a block may well guess. */
let packs = 0
const newPack = (): string => `forger${(packs += 1)}`

function perform(
  way: Way,
  input: { readonly [key: string]: JsonValue },
  more: Partial<AskingCall> & { readonly handler?: AskHandler } = {},
): Promise<BlockOutcome> {
  const { handler, ...changes } = more
  const channel = way.name === 'fresh py' ? 3 : 4
  const request = { tree, file: `raw.${way.ending}`, isolation: way.isolation, input: { ...input, channel } }
  return drivers[way.driver].execute(askingCall({ ...request, ...changes }), new AbortController().signal, handler)
}

const own: AskHandler = async (message) => {
  const { permission_id: id } = message as { permission_id?: string }
  return { output: `to ${id ?? 'nobody'}` }
}

/** The next calls of the pack ask for themselves and are told what was said to them. */
async function expectUnharmed(way: Way, pack: string): Promise<void> {
  const outcomes = await Promise.all(['a', 'b'].map((name) => perform(way, { ask: name }, { pack, handler: own })))
  expect(outcomes.map(valueOf)).toEqual(['to a', 'to b'])
}

const never: AskHandler = () => new Promise(() => undefined)

describe.each(ways)('a block that asks by itself ($name)', (way) => {
  const violations: Readonly<Record<string, readonly Forged[]>> = {
    'a question of no length': [[frameKind.ask, 0, '', null]],
    'the number 0': [ask(0)],
    'what is no JSON': [ask(1, '{"kind":')],
    'what is no object': [ask(1, '[]')],
    'invalid UTF-8': [ask(1, '{"a":"\xff"}')],
    'a key twice': [ask(1, '{"a":1,"a":2}')],
    'a depth of 100000': [ask(1, `{"a":${'['.repeat(100_000)}`)],
    'a number that is open': [ask(1), ask(1)],
    'one question too many': Array.from({ length: 33 }, (_, index) => ask(index + 1)),
    'more than 4 MiB': [ask(1, `{"a":"${'x'.repeat(4 * 1024 * 1024)}"}`)],
    'a length beyond all bounds': [[frameKind.ask, 0, '', 0x7fff_ffff]],
    'an answer to itself': [[frameKind.answer, 0, question(1), null]],
  }

  // What the kernel reads is read in one place: all of it is tried where the fork server passes it on and where nobody does.
  const isThorough = way.name === 'fresh py' || way.name === 'warm mjs'
  const tried = Object.entries(violations).filter(([name]) => isThorough || name === 'the number 0')

  it.each(tried)('IPC-05: is ended for %s, and nobody after it is harmed', async (_, frames) => {
    const pack = newPack()
    const signals: AbortSignal[] = []
    const handler: AskHandler = (message, signal) => {
      signals.push(signal)
      return never(message, signal)
    }
    const outcome = await perform(way, { frames: [...frames], seconds: 5 }, { pack, handler })
    expect(outcome).toMatchObject({ ok: false, errorType: 'bad_output' })
    expect(signals.every((signal) => signal.aborted)).toBe(true)
    await expectUnharmed(way, pack)
  })

  it('IPC-03: cannot ask in the name of a call beside it or after it', async () => {
    const pack = newPack()
    const heard: string[] = []
    const hear =
      (name: string): AskHandler =>
      async (message) => {
        heard.push(`${name} ${JSON.stringify((message as { forged?: true }).forged ?? false)}`)
        return { output: name }
      }
    const frames = [1, 2, 3].map((offset): Forged => [frameKind.ask, offset, question(offset, '{"forged":true}'), null])
    const forging = perform(way, { frames, seconds: 0.1 }, { pack, handler: hear('forger') })
    const beside = ['a', 'b'].map((name) => perform(way, { ask: name }, { pack, handler: hear(name) }))
    await forging
    const answers = (await Promise.all(beside)).map((outcome) => (outcome.ok ? outcome.value : outcome.errorType))
    expect(answers).toEqual(['a', 'b'])
    expect(heard.filter((line) => !line.startsWith('forger')).sort()).toEqual(['a false', 'b false'])
    // The fork server writes the number: whatever its child asks, it asks for itself. Elsewhere it is a violation.
    if (way.name !== 'fresh py') expect(heard).toHaveLength(2)
  })

  it('is not heard after its answer', async () => {
    const pack = newPack()
    const asked: JsonValue[] = []
    const handler: AskHandler = async (message) => asked.push(message)
    const frames = [result('{"ok":true,"value":"first"}'), ask(1)]
    const outcome = await perform(way, { frames, seconds: 1 }, { pack, handler })
    expect(outcome.ok ? outcome.value : outcome.errorType).toMatch(/^(first|bad_output)$/)
    expect(asked).toEqual([])
    // A warm worker is the pack's own: the next call may share its end, never another one's answers.
    if (way.isolation === 'warm') {
      const next = await perform(way, { ask: 'next' }, { pack, handler: own })
      expect(next.ok ? next.value : next.errorType).toMatch(/^(to next|bad_output)$/)
    }
    await expectUnharmed(way, pack)
  })

  if (isThorough) {
    it('is ended at its deadline when it never reads its answers, and keeps nobody waiting', async () => {
      const pack = newPack()
      const signals: AbortSignal[] = []
      const handler: AskHandler = async (_, signal) => {
        signals.push(signal)
        return 'x'.repeat(1024 * 1024)
      }
      const frames = Array.from({ length: 24 }, (_, index) => ask(index + 1))
      const stuck = perform(way, { frames, seconds: 60 }, { pack, handler, limits: { wallMs: 1500 } })
      let ended = false
      void stuck.then(() => (ended = true))
      while (signals.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      await expectUnharmed(way, pack)
      expect(ended).toBe(false)
      expect(await stuck).toMatchObject({ ok: false, errorType: 'timeout' })
      expect(signals.every((signal) => signal.aborted)).toBe(true)
      // What nobody reads is not worked out without end.
      expect(signals.length).toBeLessThanOrEqual(17)
      await expectUnharmed(way, pack)
    })
  }

  it('is told when it writes more than fits while it is being told', async () => {
    const pack = newPack()
    const handler: AskHandler = async () => 'x'.repeat(1024 * 1024)
    const printed: readonly Forged[] = Array.from({ length: 12 }, () => [frameKind.stdout, 0, 'y'.repeat(64_000), null])
    const outcome = await perform(way, { frames: [ask(1), ...printed] }, { pack, handler })
    expect(valueOf(outcome)).toBe('own')
    expect(outcome.log).toHaveLength(12 * 64_000)
  })
})
