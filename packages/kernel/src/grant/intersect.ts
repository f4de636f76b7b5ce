import { canonicalJson, isJsonObject, type JsonValue } from '../base/index.ts'
import { isList, type GrantConfig } from './config.ts'

/**
 * How far both configs reach. Key by key, by the kind of both values:
 *
 * - lists: what occurs in both, each once, in the order of `parent`;
 * - booleans: true only if both are (true means more, never less);
 * - numbers: the smaller (a number is an upper limit);
 * - objects: the same rules inside;
 * - texts and `null`: kept when equal.
 *
 * A key that one of them lacks, texts that differ and values of different kinds are dropped; whoever reads the result
 * takes an absent key as "nothing". Fill both with the permission's defaults first (`fillConfig`).
 */
export function intersectConfigs(parent: GrantConfig, child: GrantConfig): GrantConfig {
  const kept = Object.keys(parent).flatMap((key): [string, JsonValue][] => {
    const left = parent[key]
    const right = Object.hasOwn(child, key) ? child[key] : undefined
    if (left === undefined || right === undefined) return []
    const both = intersectValues(left, right)
    return both === undefined ? [] : [[key, both]]
  })
  return Object.fromEntries(kept)
}

function intersectValues(left: JsonValue, right: JsonValue): JsonValue | undefined {
  if (isList(left)) return isList(right) ? intersectLists(left, right) : undefined
  if (isJsonObject(left)) return isJsonObject(right) ? intersectConfigs(left, right) : undefined
  if (typeof left === 'boolean' && typeof right === 'boolean') return left && right
  if (typeof left === 'number' && typeof right === 'number') return Math.min(left, right)
  return left === right ? left : undefined
}

function intersectLists(left: readonly JsonValue[], right: readonly JsonValue[]): readonly JsonValue[] {
  const wanted = new Set(right.map(canonicalJson))
  const seen = new Map(left.map((item) => [canonicalJson(item), item]))
  return [...seen].filter(([text]) => wanted.has(text)).map(([, item]) => item)
}
