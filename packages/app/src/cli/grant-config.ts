import { err, isJsonObject, ok, parseStrictJson, type JsonObject, type JsonValue, type Result } from '@rumi/kernel/base'
import type { Messages } from '../messages/index.ts'
import { union } from './known-grant.ts'

const LIMITS = { maxBytes: 1024 * 1024, maxDepth: 10 }

/** How far a grant reaches, as it was typed. */
export interface TypedConfig {
  /** `--config`: the whole of it as JSON. */
  readonly config?: string | undefined
  /** `--allow`: lists, each as `key=a,b`. */
  readonly allow: readonly string[]
}

/**
 * Reads how far a grant is to reach. `store_ids=a,b` is `allowed_store_ids: ["a","b"]`; given twice, the lists are
 * joined. The refusal is a sentence.
 */
export function parseGrantConfig({ config, allow }: TypedConfig, { gate }: Messages): Result<JsonObject, string> {
  if (config !== undefined && allow.length > 0) return err(gate.usage.configOrAllow)
  if (config !== undefined) {
    const parsed = parseStrictJson(Buffer.from(config), LIMITS)
    if (!parsed.ok) return err(gate.usage.config(parsed.error.message))
    return isJsonObject(parsed.value) ? ok(parsed.value) : err(gate.usage.config('{…}'))
  }
  const lists = new Map<string, readonly string[]>()
  for (const text of allow) {
    const [, name, list] = /^([a-z][a-z0-9_]*)=(.+)$/.exec(text) ?? []
    const entries = list?.split(',').map((entry) => entry.trim())
    if (name === undefined || entries === undefined || entries.includes('')) return err(gate.usage.allow(text))
    const key = name.startsWith('allowed_') ? name : `allowed_${name}`
    lists.set(key, union(lists.get(key) ?? [], entries))
  }
  return ok(Object.fromEntries(lists))
}

/** A config with more: lists are joined, anything else is replaced. */
export function addToConfig(held: JsonObject, more: JsonObject): JsonObject {
  const joined = Object.entries(more).map(([key, value]): [string, JsonValue] => [key, join(held, key, value)])
  return { ...held, ...Object.fromEntries(joined) }
}

function join(held: JsonObject, key: string, value: JsonValue): JsonValue {
  const known = Object.hasOwn(held, key) ? held[key] : undefined
  if (!Array.isArray(known) || !Array.isArray(value)) return value
  const seen = new Set(known.map((item) => JSON.stringify(item)))
  return [...known, ...value.filter((item) => !seen.has(JSON.stringify(item)))]
}
