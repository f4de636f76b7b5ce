import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import type { AskHandler } from '@rumi/kernel/sandbox'
import { askingPython, askingScript } from './test-asking-blocks.ts'
import {
  askingCall,
  createEcho,
  openDrivers,
  valueOf,
  ways,
  writeTree,
  type AskingCall,
  type Way,
} from './test-asking.ts'

const tree = writeTree({
  'asking.py': askingPython,
  'asking.mjs': askingScript,
  'asking.ts': askingScript
    .replace('import { capability,', 'import { type Block, capability,')
    .replace('const run =', 'const run: Block<any, any> ='),
  'rumi_capability.py': 'raise RuntimeError("the pack’s own")\n',
  'rumi_syscall.py': 'raise RuntimeError("the pack’s own")\n',
  'node_modules/@rumi/pack-sdk/package.json': '{"name":"@rumi/pack-sdk","type":"module","exports":"./own.mjs"}',
  'node_modules/@rumi/pack-sdk/own.mjs': 'throw new Error("the pack’s own")\n',
  'required.js': 'const sdk = require("@rumi/pack-sdk")\nexports.run = () => Object.keys(sdk)\n',
})
let drivers: ReturnType<typeof openDrivers>

beforeAll(() => {
  drivers = openDrivers()
})
afterAll(async () => {
  await Promise.all([drivers.bubblewrap.close(), drivers.host.close()])
  rmSync(tree, { recursive: true })
})

function perform(way: Way, input: JsonValue, more: Partial<AskingCall> & { readonly ask?: AskHandler } = {}) {
  const { ask, ...changes } = more
  const call = askingCall({
    tree,
    file: `asking.${way.ending}`,
    isolation: way.isolation,
    pack: way.name.replaceAll(' ', '-'),
    input,
    ...changes,
  })
  return drivers[way.driver].execute(call, new AbortController().signal, ask)
}

const typed: Way = { name: 'fresh ts', ending: 'ts', isolation: 'fresh', driver: 'bubblewrap' }

// What a block says is made by the same files on the host; that they are found there is tried with one of each language.
const tried = [...ways.filter(({ driver, isolation }) => driver === 'bubblewrap' || isolation === 'warm'), typed]

describe.each(ways.filter(({ driver }) => driver === 'host'))('a block on the host that asks ($name)', (way) => {
  it('is told what the host answers', async () => {
    const { asked, answer } = createEcho()
    const input = { do: 'call', arguments: ['store.get', { key: 'k' }, 2.5, 'own'] }
    expect(valueOf(await perform(way, input, { ask: answer }))).toMatchObject({ success: true })
    expect(asked).toMatchObject([{ kind: 'capability', permission_id: 'store.get' }])
  })
})

/**
 * The ways are tried side by side, because much of it is waiting, each with its tests in order: a pack of its own has a
 * worker of its own.
 */
const inOrder = { concurrent: false }

