import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Diagnostic } from '@rumi/kernel/base'
import { expectNothingLeaks, expectProblem, packFiles, startTestSystem, type TestSystem } from './system.ts'

const head = 'flow_id: x\nphases: [main]\nsteps:\n'
const set = (id: string, more = ''): string =>
  `  - {id: ${id}, phase: main, type: set, input: {key: k, value: 1}${more}}\n`

interface BadFlow {
  readonly what: string
  readonly content: string | Uint8Array
  readonly code: string
  /** `line:column`; absent where the whole file is meant. */
  readonly at?: string
  readonly hint?: RegExp
}

const table: readonly BadFlow[] = [
  { what: 'is empty', content: '', code: 'flow.empty', at: '1:1' },
  { what: 'is a comment', content: '# soon\n', code: 'flow.empty', at: '1:1' },
  { what: 'is a list', content: '- a\n', code: 'flow.type', at: '1:1' },
  { what: 'is broken YAML', content: 'flow_id: x\nphases: [main\nsteps: []\n', code: 'flow.yaml', at: '3:1' },
  { what: 'is indented with a tab', content: 'flow_id: x\nphases:\n\t- main\n', code: 'flow.yaml', at: '3:1' },
  { what: 'is two documents', content: `${head}${set('a')}---\nflow_id: y\n`, code: 'flow.yaml_documents', at: '5:1' },
  { what: 'has a key twice', content: `flow_id: x\n${head}${set('a')}`, code: 'flow.duplicate_key', at: '2:1' },
  { what: 'has an alias', content: 'flow_id: &a x\nphases: [*a]\nsteps: []\n', code: 'flow.yaml_alias', at: '1:10' },
  {
    what: 'is a bomb of aliases',
    content: `a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n${head}${set('a')}`,
    code: 'flow.yaml_alias',
    at: '1:4',
  },
  { what: 'has a tag', content: `flow_id: !!js/function x\n`, code: 'flow.yaml_tag', at: '1:10' },
  { what: 'is deep without end', content: `a: ${'['.repeat(50_000)}`, code: 'flow.depth', at: '1:24' },
  { what: 'is larger than it may be', content: `# ${'x'.repeat(70_000)}\n`, code: 'flow.size' },
  { what: 'is not UTF-8', content: Buffer.from([0x66, 0xff, 0xfe, 0x0a]), code: 'flow.utf8' },
  { what: 'is UTF-16', content: Buffer.from(head, 'utf16le'), code: 'flow.control_character', at: '1:2' },
  { what: 'has a control character', content: 'flow_id: "x\u001b[31m"\n', code: 'flow.control_character', at: '1:12' },
  { what: 'has no id', content: `phases: [main]\nsteps:\n${set('a')}`, code: 'flow.required', at: '1:1' },
  {
    what: 'has an id that is none',
    content: `flow_id: ../x\nphases: [main]\nsteps:\n${set('a')}`,
    code: 'flow.id',
    at: '1:10',
  },
  { what: 'has no phases', content: `flow_id: x\nsteps:\n${set('a')}`, code: 'flow.phases', at: '1:1' },
  { what: 'has no steps', content: 'flow_id: x\nphases: [main]\n', code: 'flow.required', at: '1:1' },
  {
    what: 'has steps that are a text',
    content: 'flow_id: x\nphases: [main]\nsteps: none\n',
    code: 'flow.type',
    at: '3:8',
  },
  {
    what: 'has a step of an unknown type',
    content: `${head}  - {id: a, phase: main, type: python_file_cal}\n`,
    code: 'flow.step_type_unknown',
    at: '4:32',
    hint: /Did you mean "python_file_call"/,
  },
  {
    what: 'has a step in an unknown phase',
    content: `${head}  - {id: a, phase: man, type: set, input: {key: k, value: 1}}\n`,
    code: 'flow.phase',
    at: '4:20',
    hint: /Did you mean "main"/,
  },
  { what: 'has a step twice', content: head + set('a') + set('a'), code: 'flow.step_duplicate', at: '5:10' },
  {
    what: 'has a condition that does not compile',
    content: head + set('a', ', when: "ctx.a ==="'),
    code: 'flow.condition',
    at: '4:70',
  },
  {
    what: 'calls a block outside of its pack',
    content: `${head}  - {id: a, phase: main, type: python_file_call, owner_pack: p, file: ../../../a.py}\n`,
    code: 'flow.block_file',
    at: '4:71',
  },
  {
    what: 'calls a block of nobody',
    content: `${head}  - {id: a, phase: main, type: python_file_call, file: a.py}\n`,
    code: 'flow.owner_pack',
    at: '4:5',
  },
  {
    what: 'hides text with directions',
    content: 'flow_id: "x\u202e"\nphases: [main]\nsteps: []\n',
    code: 'flow.id',
    at: '1:10',
  },
]

