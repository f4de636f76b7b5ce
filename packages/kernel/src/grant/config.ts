import { z } from 'zod'
import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts'

/** What a grant says about how far a permission reaches. @example { allowed_keys: ['API_KEY'] } */
export type GrantConfig = JsonObject

/** Bounds of one config: nesting, and values of any kind, its own keys included. */
const maxConfigDepth = 8
const maxConfigValues = 2_000
/** Longest text and longest key, in UTF-16 code units. */
const maxConfigText = 4_096

/**
 * Reads a config that an operator sent or a store kept: a plain JSON object of at most 8 levels and 2 000 values.
 * Refused are `__proto__` as a key, texts without a UTF-8 form (two readers could sign different bytes) and an
 * `allowed_…` that is not a list: somebody would believe that it allows something.
 */
export const grantConfigSchema = z.custom<GrantConfig>(isGrantConfig, {
  error: 'a grant config is a JSON object of bounded size in which every "allowed_…" is a list',
})

function isGrantConfig(value: unknown): boolean {
  const budget = { left: maxConfigValues }
  return isPlainObject(value) && isBounded(value, maxConfigDepth, budget)
}

function isBounded(value: unknown, depthLeft: number, budget: { left: number }): boolean {
  budget.left -= 1
  if (budget.left < 0) return false
  if (value === null || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'string') return isSoundText(value)
  if (depthLeft === 0) return false
  if (Array.isArray(value)) return value.every((item) => isBounded(item, depthLeft - 1, budget))
  if (!isPlainObject(value)) return false
  return Object.entries(value).every(([key, item]) => isSoundKey(key, item) && isBounded(item, depthLeft - 1, budget))
}

function isSoundKey(key: string, value: unknown): boolean {
  if (key === '__proto__' || !isSoundText(key)) return false
  return !key.startsWith('allowed_') || Array.isArray(value)
}

function isSoundText(text: string): boolean {
  return text.length <= maxConfigText && text.isWellFormed()
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * The texts that an `allowed_…` list names. Missing, empty or not a list: nothing is allowed. No entry is a pattern:
 * `*` allows only what is called `*`.
 *
 * @example findAllowed({ allowed_keys: ['A'] }, 'allowed_keys') has 'A'
 */
export function findAllowed(config: GrantConfig, key: `allowed_${string}`): ReadonlySet<string> {
  const list = Object.hasOwn(config, key) ? config[key] : undefined
  return new Set(isList(list) ? list.filter((item) => typeof item === 'string') : [])
}

/**
 * What a grant's config means once the permission's own defaults stand where it says nothing. It happens on every
 * level of a lineage before the levels meet: otherwise a parent's limit would vanish where its child states none.
 */
export function fillConfig(config: GrantConfig, defaults: GrantConfig): GrantConfig {
  return { ...defaults, ...config }
}

/** Tells a JSON list from an object. */
export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** A JSON object's own members; `[]` for anything else. */
export function listMembers(value: JsonValue | undefined): readonly (readonly [string, JsonValue])[] {
  return isJsonObject(value) ? Object.entries(value) : []
}
