import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { PackId } from '../../base/index.ts'
import type { FlowSource, StepDefinition } from '../definition.ts'
import { defaultFlowLimits, parseFlow, type ParsedFlow } from './flow.ts'

const shared: FlowSource = { kind: 'shared' }
const pack: FlowSource = { kind: 'pack', packId: 'my_pack' as PackId }

function read(text: string | Uint8Array, source: FlowSource = shared): ParsedFlow {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  return parseFlow(bytes, { file: 'f.flow.yaml', source })
}

/** A flow of one phase; `steps` is the YAML below `steps:`. */
function withSteps(steps: string, source: FlowSource = shared): ParsedFlow {
  return read(`flow_id: t\nphases: [main, later]\nsteps:\n${steps}`, source)
}

const setStep = (id: string, more = ''): string =>
  `  - {id: ${id}, phase: main, type: set, input: {key: k, value: 1}${more}}\n`

/** `code line:column severity` of every diagnostic. */
function summary({ diagnostics }: ParsedFlow): string[] {
  return diagnostics.map(({ code, line, column, severity }) => `${code} ${line}:${column} ${severity}`)
}

function firstStep(parsed: ParsedFlow): StepDefinition {
  const step = parsed.flow?.steps[0]
  if (!step) throw new Error(JSON.stringify(parsed.diagnostics))
  return step
}

describe('a complete flow', () => {
  it('is read as declared', () => {
    const parsed = read(`
flow_id: hello
description: Says hello
inputs:
  name: string
  times: {type: integer, default: 1, required: false}
outputs:
  greeting: object
  b: text
phases:
  - prepare
  - main
defaults: {fail_soft: false, on_missing_step: skip}
schedule: {cron: "0 0 * * *", timezone: Europe/Berlin}
steps:
  - id: call_hello
    phase: main
    priority: 50
    type: python_file_call
    owner_pack: my_pack
    file: blocks/hello.py
    input:
      name: "\${ctx.name}"
    output: greeting
  - id: load
    phase: prepare
    type: handler
    input: {handler: "kernel:ctx.get", args: {key: context}}
    when: $ctx.name != none
  - {id: default, phase: prepare, type: set, input: {key: user.name, value: null}}
  - id: decide
    phase: main
    type: if
    condition: ctx.n > 5
    depends_on: [call_hello]
    then:
      - {id: yes_step, type: flow, flow: other.flow, args: {a: $ctx.a}, timeout: 1}
    else:
      - {id: no_step, type: block, owner_pack: p, file: b.py, timeout_seconds: 0.5}
`)
    expect(summary(parsed)).toEqual(['flow.unknown_key 37:73 warning'])
    expect(parsed.flow).toEqual({
      flowId: 'hello',
      description: 'Says hello',
      inputs: { name: { type: 'string' }, times: { type: 'integer', default: 1, required: false } },
      outputs: ['greeting', 'b'],
      phases: ['prepare', 'main'],
      failSoft: false,
      schedule: { cron: '0 0 * * *', timezone: 'Europe/Berlin' },
      source: shared,
      file: 'f.flow.yaml',
      steps: [
        {
          id: 'call_hello',
          phase: 'main',
          priority: 50,
          dependsOn: [],
          output: 'greeting',
          line: 16,
          type: 'block',
          ownerPack: 'my_pack',
          file: 'blocks/hello.py',
          input: { name: '${ctx.name}' },
          timeoutSeconds: 60,
        },
        {
          id: 'load',
          phase: 'prepare',
          priority: 100,
          dependsOn: [],
          when: '$ctx.name != none',
          line: 25,
          type: 'handler',
          handler: 'kernel:ctx.get',
          args: { key: 'context' },
        },
        {
          id: 'default',
          phase: 'prepare',
          priority: 100,
          dependsOn: [],
          line: 30,
          type: 'set',
          key: 'user.name',
          value: null,
        },
        {
          id: 'decide',
          phase: 'main',
          priority: 100,
          dependsOn: ['call_hello'],
          line: 31,
          type: 'if',
          condition: 'ctx.n > 5',
          thenSteps: [
            {
              id: 'yes_step',
              phase: 'main',
              priority: 100,
              dependsOn: [],
              line: 37,
              type: 'flow',
              flow: 'other.flow',
              args: { a: '$ctx.a' },
            },
          ],
          elseSteps: [
            {
              id: 'no_step',
              phase: 'main',
              priority: 100,
              dependsOn: [],
              line: 39,
              type: 'block',
              ownerPack: 'p',
              file: 'b.py',
              timeoutSeconds: 0.5,
            },
          ],
        },
      ],
    })
  })

  it('may be written as JSON, with tabs', () => {
    const parsed = read(
      '{\n\t"flow_id": "j",\n\t"phases": ["main"],\n\t"steps": [\n\t\t{"id": "a", "phase": "main", "type": "set", "input": {"key": "k", "value": "\\ud83d\\ude00"}}\n\t]\n}\n',
    )
    expect(parsed.diagnostics).toEqual([])
    expect(firstStep(parsed)).toMatchObject({ id: 'a', value: '😀' })
  })

  it('declares no outputs when it says nothing about them', () => {
    expect(withSteps(setStep('a')).flow).toMatchObject({ outputs: undefined, inputs: {}, failSoft: true })
  })
})