describe.concurrent.each(tried)('a block that asks ($name)', (way) => {
  it('is told what the host answers, unchanged', inOrder, async () => {
    const { asked, answer } = createEcho()
    const input = { do: 'call', arguments: ['store.set', { key: 'k', value: ['日本', 1.5, null] }, 2.5, 'own'] }
    const message = {
      kind: 'capability',
      permission_id: 'store.set',
      args: { key: 'k', value: ['日本', 1.5, null] },
      timeout_seconds: 2.5,
      request_id: 'own',
    }
    expect(valueOf(await perform(way, input, { ask: answer }))).toEqual({
      success: true,
      output: message,
      error: null,
      error_type: null,
      latency_ms: 0.5,
    })
    expect(asked).toEqual([message])
  })

  it('asks with the documented defaults', inOrder, async () => {
    const { asked, answer } = createEcho()
    await perform(way, { do: 'call', arguments: ['a'] }, { ask: answer })
    expect(asked).toEqual([{ kind: 'capability', permission_id: 'a', args: {}, timeout_seconds: 30, request_id: null }])
  })

  it.each(['several', 'gathered'])(
    'gets each answer where it was asked for, many at a time (%s)',
    inOrder,
    async (how) => {
      const count = 12
      const open: { resolve: () => void }[] = []
      const outcome = perform(
        way,
        { do: how, count },
        {
          ask: (message) =>
            new Promise((resolve) => {
              open.push({ resolve: () => resolve({ output: message }) })
              // Answered from the last to the first: asyncio has few threads, so not all need be there at once.
              if (open.length === Math.min(4, count)) for (const one of open.splice(0).reverse()) one.resolve()
            }),
        },
      )
      const settled = await outcome
      expect(valueOf(settled)).toEqual(Array.from({ length: count }, (_, number) => number))
      if (how === 'several') expect(settled.log.match(/asking/g)).toHaveLength(count)
    },
  )

  it('may ask and be told 4 MiB', inOrder, async () => {
    const ask: AskHandler = async (message) => {
      const { args } = message as { args: { answer: number; text: string } }
      return { output: 'y'.repeat(args.answer) }
    }
    for (const [asked, answer] of [
      [4 * 1024 * 1024 - 200, 10],
      [10, 4 * 1024 * 1024],
      [4 * 1024 * 1024 - 200, 4 * 1024 * 1024],
    ] as const) {
      expect(valueOf(await perform(way, { do: 'sizes', ask: asked, answer }, { ask }))).toBe(answer)
    }
  })

  it('sends requests as the documented messages, and gets every field of an answer', inOrder, async () => {
    const { asked, answer } = createEcho()
    const answers = valueOf(await perform(way, { do: 'http' }, { ask: answer })) as JsonObject[]
    const text = (asked[4] as { body: string }).body
    const usual = { kind: 'http', url: 'https://a.example/', headers: {}, body: null, timeout_seconds: 30 }
    const json = { 'Content-Type': 'application/json' }
    expect(JSON.parse(text)).toEqual({ a: ['日本'] })
    expect(asked).toEqual([
      { ...usual, method: 'OPTIONS', headers: { A: 'b' }, body: 'text', timeout_seconds: 1.5 },
      { ...usual, method: 'POST', body_base64: 'AP8=' },
      { ...usual, method: 'GET', url: 'https://a.example/?q=1', headers: { A: 'b' }, timeout_seconds: 2 },
      { ...usual, method: 'POST', body: 'text' },
      { ...usual, method: 'POST', headers: json, body: text },
      { ...usual, method: 'POST', headers: { 'content-type': 'application/vnd.a+json' }, body: '1' },
      { ...usual, method: 'PUT', body: 'text' },
      { ...usual, method: 'DELETE' },
      { ...usual, method: 'PATCH', body: 'text' },
      { ...usual, method: 'HEAD' },
      { ...usual, method: 'GET', timeout_seconds: 3 },
    ])
    expect(answers[10]).toEqual({
      ...{ success: true, status_code: 0, headers: {}, body: '', error: null, error_type: null, latency_ms: 0.5 },
      ...{ redirect_hops: 0, bytes_read: 0, final_url: 'https://a.example/', output: asked[10] },
    })
  })

  it('asks whether a connection would be allowed, and never takes a failure for a yes', inOrder, async () => {
    const asked: JsonValue[] = []
    const answers = [
      { allowed: true, reason: 'granted' },
      { success: false, error: 'Internal error' },
    ]
    const outcome = await perform(
      way,
      { do: 'check' },
      {
        ask: async (message) => answers[asked.push(message) - 1] ?? null,
      },
    )
    expect(valueOf(outcome)).toMatchObject([
      { allowed: true, reason: 'granted' },
      { allowed: false, reason: 'Internal error' },
    ])
    expect(asked).toEqual([
      { kind: 'network_check', domain: 'a.example', port: 8443 },
      { kind: 'network_check', domain: 'a.example', port: 443 },
    ])
  })

  it('gets an answer, and sends nothing, for what is not JSON', inOrder, async () => {
    const { asked, answer } = createEcho()
    const found = valueOf(await perform(way, { do: 'unsaid' }, { ask: answer })) as Record<string, JsonObject[]>
    expect(asked).toEqual([])
    for (const one of found['capability'] ?? []) {
      const { error } = one
      const failure = { success: false, error, error_type: 'invalid_request' }
      expect(one).toEqual({ ...failure, output: failure, latency_ms: 0 })
    }
    for (const one of found['http'] ?? []) {
      expect(one).toMatchObject({ success: false, status_code: 0, headers: {}, body: '', error_type: 'bad_request' })
    }
    expect(found['http']?.[0]?.['error']).toMatch(/post_json|postJson/)
    expect(found['check']).toMatchObject([{ allowed: false }])
  })

  it('IPC-02: gets its own answer, not one that a call before it left open', inOrder, async () => {
    const left: { signal: AbortSignal; answer: () => void }[] = []
    const ask: AskHandler = (message, signal) => {
      const { permission_id: id } = message as { permission_id: string }
      if (id !== 'left') return Promise.resolve({ output: `own ${id}` })
      return new Promise((resolve) => left.push({ signal, answer: () => resolve({ output: 'late' }) }))
    }
    for (let round = 0; round < 3; round += 1) {
      expect(valueOf(await perform(way, { do: 'leave' }, { ask }))).toBe('left')
      expect(left.at(-1)?.signal.aborted).toBe(true)
      left.at(-1)?.answer()
      expect(valueOf(await perform(way, { do: 'call', arguments: ['next'] }, { ask }))).toEqual({
        output: 'own next',
      })
    }
  })

  it('is ended at its deadline while it waits, and the handler is told', inOrder, async () => {
    const signals: AbortSignal[] = []
    const ask: AskHandler = (_, signal) => new Promise(() => void signals.push(signal))
    const outcome = await perform(way, { do: 'call', arguments: ['a'] }, { ask, limits: { wallMs: 1500 } })
    expect(outcome).toMatchObject({ ok: false, errorType: 'timeout' })
    expect(signals.map((signal) => signal.aborted)).toEqual([true])
  })

  it('ends as a violation when there is nobody to ask', inOrder, async () => {
    const outcome = await perform(way, { do: 'call', arguments: ['a'] })
    expect(outcome).toMatchObject({ ok: false, errorType: 'bad_output' })
  })
})

