import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import type { AskHandler } from '@rumi/kernel/sandbox'
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

/** What blocks do; the same in both languages. */
const python = `
import asyncio
import threading
import rumi_capability
import rumi_syscall

def run(request, context):
    return globals()[request["do"]](request, context)

def call(request, context):
    return rumi_capability.call(*request["arguments"])

def sizes(request, context):
    answer = rumi_capability.call("size", {"text": "x" * request["ask"], "answer": request["answer"]})
    return len(answer["output"])

def several(request, context):
    answers = [None] * request["count"]
    def one(number):
        print("asking", number)
        answers[number] = rumi_capability.call("echo", {"number": number})["output"]["args"]["number"]
    threading.stack_size(1 << 18)
    threads = [threading.Thread(target=one, args=(number,)) for number in range(request["count"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers

async def _gather(count):
    asked = (asyncio.to_thread(rumi_capability.call, "echo", {"number": number}) for number in range(count))
    return [answer["output"]["args"]["number"] for answer in await asyncio.gather(*asked)]

def gathered(request, context):
    return _gather(request["count"])

def leave(request, context):
    threading.Thread(target=rumi_capability.call, args=("left", {}), daemon=True).start()
    rumi_capability.call("wait", {})
    return "left"

def http(request, context):
    return [
        rumi_syscall.http_request("OPTIONS", "https://a.example/", headers={"A": "b"}, body="text", timeout_seconds=1.5),
        rumi_syscall.http_request("POST", "https://a.example/", body=b"\\x00\\xff"),
        rumi_syscall.get("https://a.example/?q=1", headers={"A": "b"}, timeout_seconds=2.0),
        rumi_syscall.post("https://a.example/", "text"),
        rumi_syscall.post_json("https://a.example/", {"a": ["日本"]}),
        rumi_syscall.post_json("https://a.example/", 1, headers={"content-type": "application/vnd.a+json"}),
        rumi_syscall.put("https://a.example/", "text"),
        rumi_syscall.delete("https://a.example/"),
        rumi_syscall.patch("https://a.example/", "text"),
        rumi_syscall.head("https://a.example/"),
        context["http_request"](method="GET", url="https://a.example/", timeout_seconds=3.0),
    ]

def check(request, context):
    return [context["network_check"]("a.example", 8443), context["network_check"]("a.example")]

def unsaid(request, context):
    deep = []
    for _ in range(70):
        deep = [deep]
    loop = []
    loop.append(loop)
    strange = [{1}, float("nan"), float("inf"), "\\ud800", 10**400, deep, loop, {1: 1, "1": 1}, {(1, 2): 3}, b"x", "x" * (5 << 20)]
    return {
        "capability": [rumi_capability.call("a", {"value": value}) for value in strange],
        "http": [
            rumi_syscall.post("https://a.example/", {"a": 1}),
            rumi_syscall.post_json("https://a.example/", {1}),
            rumi_syscall.get("https://a.example/", headers=5),
            rumi_syscall.get({1}),
        ],
        "check": [context["network_check"]({1}, 443)],
    }
`
const script = `
import { capability, http as web } from '@rumi/pack-sdk'

export const run = (request, context) => blocks[request.do](request, context)
const echo = async (number) => {
  console.log('asking', number)
  return (await capability.call('echo', { number })).output.args.number
}
const numbers = (count) => Array.from({ length: count }, (_, number) => number)
const blocks = {
  call: ({ arguments: given }) => {
    const [permissionId, args, timeoutSeconds, requestId] = given
    return capability.call(permissionId, args, { timeoutSeconds, requestId })
  },
  sizes: async ({ ask, answer }) => (await capability.call('size', { text: 'x'.repeat(ask), answer })).output.length,
  several: ({ count }) => Promise.all(numbers(count).map(echo)),
  gathered: ({ count }) => Promise.all(numbers(count).map(echo)),
  busy: async () => {
    const answer = capability.call('a')
    await new Promise((resolve) => setTimeout(resolve, 1)) // the question has left
    for (const end = Date.now() + 150; Date.now() < end; );
    return (await answer).output.length
  },
  leave: async () => {
    void capability.call('left')
    await capability.call('wait', {})
    return 'left'
  },
  http: (_, context) => Promise.all([
    web.request({ method: 'OPTIONS', url: 'https://a.example/', headers: { A: 'b' }, body: 'text', timeout_seconds: 1.5 }),
    web.request({ method: 'POST', url: 'https://a.example/', body: new Uint8Array([0, 255]) }),
    web.get('https://a.example/?q=1', { headers: { A: 'b' }, timeout_seconds: 2 }),
    web.post('https://a.example/', 'text'),
    web.postJson('https://a.example/', { a: ['日本'] }),
    web.postJson('https://a.example/', 1, { headers: { 'content-type': 'application/vnd.a+json' } }),
    web.put('https://a.example/', 'text'),
    web.delete('https://a.example/'),
    web.patch('https://a.example/', 'text'),
    web.head('https://a.example/'),
    context.http_request({ method: 'GET', url: 'https://a.example/', timeout_seconds: 3 }),
  ]),
  check: async (_, context) => [await context.network_check('a.example', 8443), await context.network_check('a.example')],
  unsaid: async (_, context) => {
    let deep = []
    for (let level = 0; level < 70; level += 1) deep = [deep]
    const loop = []
    loop.push(loop)
    const strange = [1n, NaN, Infinity, '\\ud800', { '\\udc00': 1 }, deep, loop, () => 1, Symbol('a'), 'x'.repeat(5 << 20)]
    return {
      capability: await Promise.all(strange.map((value) => capability.call('a', { value }))),
      http: await Promise.all([
        web.post('https://a.example/', { a: 1 }),
        web.postJson('https://a.example/', 1n),
        web.postJson('https://a.example/', undefined),
        web.get('https://a.example/', { headers: { a: 1n } }),
      ]),
      check: [await context.network_check(1n, 443)],
    }
  },
}
`
const tree = writeTree({
  'asking.py': python,
  'asking.mjs': script,
  'asking.ts': script
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

/** Outside of a sandbox the limit on processes counts all that an ordinary user runs. */
const hasNoThreads = (way: Way): boolean => way.name === 'py on the host' && process.getuid?.() !== 0

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

describe.each(tried)('a block that asks ($name)', (way) => {
  it('is told what the host answers, unchanged', async () => {
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

  it('asks with the documented defaults', async () => {
    const { asked, answer } = createEcho()
    await perform(way, { do: 'call', arguments: ['a'] }, { ask: answer })
    expect(asked).toEqual([{ kind: 'capability', permission_id: 'a', args: {}, timeout_seconds: 30, request_id: null }])
  })

  it.skipIf(hasNoThreads(way)).each(['several', 'gathered'])(
    'gets each answer where it was asked for, many at a time (%s)',
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

  it('may ask and be told 4 MiB', async () => {
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

  it('sends requests as the documented messages, and gets every field of an answer', async () => {
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

  it('asks whether a connection would be allowed, and never takes a failure for a yes', async () => {
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

  it('gets an answer, and sends nothing, for what is not JSON', async () => {
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

  it.skipIf(hasNoThreads(way))('IPC-02: gets its own answer, not one that a call before it left open', async () => {
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
      expect(valueOf(await perform(way, { do: 'call', arguments: ['next'] }, { ask }))).toEqual({ output: 'own next' })
    }
  })

  it('is ended at its deadline while it waits, and the handler is told', async () => {
    const signals: AbortSignal[] = []
    const ask: AskHandler = (_, signal) => new Promise(() => void signals.push(signal))
    const outcome = await perform(way, { do: 'call', arguments: ['a'] }, { ask, limits: { wallMs: 1500 } })
    expect(outcome).toMatchObject({ ok: false, errorType: 'timeout' })
    expect(signals.map((signal) => signal.aborted)).toEqual([true])
  })

  it('ends as a violation when there is nobody to ask', async () => {
    const outcome = await perform(way, { do: 'call', arguments: ['a'] })
    expect(outcome).toMatchObject({ ok: false, errorType: 'bad_output' })
  })
})

/** In the sandbox, Python may have fewer threads than it would need. */
const crowded = ways.filter((way) => way.ending !== 'py' || way.driver === 'host')

describe.each(crowded)('a block with more questions than may be open ($name)', (way) => {
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