describe('problems of the flow itself', () => {
  it.each([
    ['phases: [main]\nsteps: []', ['flow.required 1:1 error']],
    ['flow_id: a b\nphases: [main]\nsteps: []', ['flow.id 1:10 error']],
    ['flow_id: [a]\nphases: [main]\nsteps: []', ['flow.type 1:10 error']],
    ['flow_id: ~\nphases: [main]\nsteps: []', ['flow.required 1:1 error']],
    ['flow_id: a\nsteps: []', ['flow.phases 1:1 error']],
    ['flow_id: a\nphases: []\nsteps: []', ['flow.phases 2:9 error']],
    ['flow_id: a\nphases: main\nsteps: []', ['flow.phases 2:9 error']],
    ['flow_id: a\nphases: [{}, main, main]\nsteps: []', ['flow.phases 2:10 error', 'flow.phases 2:20 warning']],
    ['flow_id: a\nphases: [main]', ['flow.required 1:1 error']],
    ['flow_id: a\nphases: [main]\nsteps: {}', ['flow.type 3:8 error']],
    ['flow_id: a\nphases: [main]\nsteps: [1]', ['flow.type 3:9 error']],
    ['flow_id: a\nphase: [main]\nphases: [main]\nsteps: []', ['flow.unknown_key 2:1 warning']],
    ['flow_id: a\nphases: [main]\nsteps: []\ndefaults: {fail_soft: "no"}', ['flow.defaults 4:23 error']],
    ['flow_id: a\nphases: [main]\nsteps: []\ndefaults: {on_missing_step: abort}', ['flow.defaults 4:29 warning']],
    ['flow_id: a\nphases: [main]\nsteps: []\ninputs: [a]', ['flow.declaration 4:9 warning']],
    [
      'flow_id: a\nphases: [main]\nsteps: []\ninputs: {__proto__: string, a b: text, c: [1]}',
      ['flow.declaration 4:21 warning', 'flow.declaration 4:34 warning', 'flow.declaration 4:43 warning'],
    ],
    ['flow_id: a\nphases: [main]\nsteps: []\noutputs: text', ['flow.declaration 4:10 warning']],
    ['[1, 2]', ['flow.type 1:1 error']],
    ['', ['flow.empty 1:1 error']],
    ['# nothing', ['flow.empty 1:1 error']],
  ])('%j', (text, expected) => {
    const parsed = read(text)
    expect(summary(parsed)).toEqual(expected)
    expect(parsed.flow === undefined).toBe(expected.some((line) => line.endsWith('error')))
  })

  it('are all reported at once, with the id when it can be read', () => {
    const parsed = read(`flow_id: broken
stepps: 1
phases: [main]
steps:
  - id: x
    phase: mian
    type: functon
    when: ctx.n >
  - phase: main
    type: handler
`)
    expect(summary(parsed)).toEqual([
      'flow.unknown_key 2:1 warning',
      'flow.phase 6:12 error',
      'flow.step_type_unknown 7:11 error',
      'flow.condition 8:11 error',
      'flow.required 9:5 error',
      'flow.required 9:5 error',
    ])
    expect(parsed).not.toHaveProperty('flow')
    expect(parsed.flowId).toBe('broken')
    expect(parsed.diagnostics[0]).toMatchObject({ file: 'f.flow.yaml', hint: 'Did you mean "steps"?' })
  })

  it('of a file with a thousand of them are cut, and the rest is counted', () => {
    const parsed = read(
      `flow_id: a\nphases: [main]\nsteps: []\n${Array.from({ length: 900 }, (_, n) => `oops${n}: 1`).join('\n')}`,
    )
    expect(parsed.diagnostics).toHaveLength(501)
    expect(parsed.diagnostics.at(-1)?.message).toMatch(/^\d+ more problems/)
  })
})

