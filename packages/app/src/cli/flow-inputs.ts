import { err, isJsonObject, ok, parseStrictJson, type JsonObject, type JsonValue, type Result } from '@rumi/kernel/base'
import type { Messages } from '../messages/index.ts'

/** Bytes of the inputs of a flow, as the API takes them at most. */
export const maxInputsBytes = 10 * 1024 * 1024

const LIMITS = { maxBytes: maxInputsBytes, maxDepth: 60 }

/** One input of a flow as it was written. */
export interface InputPair {
  readonly name: string
  readonly value: JsonValue
}

/**
 * Reads `name=text` or `name:=json`: what stands behind `=` is text, also when it looks like a number; behind `:=` it
 * is JSON. The first `=` divides, so the text may hold more of them. The refusal is a sentence.
 *
 * @example parseInputPair('name=Ada', messages) // { name: 'name', value: 'Ada' }
 * @example parseInputPair('count:=3', messages) // { name: 'count', value: 3 }
 */
export function parseInputPair(text: string, messages: Messages): Result<InputPair, string> {
  const at = text.indexOf('=')
  const isJson = at > 0 && text[at - 1] === ':'
  const name = text.slice(0, isJson ? at - 1 : at)
  if (at < 1 || name === '') return err(messages.usage.pair(text))
  const written = text.slice(at + 1)
  if (!isJson) return ok({ name, value: written })
  const parsed = parseStrictJson(Buffer.from(written), LIMITS)
  return parsed.ok ? ok({ name, value: parsed.value }) : err(messages.usage.pairJson(name, parsed.error.message))
}

/** Reads all inputs written as one JSON object. The refusal is a sentence. */
export function parseInputObject(bytes: Uint8Array, messages: Messages): Result<JsonObject, string> {
  const parsed = parseStrictJson(bytes, LIMITS)
  if (!parsed.ok) return err(messages.usage.inputs(parsed.error.message))
  return isJsonObject(parsed.value) ? ok(parsed.value) : err(messages.usage.inputs('{…}'))
}

/** A single input wins over the object, and a later one over an earlier one. */
export function mergeInputs(base: JsonObject, pairs: readonly InputPair[]): JsonObject {
  // Not by assignment: an input called __proto__ is data.
  return Object.fromEntries([...Object.entries(base), ...pairs.map(({ name, value }) => [name, value] as const)])
}