/** Outside of a sandbox the limit on processes counts all that an ordinary user runs. */
const hasNoThreads = (way: Way): boolean => way.name === 'py on the host' && process.getuid?.() !== 0

/** In the sandbox, Python may have fewer threads than it would need. */
const crowded = ways.filter((way) => way.ending !== 'py' || way.driver === 'host')

describe.concurrent.each(crowded)('a block with more questions than may be open ($name)', (way) => {
  it.skipIf(hasNoThreads(way))('keeps 16 of them open, and asks the others when there is room', async () => {
    const open: (() => void)[] = []
    const ask: AskHandler = (message) =>
      new Promise((resolve) => {
        open.push(() => resolve({ output: message }))
        // Long enough for those that should have waited: the driver ends a call for the 33rd.
        if (open.length === 16) setTimeout(() => open.splice(0).forEach((answer) => answer()), 200)
        if (open.length === 12 && asked === 60) open.splice(0).forEach((answer) => answer())
        asked += 1
      })
    let asked = 1
    expect(valueOf(await perform(way, { do: 'several', count: 60 }, { ask }))).toHaveLength(60)
  })
})

describe.each(ways.filter((way) => way.ending === 'mjs'))('what Node is told ($name)', (way) => {
  it('is heard when it fills the buffer exactly and all of it is there at once', async () => {
    const envelope = 9 + 4 + '{"output":""}'.length
    const ask: AskHandler = async () => ({ output: 'y'.repeat(65_536 - envelope) })
    expect(valueOf(await perform(way, { do: 'busy' }, { ask }))).toBe(65_536 - envelope)
  })
})

describe('the module of a TypeScript pack', () => {
  it('is there for require as well', async () => {
    const call = askingCall({ tree, file: 'required.js' })
    const outcome = await drivers.bubblewrap.execute(call, new AbortController().signal)
    expect(valueOf(outcome)).toEqual(['capability', 'http'])
  })
})
