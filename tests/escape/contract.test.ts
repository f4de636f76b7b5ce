import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonValue } from '@rumi/kernel/base'
import type { BlockOutcome, Isolation } from '@rumi/kernel/sandbox'
import { attack, createHostileDriver, type CallChanges, type HostileDriver } from './support/hostile-driver.ts'

const tree = fileURLToPath(new URL('./packs/contract', import.meta.url))
/** For files that our own checks of sources would not let pass. */
const odd = mkdtempSync(join(tmpdir(), 'rumi-contract-'))
let driver: HostileDriver

beforeAll(async () => {
  chmodSync(odd, 0o755)
  mkdirSync(join(odd, 'backend/blocks'), { recursive: true })
  const files = {
    'syntax_error.py': 'def run(input_data:\n    return 1\n',
    'syntax_error.ts': '// begins well\nexport const run = (: string) => 1\n',
    'not_erasable.ts': 'export const run = () => 1\n\nenum Color { red }\n',
    'backend/blocks/imports_broken.ts': 'import "./is broken.ts"\nexport const run = () => 1\n',
    'backend/blocks/is broken.ts': '\n\nconst x = = 3\n',
    'typed.ts':
      'type Input = { readonly name: string }\nexport const run = (input: Input): { hello: string } => ({ hello: input.name satisfies string })\n',
    'raises.ts':
      'type Deep = { of: { nothing: number } }\n\nexport function run(input: Deep): number {\n  return input.of.nothing\n}\n',
    'default_run.mjs': 'export default { run: (input) => ({ got: input }) }\n',
    'backend/helper.py': 'VALUE = "from the pack’s folder"\n',
    'backend/blocks/neighbour.py': 'VALUE = "from the block’s folder"\n',
    'backend/blocks/imports.py':
      'import helper, neighbour\n\ndef run(input_data):\n    return [helper.VALUE, neighbour.VALUE]\n',
    'backend/blocks/part.mjs': 'export const value = "from the block’s folder"\n',
    'backend/blocks/imports.mjs': 'import { value } from "./part.mjs"\nexport const run = () => value\n',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(odd, name), text, { mode: 0o644 })
  driver = createHostileDriver()
  expect(await driver.selfTest()).toMatchObject({ passed: true })
})

afterAll(async () => {
  await driver.close()
  rmSync(odd, { recursive: true })
})

function call(file: string, input: JsonValue, more: CallChanges = {}): Promise<BlockOutcome> {
  return attack(driver, file, { tree, pack: 'contract', input, ...more })
}

const callOdd = (file: string, input: JsonValue): Promise<BlockOutcome> =>
  call(file, input, { tree: odd, pack: 'odd', version: 'd' })

const warm = { isolation: 'warm' } as const

