import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import { lookUp, type Bindings } from './bindings.ts'
import type { Condition, Expression } from './syntax.ts'
import { compareValues, findMember, isSameJson, show, typeName, type Finding, type Truth } from './values.ts'

/** What a condition comes to. */
export interface Evaluation {
  readonly value: Truth
  /** The values it looked at, by the names it used. */
  readonly used: JsonObject
  /** Names it asked for that are not bound, sorted. */
  readonly missing: readonly string[]
  /** One sentence, without a full stop. */
  readonly reason: string
}

/** A part as a value; without one, the reason why nobody can say. */
type Valued = { readonly known: true; readonly value: JsonValue } | { readonly known: false; readonly reason: string }

interface Look {
  readonly bindings: Bindings
  readonly used: Map<string, JsonValue>
  readonly missing: Set<string>
}

/**
 * Evaluates a condition in Kleene's logic: what is unknown stays unknown unless the rest decides alone (`false and x` is
 * false, `true or x` is true). Knowing more never turns true or false into anything else. Every part is looked at, so
 * `used` and `missing` do not depend on the order. Never throws for a condition that was parsed.
 */
export function evaluateCondition(condition: Condition, bindings: Bindings): Evaluation {
  const look: Look = { bindings, used: new Map(), missing: new Set() }
  const { value, reason } = findTruth(condition.root, look)
  return { value, used: Object.fromEntries(look.used), missing: [...look.missing].sort(), reason }
}

function findTruth(expression: Expression, look: Look): Finding {
  switch (expression.kind) {
    case 'and':
      return decideAll(expression.operands, look, false)
    case 'or':
      return decideAll(expression.operands, look, true)
    case 'not': {
      const { value, reason } = findTruth(expression.operand, look)
      return { value: value === 'unknown' ? value : !value, reason }
    }
    case 'compare':
      return compare(expression, look)
    case 'in':
      return findMembership(expression, look)
    case 'can-evolve':
      return askCanEvolve(expression.field, look)
    case 'denies-all':
      return describe(look.bindings.deniesAll(), ['the skill denies every change', 'the skill allows some change'])
    case 'literal':
    case 'list':
    case 'name':
    default:
      return asTruth(findValue(expression, look))
  }
}

/** `decisive` in one operand decides; else one unknown makes all unknown. */
function decideAll(operands: readonly Expression[], look: Look, decisive: boolean): Finding {
  const findings = operands.map((operand) => findTruth(operand, look))
  const decided = findings.find(({ value }) => value === decisive) ?? findings.find(({ value }) => value === 'unknown')
  return decided ?? { value: !decisive, reason: findings.map(({ reason }) => reason).join('; ') }
}

function compare({ operator, left, right }: Expression & { readonly kind: 'compare' }, look: Look): Finding {
  const one = findValue(left, look)
  const other = findValue(right, look)
  if (!one.known) return unknown(one.reason)
  if (!other.known) return unknown(other.reason)
  // Written as a literal, null asks whether there is a value; it has no order.
  if ((isNullLiteral(left) || isNullLiteral(right)) && (operator === '==' || operator === '!=')) {
    const value = (one.value === other.value) === (operator === '==')
    return { value, reason: `${nameOf(left)}${show(one.value)} ${operator} ${show(other.value)}${holds(value)}` }
  }
  const finding = compareValues(operator, one.value, other.value)
  return { value: finding.value, reason: `${nameOf(left)}${finding.reason}` }
}

function findMembership({ left, right }: Expression & { readonly kind: 'in' }, look: Look): Finding {
  const one = findValue(left, look)
  if (right.kind === 'list') return findInWritten(one, right.items, look)
  const other = findValue(right, look)
  if (!one.known) return unknown(one.reason)
  return other.known ? findMember(one.value, other.value) : unknown(other.reason)
}

/** In a list that is written out, one item that is the value decides, whatever the others are. */
function findInWritten(one: Valued, items: readonly Expression[], look: Look): Finding {
  const values = items.map((item) => findValue(item, look))
  if (!one.known) return unknown(one.reason)
  if (values.some((item) => item.known && isSameJson(item.value, one.value))) {
    return { value: true, reason: `${show(one.value)} is in the list` }
  }
  const open = values.find((item) => !item.known)
  return open === undefined || open.known
    ? { value: false, reason: `${show(one.value)} is not in the list` }
    : unknown(open.reason)
}

function askCanEvolve(field: Expression, look: Look): Finding {
  const named = findValue(field, look)
  if (!named.known) return unknown(named.reason)
  if (typeof named.value !== 'string') return unknown(`${typeName(named.value)} is no name of a field`)
  const shown = show(named.value)
  return describe(look.bindings.canEvolve(named.value), [`${shown} may change`, `${shown} may not change`])
}

function describe(value: boolean | undefined, [yes, no]: readonly [string, string]): Finding {
  if (value === undefined) return unknown('no skill is bound')
  return { value, reason: value ? yes : no }
}

function findValue(expression: Expression, look: Look): Valued {
  if (expression.kind === 'literal') return { known: true, value: expression.value }
  if (expression.kind === 'name') return findNamed(expression.name, look)
  if (expression.kind === 'list') {
    const items: JsonValue[] = []
    const open: Valued[] = []
    for (const item of expression.items.map((part) => findValue(part, look))) {
      if (item.known) items.push(item.value)
      else open.push(item)
    }
    return open[0] ?? { known: true, value: items }
  }
  const { value, reason } = findTruth(expression, look)
  return value === 'unknown' ? { known: false, reason } : { known: true, value }
}

function findNamed(name: string, { bindings, used, missing }: Look): Valued {
  const binding = lookUp(bindings, name)
  if (!binding.bound) {
    missing.add(name)
    return { known: false, reason: `${name} is not bound` }
  }
  used.set(name, binding.value)
  return { known: true, value: binding.value }
}

function asTruth(valued: Valued): Finding {
  if (!valued.known) return unknown(valued.reason)
  if (typeof valued.value === 'boolean') return { value: valued.value, reason: `it is ${valued.value}` }
  return unknown(`${typeName(valued.value)} is neither true nor false`)
}

function unknown(reason: string): Finding {
  return { value: 'unknown', reason }
}

function isNullLiteral(expression: Expression): boolean {
  return expression.kind === 'literal' && expression.value === null
}

function nameOf(expression: Expression): string {
  return expression.kind === 'name' ? `${expression.name}: ` : ''
}

function holds(value: boolean): string {
  return value ? ' holds' : ' does not hold'
}
