import { canonicalJson, isJsonObject, isoInstant, type JsonValue, type PackId } from '../base/index.ts'
import { fillConfig, isList, listMembers, type GrantConfig } from './config.ts'
import { decideLevel, type GrantQuestion } from './decide.ts'
import type { GrantRequest } from './issue.ts'
import { parseLineage } from './lineage.ts'
import type { GrantRecord } from './record.ts'

/**
 * The least grants that would allow a use: one body of `POST /api/capability/grants/grant` for each level that lacks
 * something, the oldest ancestor's first. Empty when nothing lacks, or when the principal's name can hold no grant.
 *
 * A grant that counts but does not reach far enough is widened and keeps its end and its uses. Of one whose time or uses
 * are over its config is kept; how long and how often anew is for the operator to say (`findEndedLevels`). Of any other
 * that does not count nothing is taken over: a forger could have written it.
 *
 * @param needs - The config that the use needs. @example { allowed_keys: ['API_KEY'] }
 */
export function suggestGrants(question: GrantQuestion, needs: GrantConfig): readonly GrantRequest[] {
  const lineage = parseLineage(question.principalId)
  if (!lineage.ok) return []
  return lineage.value.flatMap((principalId) => suggestLevel(question, principalId, needs))
}

function suggestLevel(question: GrantQuestion, principalId: PackId, needs: GrantConfig): readonly GrantRequest[] {
  const level = decideLevel(question, principalId, question.permissionId)
  const config = level.counts ? level.record.config : (findEnded(question, principalId)?.config ?? {})
  const reach = fillConfig(config, question.defaults)
  const lacking = listMembers(findLacking(reach, needs))
  if (level.counts && lacking.length === 0) return []
  const widened = lacking.map(([key, value]): [string, JsonValue] => [key, widenValue(findOwn(reach, key), value)])
  return [
    {
      principal_id: principalId,
      permission_id: question.permissionId,
      config: { ...config, ...Object.fromEntries(widened) },
      ...(level.counts ? keepBounds(level.record) : {}),
    },
  ]
}

/** The principals of a lineage whose grant was good and is over: by its time, or by its uses. */
export function findEndedLevels(question: Omit<GrantQuestion, 'defaults'>): readonly PackId[] {
  const lineage = parseLineage(question.principalId)
  return lineage.ok ? lineage.value.filter((level) => findEnded(question, level) !== undefined) : []
}

/** Both are looked at last of all: whatever else could be wrong with the record is not. */
function findEnded(question: Omit<GrantQuestion, 'defaults'>, principalId: PackId): GrantRecord | undefined {
  const level = decideLevel(question, principalId, question.permissionId)
  const isOver = !level.counts && (level.denial.reason === 'expired' || level.denial.reason === 'exhausted')
  const kept = isOver ? question.findGrant(principalId, question.permissionId) : undefined
  return typeof kept === 'object' ? kept : undefined
}

function keepBounds({ expiresAt, usesLeft }: GrantRecord): Pick<GrantRequest, 'expires_at' | 'max_uses'> {
  return {
    ...(expiresAt === undefined ? {} : { expires_at: isoInstant(expiresAt) }),
    ...(usesLeft === undefined ? {} : { max_uses: usesLeft }),
  }
}

/** Tells whether a config reaches as far as a use needs, by the kinds that `intersectConfigs` knows. */
export function coversNeeds(config: GrantConfig, needs: GrantConfig): boolean {
  return findLacking(config, needs) === undefined
}

/** The part of `need` that `have` does not cover; `undefined`: none. */
function findLacking(have: JsonValue | undefined, need: JsonValue): JsonValue | undefined {
  if (isList(need)) {
    const held = new Set(isList(have) ? have.map(canonicalJson) : [])
    const missing = need.filter((item) => !held.has(canonicalJson(item)))
    return missing.length === 0 ? undefined : missing
  }
  if (isJsonObject(need)) {
    const missing = Object.entries(need).flatMap(([key, value]): [string, JsonValue][] => {
      const lacking = findLacking(findOwn(have, key), value)
      return lacking === undefined ? [] : [[key, lacking]]
    })
    return missing.length === 0 ? undefined : Object.fromEntries(missing)
  }
  if (need === false) return undefined
  if (typeof need === 'number' && typeof have === 'number') return have >= need ? undefined : need
  return have === need ? undefined : need
}

/** A value that reaches as far as `have` and, in addition, `lacking`. Of two kinds the second stays. */
function widenValue(have: JsonValue | undefined, lacking: JsonValue): JsonValue {
  if (isList(have) && isList(lacking)) return [...have, ...lacking]
  if (isJsonObject(have) && isJsonObject(lacking)) {
    const members = Object.entries(lacking)
    return {
      ...have,
      ...Object.fromEntries(members.map(([key, value]) => [key, widenValue(findOwn(have, key), value)])),
    }
  }
  return lacking
}

function findOwn(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}