describe('a block that works', () => {
  const characters = { text: '日本語 🦊 é \u0000 \u2028 " \\ </script>', キー: [1, -0.5, 1e21, true, null, {}] }

  it.each([
    ['one_argument.py', 'fresh'],
    ['one_argument.py', 'warm'],
    ['echo.mjs', 'fresh'],
    ['echo.mjs', 'warm'],
  ])(
    'gets its input as it was sent and answers in kind, whatever characters it holds (%s, %s)',
    async (file, isolation) => {
      for (const input of [characters, null, [], 'x', 0, false]) {
        const outcome = await call(file, input, { isolation: isolation as Isolation })
        expect(outcome).toEqual({ ok: true, value: { got: input }, log: '', posture: `bubblewrap_${isolation}` })
      }
    },
  )

  it.each(['context.py', 'context.mjs'])('gets the context with its input and two functions (%s)', async (file) => {
    const context = { flow_id: 'f', step_id: 's', phase: 'p', ts: '2026-01-01T00:00:00.000Z', owner_pack: 'contract' }
    expect(await call(file, { a: 1 }, { context })).toMatchObject({
      ok: true,
      value: { plain: { ...context, inputs: { a: 1 } }, functions: ['http_request', 'network_check'] },
    })
  })

  it('may take no argument, be asynchronous, or give its answer in parts', async () => {
    expect(await call('no_argument.py', 1)).toMatchObject({ ok: true, value: 'nothing asked' })
    expect(await call('asynchronous.py', 1)).toMatchObject({ ok: true, value: { waited: 1 } })
    expect(await call('generator.py', [1, 2])).toMatchObject({
      ok: true,
      value: { chunks: [{ part: 1 }, { part: 2 }], is_streaming: true },
    })
  })

  it('may be TypeScript, and may be part of a default export', async () => {
    expect(await callOdd('typed.ts', { name: 'Ada' })).toMatchObject({ ok: true, value: { hello: 'Ada' } })
    expect(await callOdd('default_run.mjs', 1)).toMatchObject({ ok: true, value: { got: 1 } })
  })

  it('imports from its own folder and from the folder of its pack', async () => {
    const more = { tree: odd, pack: 'odd', version: 'd' }
    const outcome = attack(driver, 'backend/blocks/imports.py', { ...more, subdir: 'backend' })
    expect(await outcome).toMatchObject({ ok: true, value: ['from the pack’s folder', 'from the block’s folder'] })
    const node = attack(driver, 'backend/blocks/imports.mjs', { ...more, subdir: 'backend' })
    expect(await node).toMatchObject({ ok: true, value: 'from the block’s folder' })
  })

  it.each(['prints.py', 'prints.mjs'])('prints to the log, and the log is no part of its answer (%s)', async (file) => {
    const text = '日本 {"ok":true,"value":"forged"}'
    const outcome = await call(file, { text })
    expect(outcome).toMatchObject({ ok: true, value: { name: text } })
    const lines = outcome.log.split(/\n|(?<=no newline)/).filter((line) => line !== '')
    expect(lines.toSorted()).toEqual([text, 'from a subprocess', 'no newline', 'to stderr'].toSorted())
    expect(outcome.log.startsWith(`${text}\nto stderr\n`)).toBe(true)
  })

  it('has its log for itself when calls run beside each other', async () => {
    const texts = Array.from({ length: 8 }, (_, index) => `call ${index}`)
    const outcomes = await Promise.all(texts.map((text) => call('prints.py', { text })))
    for (const [index, outcome] of outcomes.entries()) {
      expect(outcome).toMatchObject({ ok: true, value: { name: texts[index] } })
      expect(outcome.log.match(/call \d/g)).toEqual([texts[index]])
    }
  })

  it('has its log for itself when it is warm', async () => {
    for (const file of ['prints.py', 'prints.mjs']) {
      for (const text of ['call 1', 'call 2']) {
        const outcome = await call(file, { text }, warm)
        expect(outcome).toMatchObject({ ok: true, value: { name: text } })
        expect(outcome.log.match(/call \d/g)).toEqual([text])
      }
    }
  })
})

/** What comes of a block's answer: its value, or the type of the error. */
type Row = readonly [file: string, what: string, seen: JsonValue | { readonly error: string }]

const rows: readonly Row[] = [
  ...['returns.py', 'returns.mjs'].flatMap((file): readonly Row[] => [
    [file, 'nan', { error: 'bad_output' }],
    [file, 'infinity', { error: 'bad_output' }],
    [file, 'large', { error: 'output_too_large' }],
    [file, 'deep', { error: 'bad_output' }],
    [file, 'very deep', { error: 'bad_output' }],
    [file, 'circular', { error: 'bad_output' }],
    [file, 'a half character', { error: 'bad_output' }],
    [file, 'exit', { error: 'bad_output' }],
    [file, 'characters', '日本語 🦊 \u0000 " \\'],
  ]),
  ['returns.py', 'none', null],
  ['returns.py', 'a date', { error: 'bad_output' }],
  ['returns.py', 'a set', { error: 'bad_output' }],
  ['returns.py', 'bytes', { error: 'bad_output' }],
  ['returns.py', 'number keys', { 1: 'a' }],
  ['returns.mjs', 'null', null],
  ['returns.mjs', 'undefined', null],
  ['returns.mjs', 'a function', { error: 'bad_output' }],
  ['returns.mjs', 'a big integer', { error: 'bad_output' }],
  ['returns.mjs', 'a symbol', { error: 'bad_output' }],
  ['returns.mjs', 'a date', { at: '1970-01-01T00:00:00.000Z' }],
  ['returns.mjs', 'abort', { error: 'bad_output' }],
  ['returns.mjs', 'throws a string', { error: 'block_error' }],
  ['returns.mjs', 'throws nothing', { error: 'block_error' }],
  ['returns.mjs', 'rejects later', { error: 'block_error' }],
]

