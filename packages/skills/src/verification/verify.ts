import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import {
  compareValues,
  evaluateCondition,
  lookUp,
  parseCondition,
  show,
  type Bindings,
  type Evaluation,
} from '../condition/index.ts'
import type { DefinitionNode, SkillTree } from '../language/index.ts'
import { suggestOperations, type OperationRegistry } from './operations.ts'
import { makeReport, type NodeResult, type VerificationReport } from './report.ts'

/**
 * What is true now. Bind names from the live configuration and counters (`evolution_enabled`, `evolution_count`,
 * `immutable_skills` …), and `skill` to the id of the skill that conditions ask about, the one `canEvolve` and
 * `deniesAll` answer for. A definition that nobody gives values to is unknown, not satisfied.
 */
export interface VerificationBindings extends Bindings {
  /** Absent: commands cannot be looked up, and every command is unknown. */
  readonly operations?: OperationRegistry
}

type Finding = Omit<NodeResult, 'name' | 'type'>

const nothing = { used: {}, missing: [] } as const

/**
 * Checks each node of a skill's definition against what is true now; null when the skill has no definition. Nothing of
 * the skill is executed. Binding more names never makes a node that was decided undecided.
 */
export function verifySkill(tree: SkillTree, bindings: VerificationBindings): VerificationReport | null {
  if (tree.definition === undefined) return null
  const results = tree.definition.map((node) => ({ name: node.name, type: node.type, ...verifyNode(node, bindings) }))
  return makeReport(tree.id, results)
}

function verifyNode(node: DefinitionNode, bindings: VerificationBindings): Finding {
  switch (node.type) {
    case 'Constraint':
      return verifyConstraint(node.options, bindings)
    case 'Check':
      return verifyCheck(node.options, bindings)
    case 'Plan':
      return verifyPlan(getOption(node.options, 'steps'))
    case 'ToolCall':
      return verifyCommand(node.options, bindings.operations)
    case 'SemanticReasoning':
      return askPerson(getOption(node.options, 'prompt'))
    default:
      return unknown(`Nothing checks nodes of type ${show(node.type)}.`)
  }
}

/** With a condition and an expected value, both must hold. */
function verifyConstraint(options: JsonObject, bindings: VerificationBindings): Finding {
  const condition = getOption(options, 'condition')
  const expected = getOption(options, 'value')
  const key = getOption(options, 'config_key')
  const checks: Finding[] = []
  if (condition !== null) checks.push(verifyCondition(condition, bindings))
  if (Object.hasOwn(options, 'value') && key !== null) checks.push(verifySetting(key, expected, bindings))
  const [first, second] = checks
  if (first === undefined) {
    const detail = 'Declared only: it names no condition, and no setting with a value, that could be checked.'
    return { status: 'satisfied', basis: 'declared', detail, ...nothing }
  }
  return second === undefined ? first : joinFindings(first, second)
}

/** The worse of both findings, with what both looked at. */
function joinFindings(one: Finding, other: Finding): Finding {
  const order = ['unsatisfied', 'unknown', 'human_required', 'satisfied']
  const [worse, better] = order.indexOf(other.status) < order.indexOf(one.status) ? [other, one] : [one, other]
  return {
    status: worse.status,
    basis: worse.basis,
    detail: worse.status === 'satisfied' ? `${one.detail} ${other.detail}` : worse.detail,
    used: { ...better.used, ...worse.used },
    missing: [...new Set([...one.missing, ...other.missing])].sort(),
  }
}

function verifyCheck(options: JsonObject, bindings: VerificationBindings): Finding {
  const condition = getOption(options, 'condition')
  return condition === null
    ? unknown('It has no condition that could be checked.')
    : verifyCondition(condition, bindings)
}

function verifyCondition(written: JsonValue, bindings: VerificationBindings): Finding {
  if (typeof written !== 'string') return unknown('The condition is no text.')
  const condition = parseCondition(written)
  if (!condition.ok) {
    const { column, message, expected } = condition.error
    const expectation = `Expected there: ${expected.join(', ')}.`
    return unknown(`The condition cannot be read: at column ${column}, ${message}. ${expectation}`)
  }
  return fromEvaluation(evaluateCondition(condition.value, bindings))
}

