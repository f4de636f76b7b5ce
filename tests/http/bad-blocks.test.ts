import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blockFlow, expectNothingLeaks, packFiles, startTestSystem, type TestSystem } from './system.ts'

interface BadBlock {
  readonly what: string
  /** Its file; without a source nothing is written. */
  readonly file: string
  readonly source?: string
  readonly timeoutSeconds?: number
  /** Any of these: some ends depend on which limit is met first. */
  readonly errorTypes: readonly string[]
  readonly message: RegExp
}

const python = (body: string): string =>
  `import os, sys, time, signal\n\ndef run(input_data, context=None):\n${body.replaceAll(/^/gm, '    ')}\n`
const typescript = (body: string): string => `export function run(input: unknown): unknown {\n${body}\n}\n`

const table: readonly BadBlock[] = [
  {
    what: 'prints 1 GB (Python)',
    file: 'flood.py',
    source: python('for _ in range(1024):\n    sys.stdout.write("x" * (1 << 20))\nreturn 1'),
    errorTypes: ['output_too_large'],
    message: /printed more than 1048576 bytes/,
  },
  {
    what: 'prints 1 GB (TypeScript)',
    file: 'flood.ts',
    source: typescript('for (let at = 0; at < 1024; at += 1) console.log("x".repeat(1 << 20))\nreturn 1'),
    errorTypes: ['output_too_large'],
    message: /printed more than 1048576 bytes/,
  },
  {
    what: 'forks for ever',
    file: 'fork.py',
    source: python('while True:\n    try:\n        os.fork()\n    except OSError:\n        pass'),
    timeoutSeconds: 1,
    errorTypes: ['timeout', 'oom'],
    message: /did not answer within 1 s|processor time|killed|memory/,
  },
  {
    what: 'leaves children behind',
    file: 'orphans.py',
    source: python(
      'for _ in range(5):\n    if os.fork() == 0:\n        os.setsid()\n        time.sleep(600)\n        os._exit(0)\nraise ValueError("gone")',
    ),
    errorTypes: ['block_error'],
    message: /ValueError: gone/,
  },
  {
    what: 'ignores every signal it may ignore',
    file: 'stubborn.py',
    source: python(
      'for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):\n    signal.signal(number, signal.SIG_IGN)\nwhile True:\n    time.sleep(1)',
    ),
    timeoutSeconds: 1,
    errorTypes: ['timeout'],
    message: /did not answer within 1 s/,
  },
  {
    what: 'spins and ignores SIGTERM (TypeScript)',
    file: 'spin.ts',
    source: typescript('process.on("SIGTERM", () => undefined)\nfor (;;) {}'),
    timeoutSeconds: 1,
    errorTypes: ['timeout'],
    message: /did not answer within 1 s/,
  },
  {
    what: 'never settles its promise',
    file: 'promise.ts',
    source: typescript('return new Promise(() => undefined)'),
    timeoutSeconds: 1,
    errorTypes: ['timeout', 'bad_output'],
    message: /did not answer within 1 s|without an answer/,
  },
  {
    what: 'returns NaN (Python)',
    file: 'nan.py',
    source: python('return {"n": float("nan")}'),
    errorTypes: ['bad_output'],
    message: /not JSON/,
  },
  {
    what: 'returns NaN (TypeScript)',
    file: 'nan.ts',
    source: typescript('return { n: NaN }'),
    errorTypes: ['bad_output'],
    message: /not JSON: NaN at "n"/,
  },
  {
    what: 'returns 10 MB',
    file: 'large.py',
    source: python('return "x" * 10_000_000'),
    errorTypes: ['output_too_large'],
    message: /the limit is 4194304/,
  },
  {
    what: 'returns a set',
    file: 'set.py',
    source: python('return {1, 2}'),
    errorTypes: ['bad_output'],
    message: /not JSON/,
  },
  {
    what: 'returns a big integer',
    file: 'bigint.ts',
    source: typescript('return { n: 1n }'),
    errorTypes: ['bad_output'],
    message: /not JSON: a bigint/,
  },
  {
    what: 'returns a circle',
    file: 'circle.ts',
    source: typescript('const a: unknown[] = []\na.push(a)\nreturn a'),
    errorTypes: ['bad_output'],
    message: /circular/,
  },
  {
    what: 'returns a depth of 1000',
    file: 'deep.py',
    source: python('value = 1\nfor _ in range(900):\n    value = [value]\nreturn value'),
    errorTypes: ['bad_output'],
    message: /deeper than 64/,
  },
  {
    what: 'raises',
    file: 'raise.py',
    source: python('raise KeyError("city")'),
    errorTypes: ['block_error'],
    message: /blocks\/raise\.py:4 KeyError: 'city'/,
  },
  {
    what: 'throws',
    file: 'throw.ts',
    source: typescript('throw new TypeError("no city")'),
    errorTypes: ['block_error'],
    message: /blocks\/throw\.ts:2 TypeError: no city/,
  },
  {
    what: 'throws something that is no error',
    file: 'odd.ts',
    source: typescript('throw "odd"'),
    errorTypes: ['block_error'],
    message: /odd/,
  },
  {
    what: 'has a syntax error',
    file: 'syntax.py',
    source: 'def run(:\n',
    errorTypes: ['block_error'],
    message: /blocks\/syntax\.py:1 SyntaxError/,
  },
  {
    what: 'has no function run',
    file: 'empty.py',
    source: '\n',
    errorTypes: ['block_missing'],
    message: /no function run/,
  },
  {
    what: 'has no function run (TypeScript)',
    file: 'empty.ts',
    source: 'export {}\n',
    errorTypes: ['block_missing'],
    message: /no function run/,
  },
  { what: 'is not there', file: 'absent.py', errorTypes: ['block_missing'], message: /no file "absent\.py"/ },
  {
    what: 'is of an unknown kind',
    file: 'block.rb',
    source: 'x',
    errorTypes: ['block_missing'],
    message: /must end in \.py, \.ts/,
  },
  {
    what: 'is of no kind',
    file: 'block',
    source: 'x',
    errorTypes: ['block_missing'],
    message: /must end in \.py, \.ts/,
  },
  {
    what: 'calls sys.exit',
    file: 'exit.py',
    source: python('sys.exit(0)'),
    errorTypes: ['bad_output'],
    message: /exit\(0\) instead of returning/,
  },
  {
    what: 'ends its process (Python)',
    file: 'end.py',
    source: python('os._exit(0)'),
    errorTypes: ['bad_output'],
    message: /without an answer \(exit code 0\)/,
  },
  {
    what: 'ends its process (TypeScript)',
    file: 'end.ts',
    source: typescript('process.exit(0)'),
    errorTypes: ['bad_output'],
    message: /without an answer/,
  },
  {
    what: 'wants all memory (Python)',
    file: 'memory.py',
    source: python('return len(b"x" * (1 << 34))'),
    errorTypes: ['oom'],
    message: /memory/,
  },
  {
    what: 'wants all memory (TypeScript)',
    file: 'memory.ts',
    source: typescript('const all: unknown[] = []\nfor (;;) all.push(new Array(1e6).fill(1.5))'),
    errorTypes: ['oom'],
    message: /memory/,
  },
  {
    what: 'recurses without end',
    file: 'recurse.py',
    source: python('return run(input_data)'),
    errorTypes: ['block_error'],
    message: /RecursionError/,
  },
  {
    what: 'closes every descriptor',
    file: 'close.py',
    source: python('os.closerange(0, 256)\nreturn 1'),
    errorTypes: ['bad_output'],
    message: /without an answer/,
  },
]

