import { describe, expect, it } from 'vitest'

import type { PackId } from '../../base/index.ts'
import type { FlowSource, StepDefinition } from '../definition.ts'
import { parseFlow, type ParsedFlow } from './flow.ts'

const shared: FlowSource = { kind: 'shared' }
const pack: FlowSource = { kind: 'pack', packId: 'my_pack' as PackId }

function read(text: string, source: FlowSource = shared): ParsedFlow {
  return parseFlow(new TextEncoder().encode(text), { file: 'f.flow.yaml', source })
}

/** A flow of two phases; `steps` is the YAML below `steps:`. */
function withSteps(steps: string): ParsedFlow {
  return read(`flow_id: t\nphases: [main, later]\nsteps:\n${steps}`)
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

describe('depends_on', () => {
  it.each([
    ['b', [], 'must be a list', '4:76'],
    ['[1]', [], 'must be a string', '4:77'],
    ['[b, 1]', [], 'must be a string', '4:80'],
    ['[nowhere]', [], 'does not exist', '4:77'],
    ['[nowhere, b]', ['b'], 'does not exist', '4:77'],
    ['[c]', ['c'], 'cross-phase', '4:77'],
    ['[nested]', ['nested'], 'another branch', '4:77'],
    ['[a]', ['a'], 'circular dependency', '4:10'],
  ])('%s is kept as %j and warned about: %s', (...[written, dependsOn, message, place]) => {
    const parsed = withSteps(`${setStep('a', `, depends_on: ${written}`)}${setStep('b')}  - id: c
    phase: later
    type: set
    input: {key: k, value: 1}
  - id: d
    phase: main
    type: if
    condition: true
    then:
      - {id: nested, type: set, input: {key: k, value: 1}}
`)
    expect(firstStep(parsed).dependsOn).toEqual(dependsOn)
    const found = parsed.diagnostics.find(({ code }) => code === 'flow.depends_on')
    expect(found?.message).toContain(message)
    expect(`${found?.line}:${found?.column}`).toBe(place)
  })

  it.each(['[]', '~', '[b]'])('%s is fine', (written) => {
    expect(withSteps(setStep('a', `, depends_on: ${written}`) + setStep('b')).diagnostics).toEqual([])
  })
})

describe('a step', () => {
  it.each([
    ['{id: a, phase: main, type: funtion}', 'flow.step_type_unknown 4:32 error'],
    ['{id: a, phase: main}', 'flow.required 4:5 error'],
    ['{id: "a\\0b", phase: main, type: set, input: {key: k, value: 1}}', 'flow.name 4:10 error'],
    ['{id: __proto__, phase: main, type: set, input: {key: k, value: 1}}', 'flow.name 4:10 error'],
    ['{id: a, phase: main, type: set, output: __proto__, input: {key: k, value: 1}}', 'flow.name 4:45 error'],
    ['{id: a, phase: main, type: set, priority: high, input: {key: k, value: 1}}', 'flow.priority 4:47 warning'],
    ['{id: a, phase: main, type: set, input: {key: $ctx.n, value: 1}}', 'flow.set_key 4:50 error'],
    ['{id: a, phase: main, type: set, input: {key: "${ctx.n}", value: 1}}', 'flow.set_key 4:50 error'],
    ['{id: a, phase: main, type: set, input: {key: __proto__, value: 1}}', 'flow.set_key 4:50 error'],
    ['{id: a, phase: main, type: set, input: {key: k}}', 'flow.required 4:44 error'],
    ['{id: a, phase: main, type: set, input: {value: 1}}', 'flow.required 4:44 error'],
    ['{id: a, phase: main, type: set}', 'flow.required 4:5 error'],
    ['{id: a, phase: main, type: set, input: text}', 'flow.type 4:44 error'],
    ['{id: a, phase: main, type: set, input: {key: k, value: 1}, file: x}', 'flow.unknown_key 4:64 warning'],
    ['{id: a, phase: main, type: handler, input: {handler: "a b"}}', 'flow.handler 4:58 error'],
    ['{id: a, phase: main, type: flow, flow: "a b"}', 'flow.id 4:44 error'],
    ['{id: a, phase: main, type: flow, flow: b, args: 1, input: 2}', 'flow.args 4:56 warning'],
    ['{id: a, phase: main, type: if}', 'flow.required 4:5 error'],
    ['{id: a, phase: main, type: if, condition: true}', 'flow.if_empty 4:5 warning'],
    ['{id: a, phase: main, type: if, input: {condition: $ctx.n == 1}}', 'flow.if_empty 4:5 warning'],
    ['{id: a, phase: main, type: if, condition: "a b", then: []}', 'flow.condition 4:47 error'],
    ['{id: a, phase: main, type: block, owner_pack: p, file: /etc/passwd}', 'flow.block_file 4:60 error'],
    ['{id: a, phase: main, type: block, owner_pack: p, file: ../x.py}', 'flow.block_file 4:60 error'],
    ['{id: a, phase: main, type: block, owner_pack: p, file: "a\\\\..\\\\x"}', 'flow.block_file 4:60 error'],
    ['{id: a, phase: main, type: block, owner_pack: p, file: "C:x"}', 'flow.block_file 4:60 error'],
    ['{id: a, phase: main, type: block, owner_pack: p}', 'flow.required 4:5 error'],
    ['{id: a, phase: main, type: block, owner_pack: "../p", file: x.py}', 'flow.owner_pack 4:51 error'],
    ['{id: a, phase: main, type: block, file: x.py}', 'flow.owner_pack 4:5 error'],
    ['{id: a, phase: main, type: block, owner_pack: p, file: x, timeout_seconds: 0}', 'flow.timeout 4:80 error'],
    ['{id: a, phase: main, type: block, owner_pack: p, file: x, timeout_seconds: -1}', 'flow.timeout 4:80 error'],
    ['{id: a, phase: main, type: block, owner_pack: p, file: x, timeout_seconds: soon}', 'flow.timeout 4:80 error'],
    ['{id: a, phase: main, type: block, owner_pack: p, file: x, timeout_seconds: 601}', 'flow.timeout 4:80 warning'],
    [
      '{id: a, phase: main, type: block, owner_pack: p, file: x, principal_id: q}',
      'flow.principal_ignored 4:63 warning',
    ],
  ])('%s', (step, expected) => {
    const parsed = withSteps(`  - ${step}\n`)
    expect(summary(parsed)).toContain(expected)
    expect(parsed.flow === undefined).toBe(expected.endsWith('error'))
  })

  it('of an unknown type names the known types and the nearest', () => {
    const { diagnostics } = withSteps('  - {id: a, phase: main, type: handlr}\n')
    expect(diagnostics[0]?.hint).toBe(
      'Did you mean "handler"? Known types are python_file_call, block, handler, set, if, flow.',
    )
  })

  it('that is a block has its pack from where the flow is, unless it names one', () => {
    const text = 'flow_id: my_pack.a\nphases: [main]\nsteps:\n  - {id: a, phase: main, type: block, file: x.py'
    expect(firstStep(read(`${text}}`, pack))).toMatchObject({ ownerPack: 'my_pack', timeoutSeconds: 60 })
    expect(firstStep(read(`${text}, owner_pack: other}`, pack))).toMatchObject({ ownerPack: 'other' })
  })

  it('has an id that occurs nowhere else, nested or not', () => {
    const parsed = withSteps(`${setStep('a')}  - id: b
    phase: main
    type: if
    condition: true
    then: [{id: c, type: set, input: {key: k, value: 1}}]
    else: [{id: a, type: set, input: {key: k, value: 1}}, {id: c, type: set, input: {key: k, value: 1}}]
`)
    expect(summary(parsed)).toEqual(['flow.step_duplicate 10:17 error', 'flow.step_duplicate 10:64 error'])
  })

  it('inside of an if runs in the phase of the if', () => {
    const parsed = withSteps(`  - id: b
    phase: later
    type: if
    condition: true
    then: [{id: c, phase: main, type: set, input: {key: k, value: 1}}]
`)
    expect(firstStep(parsed)).toMatchObject({ thenSteps: [{ id: 'c', phase: 'later' }] })
    expect(summary(parsed)).toEqual(['flow.phase 8:27 warning'])
  })
})
