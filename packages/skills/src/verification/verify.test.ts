import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import { bindValues } from '../condition/index.ts'
import { skillTreeSchema, type DefinitionNode, type SkillTree } from '../language/index.ts'
import { suggestOperations } from './operations.ts'
import { toLegacyReport, type NodeStatus } from './report.ts'
import { verifySkill, type VerificationBindings } from './verify.ts'

function node(type: string, options: JsonObject, name = 'n'): DefinitionNode {
  return { type, name, options, source_span: null }
}

function skill(definition?: readonly DefinitionNode[]): SkillTree {
  return skillTreeSchema.parse({ id: 'core_safety', ...(definition && { definition }) })
}

function verifyOne(one: DefinitionNode, bindings: VerificationBindings = bindValues({})) {
  return verifySkill(skill([one]), bindings)!.results[0]!
}

const coreSafety = [
  node('Constraint', { required: true, condition: 'evolution_enabled == true' }, 'explicit_enablement'),
  node('Constraint', { required: true, scope: 'l0_changes', approver: 'human' }, 'human_approval'),
  node('Constraint', { required: true, fields: ['skill_id', 'timestamp'] }, 'blockchain_recording'),
  node('Constraint', { target: 'core_safety', condition: 'evolve deny :all' }, 'immutability'),
]

const evolutionRules = [
  node('Constraint', { required: true, config_key: 'evolution_enabled', value: true }, 'evolution_enabled'),
  node('Constraint', { condition: 'evolution_count < max_evolutions_per_session' }, 'session_limit'),
  node('Constraint', { condition: 'skill not in immutable_skills' }, 'not_immutable'),
  node('Check', { condition: 'skill.can_evolve?(field)' }, 'evolve_rules_permit'),
  node('Plan', { steps: ['propose', 'review', 'apply', 'record', 'reload'] }, 'evolution_workflow'),
  node('SemanticReasoning', { prompt: 'Is the change worth it?' }, 'review_judgment'),
]

const live: VerificationBindings = {
  ...bindValues({
    evolution_enabled: true,
    evolution_count: 1,
    max_evolutions_per_session: 3,
    skill: 'pets',
    immutable_skills: ['core_safety'],
    field: 'content',
  }),
  canEvolve: (field) => field === 'content',
  deniesAll: () => true,
}

const operations = {
  find: (name: string) =>
    new Map([
      ['run_pipeline', { granted: true, why: 'the operator granted it' }],
      ['drop_tables', { granted: false, why: 'nobody granted it' }],
    ]).get(name),
  names: () => ['run_pipeline', 'drop_tables', 'status'],
}