describe('a bad flow', () => {
  let rumi: TestSystem
  let listed: { readonly flows: string[]; readonly count: number; readonly diagnostics: readonly Diagnostic[] }
  const fileOf = (index: number) => `user_data/shared/flows/bad-${index}.flow.yaml`

  beforeAll(async () => {
    rumi = await startTestSystem({
      environment: { RUMI_MAX_FLOW_FILE_BYTES: '65536' },
      files: {
        ...Object.fromEntries(table.map(({ content }, index) => [fileOf(index), content])),
        'user_data/shared/flows/good.flow.yaml': `flow_id: good\noutputs: {k: any}\nphases: [main]\nsteps:\n${set('a')}`,
        'user_data/shared/flows/orphan.flow.yaml':
          'flow_id: orphan\nphases: [main]\nsteps:\n  - {id: a, phase: main, type: python_file_call, owner_pack: nobody, file: a.py}\n',
        'user_data/shared/flows/lost.flow.yaml':
          'flow_id: lost\nphases: [main]\nsteps:\n  - {id: a, phase: main, type: flow, flow: nowhere}\n',
        ...packFiles('stranger', {
          'flows/good.flow.yaml': `flow_id: good\nphases: [main]\nsteps:\n${set('theirs')}`,
          'flows/broken.flow.yaml': 'flow_id: [\n',
          'flows/fine.flow.yaml': `flow_id: stranger.fine\nphases: [main]\nsteps:\n${set('a')}`,
        }),
      },
    })
    symlinkSync('/etc/passwd', join(rumi.home, 'user_data/shared/flows/link.flow.yaml'))
    expect((await rumi.ask('POST', '/api/packs/stranger/approve')).body.error).toBeNull()
    listed = (await rumi.ask('GET', '/api/flows')).body.data
  })
  afterAll(async () => rumi.close())

  it.each(table.map((row, index) => ({ ...row, index })))(
    'that $what is named with its place',
    ({ index, code, at, hint }) => {
      const found = listed.diagnostics.filter(({ file }) => file === fileOf(index))
      const shown = found.map((one) =>
        `${one.code} ${one.line === undefined ? '' : `${one.line}:${one.column}`}`.trim(),
      )
      expect(shown).toContain([code, ...(at === undefined ? [] : [at])].join(' '))
      expect(found.some(({ severity }) => severity === 'error')).toBe(true)
      if (hint) expect(found.find((one) => one.code === code)?.hint).toMatch(hint)
      expectNothingLeaks(JSON.stringify(found.map(({ message }) => message)))
    },
  )

  it('that is a link is not followed', () => {
    const file = 'user_data/shared/flows/link.flow.yaml'
    expect(listed.diagnostics.filter((one) => one.file === file)).toMatchObject([{ code: 'flow.not_a_file' }])
  })

  it('takes nothing from the good ones, which are listed in order', async () => {
    expect(listed).toMatchObject({ flows: ['good', 'lost', 'orphan', 'stranger.fine'], count: 4 })
    const ran = await rumi.ask('POST', '/api/flows/good/run')
    expect(ran.body.data).toMatchObject({ success: true, result: { k: 1 } })
    const unknown = await rumi.ask('POST', '/api/flows/x/run')
    expectProblem(unknown, 404, 'flow.unknown')
    expect(unknown.body.problem?.hint).toMatch(/in a file that has errors \(.+\.flow\.yaml, …\): rumi flows list$/)
  })

  it('of a pack is named too, and never stands for one of the operator', () => {
    const theirs = listed.diagnostics.filter(({ file }) => file?.startsWith('ecosystem/stranger/'))
    expect(theirs.map(({ code, file }) => `${code} ${file}`).toSorted()).toEqual([
      'flow.scope ecosystem/stranger/flows/good.flow.yaml',
      'flow.shadowed ecosystem/stranger/flows/good.flow.yaml',
      'flow.yaml ecosystem/stranger/flows/broken.flow.yaml',
    ])
  })

  it.each([
    ['orphan', 'not_approved', 'nobody'],
    ['lost', 'flow_not_found', 'nowhere'],
  ])('that calls what is not there fails when it runs: %s', async (flowId, errorType, name) => {
    const { status, body } = await rumi.ask('POST', `/api/flows/${flowId}/run`)
    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      success: false,
      status: 'failed',
      failed_step: 'a',
      error_type: errorType,
      error: expect.stringContaining(name),
    })
  })

  it('that is repaired runs at once, and its problem is gone', async () => {
    rumi.write({ [fileOf(3)]: `flow_id: repaired\nphases: [main]\nsteps:\n${set('a')}` })
    expect((await rumi.ask('POST', '/api/flows/repaired/run')).body.data).toMatchObject({ success: true })
    const { diagnostics } = (await rumi.ask('GET', '/api/flows')).body.data
    expect(diagnostics.filter(({ file }: Diagnostic) => file === fileOf(3))).toEqual([])
  })
})