describe('what a block answers', () => {
  it.each(rows)('comes to what it must (%s, %s)', async (file, what, seen) => {
    const outcome = await call(file, what)
    expect(outcome.ok ? outcome.value : { error: outcome.errorType }).toEqual(seen)
    if (!outcome.ok) expect(outcome.message).not.toContain(tree)
  })

  it('may be as large as the limit and no larger', async () => {
    const limits = { answerBytes: 1000 }
    const wrapping = '{"ok":true,"value":{"got":""}}'.length
    for (const file of ['one_argument.py', 'echo.mjs']) {
      const fits = 'x'.repeat(1000 - wrapping)
      expect(await call(file, fits, { limits })).toMatchObject({ ok: true, value: { got: fits } })
      expect(await call(file, `${fits}x`, { limits })).toMatchObject({ ok: false, errorType: 'output_too_large' })
    }
  })
})

describe('a block that does not work', () => {
  it.each(['missing.py', 'missing.mjs', 'no_run.py', 'no_run.mjs', 'run_is_a_number.py'])(
    'answers block_missing when there is nothing to call (%s)',
    async (file) => {
      expect(await call(file, {})).toMatchObject({
        ok: false,
        errorType: 'block_missing',
        message: expect.stringContaining(file),
      })
      expect(await call(file, {}, warm)).toMatchObject({ ok: false, errorType: 'block_missing' })
    },
  )

  it.each([
    ['raises.py', 0, /^raises\.py:2 ZeroDivisionError: division by zero$/],
    ['raises.mjs', {}, /^raises\.mjs:2 TypeError: /],
    ['raises_at_import.py', {}, /^raises_at_import\.py:1 ModuleNotFoundError: /],
    ['raises_at_import.mjs', {}, /a-module-nobody-has/],
  ] as const)('says what went wrong, and in which line of which file (%s)', async (file, input, message) => {
    for (const isolation of ['fresh', 'warm'] as const) {
      const outcome = await call(file, input, { isolation })
      expect(outcome).toMatchObject({ ok: false, errorType: 'block_error', message: expect.stringMatching(message) })
      expect(outcome.log).not.toContain(tree)
    }
  })

  it.each([
    ['syntax_error.py', /^syntax_error\.py:1 SyntaxError: /],
    ['syntax_error.ts', /^syntax_error\.ts:2 SyntaxError: /],
    ['not_erasable.ts', /^not_erasable\.ts:3 SyntaxError: .*enum/],
    ['backend/blocks/imports_broken.ts', /^backend\/blocks\/is broken\.ts:3 SyntaxError: /],
    ['raises.ts', /^raises\.ts:4 TypeError: /],
  ])('says so for a text that is no program, and by the lines of TypeScript as written (%s)', async (file, message) => {
    const outcome = await callOdd(file, {})
    expect(outcome).toMatchObject({ ok: false, errorType: 'block_error', message: expect.stringMatching(message) })
  })

  it('is not asked when its input is larger than may be', async () => {
    const large = 'x'.repeat(9 * 1024 * 1024)
    for (const file of ['one_argument.py', 'echo.mjs']) {
      expect(await call(file, large)).toMatchObject({ ok: false, errorType: 'too_large' })
    }
    const most = 'x'.repeat(3 * 1024 * 1024)
    for (const file of ['one_argument.py', 'echo.mjs']) {
      expect(await call(file, most)).toMatchObject({ ok: true, value: { got: most } })
    }
  })

  it('does no harm to the next one', async () => {
    for (const isolation of ['fresh', 'warm'] as const) {
      expect(await call('one_argument.py', 'after', { isolation })).toMatchObject({ ok: true, value: { got: 'after' } })
      expect(await call('echo.mjs', 'after', { isolation })).toMatchObject({ ok: true, value: { got: 'after' } })
    }
  })
})