function fromEvaluation({ value, used, missing, reason }: Evaluation): Finding {
  if (value === 'unknown') {
    const unbound = missing.length > 0 ? ` Not bound: ${missing.join(', ')}.` : ''
    return { status: 'unknown', basis: 'none', detail: `Nobody can tell: ${reason}.${unbound}`, used, missing }
  }
  const verdict = value ? 'The condition holds' : 'The condition does not hold'
  return { ...decided(value, `${verdict}: ${reason}.`), used, missing }
}

/** A setting must have the value that the constraint states; a value of another type is unknown, as in conditions. */
function verifySetting(key: JsonValue, expected: JsonValue, bindings: VerificationBindings): Finding {
  if (typeof key !== 'string' || key === '') return unknown('Its config_key is no name of a setting.')
  const binding = lookUp(bindings, key)
  if (!binding.bound) {
    return { status: 'unknown', basis: 'none', detail: `The setting ${key} is not bound.`, used: {}, missing: [key] }
  }
  const used = Object.fromEntries([[key, binding.value]])
  const { value, reason } = compareValues('==', binding.value, expected)
  if (value === 'unknown') return { ...unknown(`The setting ${key}: ${reason}.`), used }
  const detail = value
    ? `The setting ${key} is ${show(expected)}.`
    : `The setting ${key} is ${show(binding.value)} and should be ${show(expected)}.`
  return { ...decided(value, detail), used, missing: [] }
}

/** A plan needs steps, each with words; whether a step can be done is nothing that a name tells. */
function verifyPlan(steps: JsonValue): Finding {
  if (!isList(steps) || steps.length === 0) return { ...decided(false, 'The plan has no steps.'), ...nothing }
  const texts = steps.filter((step) => typeof step === 'string').filter((step) => step.trim() !== '')
  if (texts.length < steps.length) {
    return { ...decided(false, 'A step of the plan is blank or no text.'), ...nothing }
  }
  return { ...decided(true, clip(`${countSteps(texts.length)}: ${texts.join(' -> ')}`)), ...nothing }
}

/** The whole command is looked up, and then its first word: arguments may follow the name. */
function verifyCommand(options: JsonObject, operations: OperationRegistry | undefined): Finding {
  const written = getOption(options, 'command')
  const command = typeof written === 'string' ? written.trim() : ''
  if (command === '') return { ...decided(false, 'It names no command.'), ...nothing }
  if (operations === undefined) return unknown('No list of operations was given to look the command up in.')
  const name = firstWord(command)
  const operation = operations.find(command, options) ?? (name === command ? undefined : operations.find(name, options))
  if (operation !== undefined) {
    const granted = operation.granted ? 'exists and is granted' : 'exists and is not granted'
    const detail = `The operation ${show(name)} ${granted}: ${operation.why}`
    return { ...decided(operation.granted, clip(detail)), ...nothing }
  }
  const near = suggestOperations(name, operations.names())
  const hint = near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ''
  return { ...decided(false, `No operation is called ${show(name)}.${hint}`), ...nothing }
}

function askPerson(prompt: JsonValue): Finding {
  const question = typeof prompt === 'string' && prompt.trim() !== '' ? prompt : '(it asks nothing)'
  return { status: 'human_required', basis: 'none', detail: clip(`A person must judge: ${question}`), ...nothing }
}

function decided(isSatisfied: boolean, detail: string): Pick<Finding, 'status' | 'basis' | 'detail'> {
  return { status: isSatisfied ? 'satisfied' : 'unsatisfied', basis: 'evaluated', detail }
}

function unknown(detail: string): Finding {
  return { status: 'unknown', basis: 'none', detail, ...nothing }
}

/** @example countSteps(1) === '1 step' */
export function countSteps(count: number): string {
  return count === 1 ? '1 step' : `${count} steps`
}

function firstWord(command: string): string {
  const end = command.search(/[\s(]/)
  return end <= 0 ? command : command.slice(0, end)
}

/** An option that was written; null when it was not. */
function getOption(options: JsonObject, key: string): JsonValue {
  return Object.hasOwn(options, key) ? (options[key] ?? null) : null
}

function clip(text: string): string {
  return text.length > 2000 ? `${text.slice(0, 2000).toWellFormed()}…` : text
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