describe('nodes', () => {
  it.each<[string, string, JsonObject, JsonObject, NodeStatus]>([
    ['B02: a bound condition that holds', 'Constraint', { condition: 'a == true' }, { a: true }, 'satisfied'],
    ['B02: a bound condition that does not', 'Constraint', { condition: 'a == true' }, { a: false }, 'unsatisfied'],
    ['B02: an unbound condition', 'Constraint', { condition: 'a == true' }, {}, 'unknown'],
    ['B03: less', 'Constraint', { condition: 'count < max' }, { count: 2, max: 5 }, 'satisfied'],
    ['B03: not less', 'Constraint', { condition: 'count < max' }, { count: 5, max: 5 }, 'unsatisfied'],
    ['B03: nothing bound', 'Constraint', { condition: 'count < max' }, {}, 'unknown'],
    ['B06: a check that holds', 'Check', { condition: 'score >= least' }, { score: 0.9, least: 0.8 }, 'satisfied'],
    ['B06: a check without condition', 'Check', {}, {}, 'unknown'],
    ['a check whose condition is null', 'Check', { condition: null }, {}, 'unknown'],
    ['a condition that is no text', 'Check', { condition: true }, {}, 'unknown'],
    ['a condition that cannot be read', 'Check', { condition: 'a =' }, { a: 1 }, 'unknown'],
    ['a blank condition', 'Constraint', { condition: ' ' }, {}, 'unknown'],
    ['a setting as stated', 'Constraint', { config_key: 'a.b', value: 3 }, { a: { b: 3 } }, 'satisfied'],
    ['a setting stated as null', 'Constraint', { config_key: 'a', value: null }, { a: null }, 'satisfied'],
    ['another setting', 'Constraint', { config_key: 'a', value: 3 }, { a: 4 }, 'unsatisfied'],
    ['a setting of another type', 'Constraint', { config_key: 'a', value: 3 }, { a: '3' }, 'unknown'],
    ['an unbound setting', 'Constraint', { config_key: 'a', value: 3 }, {}, 'unknown'],
    ['a setting no map has', 'Constraint', { config_key: '__proto__', value: {} }, {}, 'unknown'],
    ['a key that is no name', 'Constraint', { config_key: 3, value: 3 }, {}, 'unknown'],
    [
      'condition and setting',
      'Constraint',
      { condition: 'a', config_key: 'b', value: 1 },
      { a: true, b: 1 },
      'satisfied',
    ],
    [
      'only the condition',
      'Constraint',
      { condition: 'a', config_key: 'b', value: 1 },
      { a: true, b: 2 },
      'unsatisfied',
    ],
    [
      'only the setting',
      'Constraint',
      { condition: 'a', config_key: 'b', value: 1 },
      { a: false, b: 1 },
      'unsatisfied',
    ],
    ['one of both unbound', 'Constraint', { condition: 'a', config_key: 'b', value: 1 }, { b: 1 }, 'unknown'],
    ['B07: a plan with steps', 'Plan', { steps: ['a', 'b', 'c'] }, {}, 'satisfied'],
    ['B07: a plan without', 'Plan', { steps: [] }, {}, 'unsatisfied'],
    ['a plan with a blank step', 'Plan', { steps: ['a', ' '] }, {}, 'unsatisfied'],
    ['a plan whose steps are no texts', 'Plan', { steps: [1] }, {}, 'unsatisfied'],
    ['a plan whose steps are no list', 'Plan', { steps: 'a' }, {}, 'unsatisfied'],
    ['a question', 'SemanticReasoning', { prompt: 'Is it good?' }, {}, 'human_required'],
    ['a type that nobody knows', 'Ritual', { condition: 'true' }, {}, 'unknown'],
  ])('%s', (...[, type, options, values, status]) => {
    expect(verifyOne(node(type, options), bindValues(values)).status).toBe(status)
  })

  it('B04: a check asks the bound skill whether a field may change', () => {
    const check = node('Check', { condition: 'skill.can_evolve?(:content)' })
    expect(verifyOne(check, live)).toMatchObject({ status: 'satisfied', basis: 'evaluated', type: 'Check' })
    expect(verifyOne(check, { ...live, canEvolve: () => false }).status).toBe('unsatisfied')
    expect(verifyOne(check).status).toBe('unknown')
  })

  it('B07: a plan says how many steps it has and which', () => {
    expect(verifyOne(node('Plan', { steps: ['design', 'execute', 'report'] })).detail).toBe(
      '3 steps: design -> execute -> report',
    )
  })

  it.each<[string, JsonValue, NodeStatus, string]>([
    ['granted', 'run_pipeline', 'satisfied', 'the operator granted it'],
    ['granted, with arguments behind it', 'run_pipeline --all', 'satisfied', 'run_pipeline'],
    ['not granted', 'drop_tables', 'unsatisfied', 'nobody granted it'],
    ['misspelt', 'run_pipelin', 'unsatisfied', 'Did you mean run_pipeline?'],
    ['like nothing there is', 'quantum_validation', 'unsatisfied', 'No operation is called "quantum_validation".'],
    ['blank', '  ', 'unsatisfied', 'names no command'],
    ['absent', null, 'unsatisfied', 'names no command'],
  ])('B08: a command that is %s', (...[, command, status, detail]) => {
    const result = verifyOne(node('ToolCall', { command }), { ...bindValues({}), operations })
    expect(result).toMatchObject({ status, basis: 'evaluated' })
    expect(result.detail).toContain(detail)
  })

  it('a command is unknown when there is nothing to look it up in', () => {
    expect(verifyOne(node('ToolCall', { command: 'run_pipeline' })).status).toBe('unknown')
  })

  it('a result says which values it used, which names were missing and where a condition breaks off', () => {
    const check = node('Check', { condition: 'a == 1 and b == 2' })
    expect(verifyOne(check, bindValues({ a: 1, c: 3 }))).toMatchObject({ used: { a: 1 }, missing: ['b'] })
    expect(verifyOne(node('Check', { condition: 'a = 1' })).detail).toContain('column 3')
  })
})