describe('texts that were not written as texts', () => {
  it('an unquoted yes is the text "yes"', () => {
    expect(withSteps(setStep('yes'))).toMatchObject({ diagnostics: [], flow: { steps: [{ id: 'yes' }] } })
  })

  it.each([
    ['1.5', '1.5'],
    ['42', '42'],
    ['true', 'true'],
    ['007', '007'],
    ['12345678901234567890', '12345678901234567890'],
  ])('flow_id: %s becomes a text with a warning', (written, flowId) => {
    const parsed = read(`flow_id: ${written}\nphases: [main]\nsteps: []`)
    expect(parsed.flow?.flowId).toBe(flowId)
    expect(summary(parsed)).toContain('flow.converted 1:10 warning')
    expect(read(`flow_id: "${written}"\nphases: [main]\nsteps: []`).diagnostics).toEqual([])
  })

  it('ids, phases and outputs of steps are converted too', () => {
    const parsed = read(
      'flow_id: a\nphases: [1]\nsteps:\n  - {id: 42, phase: 1, type: set, output: true, input: {key: k, value: 1}}',
    )
    expect(firstStep(parsed)).toMatchObject({ id: '42', phase: '1', output: 'true' })
    expect(parsed.diagnostics.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'flow.converted'))
  })

  it('when: false means false', () => {
    expect(firstStep(withSteps(setStep('a', ', when: false')))).toMatchObject({ when: 'false' })
  })
})

describe('the scope of a pack', () => {
  it.each([
    ['my_pack', []],
    ['my_pack.fetch', []],
    ['my_packs.fetch', ['flow.scope 1:10 warning']],
    ['other', ['flow.scope 1:10 warning']],
  ])('%s: %j', (id, expected) => {
    expect(summary(read(`flow_id: ${id}\nphases: [main]\nsteps: []`, pack))).toEqual(expected)
  })
})

describe('laws of parsing', () => {
  const line = fc.constantFrom(
    'flow_id: a',
    'phases: [main]',
    'steps:',
    '  - id: x',
    '    phase: main',
    '    type: set',
    '    type: if',
    '    then:',
    '      - id: y',
    '    input: {key: k, value: $ctx.a}',
    '    when: ctx.a',
    'schedule: {interval: 5}',
    '- - -',
    '? a',
    ': b',
    '{',
    ']',
    '&a *a',
    '!!x',
    '---',
    '"',
    '|',
    '\t',
    '<<: 1',
    '__proto__: 1',
  )
  const text = fc.array(line, { maxLength: 20 }).map((lines) => lines.join('\n'))

  const check = (bytes: Uint8Array): void => {
    const parsed = parseFlow(bytes, { file: 'x', source: shared }, { ...defaultFlowLimits, maxDepth: 5, maxNodes: 100 })
    expect(parsed.flow === undefined).toBe(parsed.diagnostics.some(({ severity }) => severity === 'error'))
  }

  it('never throws, and a flow is there exactly when there is no error', () => {
    fc.assert(
      fc.property(text, (yaml) => check(new TextEncoder().encode(yaml))),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (yaml) => check(new TextEncoder().encode(yaml))),
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check))
  })

  it('any JSON value given as a value comes back the same', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        fc.pre(!JSON.stringify(value).includes('\\u')) // lone surrogates and control characters are refused or escaped
        fc.pre(!JSON.stringify(value).includes('-0'))
        const flow = {
          flow_id: 'a',
          phases: ['m'],
          steps: [{ id: 's', phase: 'm', type: 'set', input: { key: 'k', value } }],
        }
        expect(firstStep(read(JSON.stringify(flow)))).toMatchObject({ value: JSON.parse(JSON.stringify(value)) })
      }),
    )
  })
})
