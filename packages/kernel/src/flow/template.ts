import type { JsonObject, JsonValue } from '../base/index.ts'
import { isJsonList } from './json-list.ts'
import { findValue, splitReferences, type Reference, type TextPart } from './reference.ts'
import { measureJson } from './measure.ts'

/** What a template became. */
export interface Expansion {
  /** `null` when `oversized`. May share parts with the template and the context: never change it in place. */
  readonly value: JsonValue
  /** Names of references that pointed nowhere (`ctx.a.b`), each once, in order. */
  readonly missing: readonly string[]
  /**
   * The result would exceed `maxExpansion` characters. Fail the step: a flow that doubles a text at every step
   * (`"${ctx.a}${ctx.a}"`) would fill the memory after thirty of them.
   */
  readonly oversized: boolean
}

/** A template whose references have been found once, for many expansions. */
export interface Template {
  /** Expands every reference. Values that come from the context are data and are not searched again. */
  expand(context: JsonObject): Expansion
}

/** Most characters an expansion may have, roughly as JSON text. */
export const maxExpansion = 4 * 1024 * 1024

/** Deepest template that is expanded; deeper parts become `null` and are listed as missing. */
const maxTemplateDepth = 20

/**
 * Prepares a template. A text that is exactly one reference becomes the value with its type, or `null` when it is
 * missing. References inside a text are put in as text: texts as they are, everything else as JSON, missing ones as
 * nothing. Keys of objects are not expanded. A template without references expands to itself, the same object.
 * (pack-development §Variables)
 */
export function compileTemplate(template: JsonValue): Template {
  const node = compileNode(template, 0)
  if (node.kind === 'constant') {
    const expansion: Expansion = { value: node.value, missing: [], oversized: false }
    return { expand: () => expansion }
  }
  // One reference adds no more than the value it names; only several of them multiply.
  const measured = countReferences(node) > 1
  return {
    expand: (context) => {
      const state: State = { context, measured, missing: new Set(), left: maxExpansion }
      const value = expandNode(node, state)
      const oversized = state.left < 0
      return { value: oversized ? null : value, missing: [...state.missing], oversized }
    },
  }
}

/**
 * Expands a template once; see `compileTemplate`.
 *
 * @public
 */
export function expandValue(template: JsonValue, context: JsonObject): Expansion {
  return compileTemplate(template).expand(context)
}

type Node =
  | { readonly kind: 'constant'; readonly value: JsonValue }
  | { readonly kind: 'too-deep' }
  | { readonly kind: 'reference'; readonly reference: Reference }
  | { readonly kind: 'text'; readonly parts: readonly TextPart[] }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Node])[] }

function compileNode(template: JsonValue, depth: number): Node {
  if (typeof template === 'string') return compileText(template)
  if (template === null || typeof template !== 'object') return { kind: 'constant', value: template }
  if (depth >= maxTemplateDepth) return { kind: 'too-deep' }
  if (isJsonList(template)) {
    const items = template.map((item) => compileNode(item, depth + 1))
    const unchanged = items.every((item, index) => item.kind === 'constant' && item.value === template[index])
    return unchanged ? { kind: 'constant', value: template } : { kind: 'list', items }
  }
  const members = Object.entries(template).map(([key, value]) => [key, compileNode(value, depth + 1)] as const)
  const unchanged = members.every(([key, member]) => member.kind === 'constant' && member.value === template[key])
  return unchanged ? { kind: 'constant', value: template } : { kind: 'object', members }
}

function compileText(text: string): Node {
  const parts = splitReferences(text)
  const [first] = parts
  if (parts.length === 1 && first !== undefined) {
    return typeof first === 'string' ? { kind: 'constant', value: first } : { kind: 'reference', reference: first }
  }
  return { kind: 'text', parts }
}

function countReferences(node: Node): number {
  if (node.kind === 'reference') return 1
  if (node.kind === 'text') return Infinity // JSON inside a text can be longer than the value
  if (node.kind === 'list') return node.items.reduce((sum, item) => sum + countReferences(item), 0)
  if (node.kind === 'object') return node.members.reduce((sum, [, item]) => sum + countReferences(item), 0)
  return 0
}

interface State {
  readonly context: JsonObject
  readonly measured: boolean
  readonly missing: Set<string>
  /** Characters that may still be produced; negative means stop. */
  left: number
}

function expandNode(node: Node, state: State): JsonValue {
  switch (node.kind) {
    case 'constant':
      return node.value
    case 'too-deep':
      state.missing.add(`(deeper than ${maxTemplateDepth})`)
      return null
    case 'reference':
      return lookUp(node.reference, state) ?? null
    case 'text':
      return node.parts.map((part) => (typeof part === 'string' ? part : embed(part, state))).join('')
    case 'list':
      return node.items.map((item) => expandNode(item, state))
    case 'object':
      // fromEntries defines members, so that a key "__proto__" stays data.
      return Object.fromEntries(node.members.map(([key, item]) => [key, expandNode(item, state)]))
    default:
      return node satisfies never
  }
}

function embed(reference: Reference, state: State): string {
  const value = lookUp(reference, state)
  if (value === undefined || state.left < 0) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function lookUp(reference: Reference, state: State): JsonValue | undefined {
  const value = findValue(state.context, reference.path)
  if (value === undefined) state.missing.add(reference.name)
  else if (state.measured) state.left -= measureJson(value, state.left)
  return value
}