describe('reports', () => {
  it('B10: the older core_safety has four results, and its enablement is evaluated when it is bound', () => {
    const report = toLegacyReport(verifySkill(skill(coreSafety), bindValues({ evolution_enabled: true }))!, 0)
    expect(report).toMatchObject({ skill_id: 'core_safety', timestamp: '1970-01-01T00:00:00.000Z' })
    expect(report.results).toHaveLength(4)
    expect(report.results[0]).toMatchObject({ node_name: 'explicit_enablement', satisfied: true, evaluable: true })
  })

  it('B11: the older evolution_rules keep their question for a person', () => {
    const report = verifySkill(skill(evolutionRules), bindValues({}))!
    expect(report.results.map(({ status }) => status)).toEqual([
      ...['unknown', 'unknown', 'unknown', 'unknown'],
      'satisfied',
      'human_required',
    ])
    expect(report.summary).toEqual({ total: 6, satisfied: 1, unsatisfied: 0, unknown: 4, human_required: 1 })
  })

  it('J15: with live bindings every node but the question is decided', () => {
    const report = verifySkill(skill(evolutionRules), live)!
    expect(report.summary).toEqual({ total: 6, satisfied: 5, unsatisfied: 0, unknown: 0, human_required: 1 })
    expect(report.verdict).toBe('human_required')
    expect(toLegacyReport(report, 0).all_deterministic_passed).toBe(true)
    expect(verifySkill(skill(coreSafety), live)!.verdict).toBe('satisfied')
  })

  it('J15: without bindings nobody says that all is well', () => {
    expect(verifySkill(skill(coreSafety), bindValues({}))!.verdict).toBe('unknown')
    expect(toLegacyReport(verifySkill(skill(coreSafety), bindValues({}))!, 0).all_deterministic_passed).toBe(false)
  })

  it('B12: a skill without a definition has no report', () => {
    expect(verifySkill(skill(), live)).toBeNull()
  })

  it('B14: one evaluated and satisfied node passes', () => {
    const report = verifySkill(skill([coreSafety[0]!]), live)!
    expect(report.verdict).toBe('satisfied')
    expect(toLegacyReport(report, 0)).toMatchObject({
      all_deterministic_passed: true,
      summary: { total: 1, passed: 1 },
    })
  })

  it.each<[string, readonly DefinitionNode[]]>([
    ['no node at all', []],
    ['declarations alone', [coreSafety[1]!, coreSafety[2]!]],
    ['a node of an unknown type', [coreSafety[0]!, node('Ritual', {})]],
  ])('%s never counts as passed', (_, definition) => {
    const report = verifySkill(skill(definition), live)!
    expect(report.verdict).toBe('unknown')
    expect(toLegacyReport(report, 0).all_deterministic_passed).toBe(false)
  })

  it('a declaration is satisfied and says that nothing was checked', () => {
    expect(verifyOne(coreSafety[1]!)).toMatchObject({ status: 'satisfied', basis: 'declared' })
  })

  it('the verdict is the worst there is', () => {
    const bad = node('Plan', { steps: [] })
    const open = node('Check', {})
    expect(verifySkill(skill([...evolutionRules, open, bad]), live)!.verdict).toBe('unsatisfied')
    expect(verifySkill(skill([...evolutionRules, open]), live)!.verdict).toBe('unknown')
  })
})

const names = ['a', 'b', 'c', 'skill', 'field'] as const
const value = fc.oneof(
  fc.boolean(),
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom('a', 'content'),
  fc.constant(['a']),
)
const condition = fc.constantFrom(
  ...[
    'a',
    'a == 1',
    'a < b or c',
    'a in c',
    'not a',
    'skill.can_evolve?(field)',
    'evolve deny :all',
    'a ==',
    'b and c',
  ],
)
const anyNode = fc
  .record({
    type: fc.constantFrom('Constraint', 'Check', 'Plan', 'ToolCall', 'SemanticReasoning', 'Ritual'),
    options: fc.record(
      {
        condition: fc.oneof(condition, fc.constant(null), fc.constant(7)),
        value,
        config_key: fc.constantFrom(...names),
        steps: fc.array(fc.constantFrom('x', '', 'y')),
        command: fc.constantFrom('run_pipeline', 'drop_tables', '', 'other'),
        prompt: fc.string(),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ type, options }) => node(type, options as JsonObject))

describe('laws', () => {
  it('who knows more never decides otherwise what was decided', () => {
    const few = fc.subarray([...names])
    const all = fc.record({ a: value, b: value, c: value, skill: value, field: value })
    fc.assert(
      fc.property(fc.array(anyNode), few, all, (nodes, known, values) => {
        const some = Object.fromEntries(known.map((name) => [name, values[name]]))
        const before = verifySkill(skill(nodes), bindValues(some))!
        const after = verifySkill(skill(nodes), {
          ...bindValues(values),
          canEvolve: () => true,
          deniesAll: () => false,
          operations,
        })!
        for (const [index, { status }] of before.results.entries()) {
          // A blank command is wrong whatever operations there are; every other one is unknown without them.
          if (status !== 'unknown') expect(after.results[index]!.status).toBe(status)
        }
      }),
    )
  })

  it('the numbers of a report add up, and satisfied means that every node is', () => {
    fc.assert(
      fc.property(fc.array(anyNode), (nodes) => {
        const { summary, results, verdict } = verifySkill(skill(nodes), live)!
        const { total, satisfied, unsatisfied, unknown, human_required } = summary
        expect([total, satisfied + unsatisfied + unknown + human_required]).toEqual([nodes.length, nodes.length])
        const isWhole = satisfied === total && results.some(({ basis }) => basis === 'evaluated')
        expect(verdict === 'satisfied').toBe(isWhole)
      }),
    )
  })
})

it.each([
  ['pipeline', ['run_pipeline', 'pipelines', 'pipe_line'], ['pipe_line', 'pipelines']],
  ['x', ['run_pipeline'], []],
  ['a'.repeat(5000), ['a'.repeat(5000)], []],
])('near names of %.20s', (command, names, near) => {
  expect(suggestOperations(command, names)).toEqual(near)
})
