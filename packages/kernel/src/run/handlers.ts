import type { JsonObject, JsonValue } from '../base/index.ts'

/**
 * Handlers that read and write nothing but the run's own context: every flow may call them. All others are for the
 * operator's flows, because a stranger's flow could grant itself rights with them.
 */
export const pureHandlers: ReadonlyMap<string, PureHandler> = new Map<string, PureHandler>([
  ['kernel:noop', () => ({ value: null, changes: {} })],
  ['kernel:ctx.get', getValue],
  ['kernel:ctx.set', setValue],
  ['kernel:ctx.copy', copyValue],
])

/** What a pure handler gives: the step's value, and keys of the context to set. */
export interface PureAnswer {
  readonly value: JsonValue
  readonly changes: JsonObject
}

/** A handler without effects. Throws `HandlerArgumentError` for arguments it cannot use. */
export type PureHandler = (args: JsonObject, context: JsonObject) => PureAnswer

/** Arguments of the wrong shape: the step fails with this message. */
export class HandlerArgumentError extends Error {}

/** Privileged handlers that are another way to write a `flow` step. */
export const flowHandlers: ReadonlySet<string> = new Set(['kernel:flow.execute_by_id', 'kernel:execute_flow'])

/** Handlers with effects, which only flows of the operator may call. What performs them is chosen where the system is composed. */
export const privilegedHandlers: ReadonlySet<string> = new Set([
  'kernel:approval.scan',
  'kernel:flow.load_all',
  ...flowHandlers,
])

function getValue(args: JsonObject, context: JsonObject): PureAnswer {
  const key = textArgument(args, 'key')
  const found = Object.hasOwn(context, key) ? (context[key] ?? null) : (args['default'] ?? null)
  const storeAs = (args['store_as'] ?? null) === null ? undefined : textArgument(args, 'store_as')
  return { value: found, changes: storeAs === undefined ? {} : { [storeAs]: found } }
}

function setValue(args: JsonObject): PureAnswer {
  const key = textArgument(args, 'key')
  const value = args['value'] ?? null
  return { value, changes: { [key]: value } }
}

function copyValue(args: JsonObject, context: JsonObject): PureAnswer {
  const from = textArgument(args, 'from_key')
  const to = textArgument(args, 'to_key')
  const value = Object.hasOwn(context, from) ? (context[from] ?? null) : null
  return { value, changes: { [to]: value } }
}

function textArgument(args: JsonObject, name: string): string {
  const value = args[name]
  if (typeof value !== 'string' || value === '') throw new HandlerArgumentError(`the argument "${name}" must be a text`)
  if (value === '__proto__') throw new HandlerArgumentError('"__proto__" is reserved')
  return value
}