describe('a bad block', () => {
  let rumi: TestSystem
  let watcher: NodeJS.Timeout | undefined
  const seen = new Map<string, number>()

  beforeAll(async () => {
    const blocks = table.flatMap(({ file, source }) => (source === undefined ? [] : [[`blocks/${file}`, source]]))
    const flows = table.map(({ file, timeoutSeconds }) => [
      `flows/${file}.flow.json`,
      blockFlow(`bad.${file}`, file, timeoutSeconds),
    ])
    rumi = await startTestSystem({
      files: packFiles('bad', {
        ...Object.fromEntries([...blocks, ...flows]),
        'blocks/good.py': python('return "still here"'),
        'blocks/nothing.py': python('pass'),
        'blocks/nothing.ts': typescript(''),
        'flows/good.flow.json': blockFlow('bad.good', 'good.py'),
        'flows/nothing.py.flow.json': blockFlow('bad.nothing.py', 'nothing.py'),
        'flows/nothing.ts.flow.json': blockFlow('bad.nothing.ts', 'nothing.ts'),
      }),
    })
    const approved = await rumi.ask('POST', '/api/packs/bad/approve')
    expect(approved.body.error).toBeNull()
    watcher = setInterval(() => {
      for (const [key, pid] of listDescendants()) seen.set(key, pid)
    }, 50)
  })
  afterAll(async () => {
    clearInterval(watcher)
    await rumi.close()
  })

  it.each(table)('that $what fails its step and says why', async ({ file, errorTypes, message }) => {
    const { status, body } = await rumi.ask('POST', `/api/flows/bad.${file}/run`, { inputs: { name: 'x' } })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      success: true,
      error: null,
      data: { success: false, status: 'failed', failed_step: 'call', error: expect.stringMatching(message) },
    })
    expect(errorTypes).toContain(body.data.error_type)
    expect(body.data.error).toMatch(/^step "call": /)
    expectNothingLeaks(body.data.error)
    const shown = await rumi.ask('GET', `/api/runs/${body.data.run_id}`)
    expect(shown.body.data.steps).toMatchObject([
      { step_id: 'call', status: 'failed', error: { error_type: body.data.error_type } },
    ])
    expectNothingLeaks(JSON.stringify(shown.body.data.error))
  })

  it.each(['nothing.py', 'nothing.ts'])('is not one that returns nothing: %s', async (file) => {
    const { body } = await rumi.ask('POST', `/api/flows/bad.${file}/run`)
    expect(body.data).toMatchObject({ success: true, result: { answer: null } })
  })

  it('does no harm to the next one, to the server or to the ledger', async () => {
    const ran = await rumi.ask('POST', '/api/flows/bad.good/run')
    expect(ran.body.data).toMatchObject({ success: true, result: { answer: 'still here' } })
    expect((await rumi.ask('GET', '/health')).status).toBe(200)
    expect((await rumi.ask('POST', '/api/ledger/verify')).body.data).toMatchObject({ ok: true })
    expect(rumi.exceptions).toEqual([])
  })

  it('leaves no process behind', async () => {
    // A call keeps its place until its process has ended, which is a moment after its answer.
    await expect.poll(() => rumi.system.services.sandbox.activePacks().size).toBe(0)
    await rumi.system.close()
    expect(seen.size).toBeGreaterThan(table.length)
    const left = [...listProcesses()].filter(([key]) => seen.has(key))
    expect(left).toEqual([])
  })
})

/** Processes of this machine: `pid start-time` (a number that is used again is another process) and the parent's pid. */
function listProcesses(): ReadonlyMap<
  string,
  { readonly pid: number; readonly parent: number; readonly name: string }
> {
  const found = readdirSync('/proc').flatMap((name) => {
    const text = /^\d+$/.test(name) ? readStat(name) : undefined
    if (text === undefined) return []
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return []
    const entry = {
      pid: Number(name),
      parent: Number(fields[1]),
      name: text.slice(text.indexOf('(')).split(')')[0] ?? '',
    }
    return [[`${name} ${fields[19]}`, entry] as const]
  })
  return new Map(found)
}

function readStat(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined // it has ended meanwhile
  }
}

function listDescendants(): ReadonlyMap<string, number> {
  const all = [...listProcesses()]
  const found = new Map<string, number>()
  for (let open = [process.pid]; open.length > 0;) {
    const children = all.filter(([, { parent }]) => open.includes(parent))
    for (const [key, { pid }] of children) found.set(key, pid)
    open = children.map(([, { pid }]) => pid)
  }
  return found
}
