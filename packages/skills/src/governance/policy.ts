import { z } from 'zod'
import { canonicalJson, isJsonObject, type JsonValue } from '@rumi/kernel/base'
import { skillIdSchema } from '../base/index.ts'
import type { DefinitionNode, SkillTree } from '../language/index.ts'

const recordModeSchema = z.enum(['full', 'hash_only', 'none'])
/** What the ledger keeps of a change: content and hashes, hashes, or nothing. */
export type RecordMode = z.infer<typeof recordModeSchema>

/** The rules about changes of L0, as `l0_governance` says them. */
export interface Policy {
  /** Ids that a skill of L0 may have. */
  readonly allowedSkills: readonly string[]
  /** Skills that no proposal changes; always with `core_safety`. */
  readonly immutableSkills: readonly string[]
  readonly requireHumanApproval: boolean
  /** L0 is always recorded in full. */
  readonly recording: { readonly L0: RecordMode; readonly L1: RecordMode; readonly L2: RecordMode }
  /** Changes of L0 in one session, 0–1000; the configuration can only lower it. */
  readonly evolutionLimit: number
}

/** What holds where nothing was said: nothing may change, and everything is recorded. */
export const strictestPolicy: Policy = {
  allowedSkills: [],
  immutableSkills: ['core_safety'],
  requireHumanApproval: true,
  recording: { L0: 'full', L1: 'full', L2: 'full' },
  evolutionLimit: 0,
}

/**
 * Reads the policy from the constraints of `l0_governance` that have a value (`allowed_skills`, `immutable_skills`,
 * `require_human_approval`, `recording`, `session_limit`), or from the literal that the behavior of an older file
 * consists of. What is missing, unreadable, said twice or said differently in two places takes its strictest value; no
 * policy makes `core_safety` mutable or leaves a change of L0 unrecorded. (design §レイヤーベースガバナンス)
 *
 * @param trees - The skills in force, by id.
 * @param behaviorValue - What `behavior` of `l0_governance` says, when it is nothing but a literal.
 */
export function readPolicy(trees: ReadonlyMap<string, SkillTree>, behaviorValue?: JsonValue): Policy {
  const governance = trees.get('l0_governance')
  if (governance === undefined) return strictestPolicy
  const stated = collectStatements(governance.definition ?? [])
  const older = behaviorValue === undefined ? new Map<string, readonly JsonValue[]>() : readOlder(behaviorValue)
  // The older form has no word for some values; what the system did then is not taken for a contradiction.
  const assumed = stated.size === 0 && older.size > 0 ? assumedByOlder : new Map<string, JsonValue>()
  const find = (name: string): JsonValue | undefined => {
    const values = [...(stated.get(name) ?? []), ...(older.get(name) ?? [])]
    return values.length > 0 ? agree(values) : assumed.get(name)
  }
  return {
    allowedSkills: idsSchema.safeParse(find('allowed_skills')).data ?? strictestPolicy.allowedSkills,
    immutableSkills: readImmutable(find('immutable_skills'), trees),
    requireHumanApproval: find('require_human_approval') !== false,
    recording: readRecording(find('recording')),
    evolutionLimit: limitSchema.safeParse(find('session_limit')).data ?? strictestPolicy.evolutionLimit,
  }
}

const idsSchema = z.array(skillIdSchema).max(1000)
const limitSchema = z.int().min(0).max(1000)
const policyNames = ['allowed_skills', 'immutable_skills', 'require_human_approval', 'recording', 'session_limit']

const assumedByOlder: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ['session_limit', 3],
  ['recording', { L0: 'full', L1: 'hash_only', L2: 'none' }],
])

function collectStatements(nodes: readonly DefinitionNode[]): ReadonlyMap<string, readonly JsonValue[]> {
  const found = new Map<string, readonly JsonValue[]>()
  for (const { type, name, options } of nodes) {
    if (type !== 'Constraint' || !policyNames.includes(name)) continue
    // A constraint of this name without a value is a policy that cannot be read, not one that is absent.
    const value = Object.hasOwn(options, 'value') ? (options.value ?? null) : null
    found.set(name, [...(found.get(name) ?? []), value])
  }
  return found
}

/** Names of the older form: those of today, but for the mode in which L0 is recorded. */
function readOlder(value: JsonValue): ReadonlyMap<string, readonly JsonValue[]> {
  const found = new Map<string, readonly JsonValue[]>()
  if (!isJsonObject(value)) return found
  for (const name of policyNames) {
    if (name !== 'recording' && Object.hasOwn(value, name)) found.set(name, [value[name] ?? null])
  }
  return found
}

/** One value, or several that say the same; otherwise nobody knows which one is meant. */
function agree(values: readonly JsonValue[]): JsonValue | undefined {
  const [first, ...others] = values
  if (first === undefined) return undefined
  return others.every((other) => canonicalJson(other) === canonicalJson(first)) ? first : undefined
}

function readImmutable(value: JsonValue | undefined, trees: ReadonlyMap<string, SkillTree>): readonly string[] {
  const ids = idsSchema.safeParse(value).data ?? [...trees.keys()]
  return [...new Set(['core_safety', ...ids])]
}

function readRecording(value: JsonValue | undefined): Policy['recording'] {
  const modeOf = (layer: 'L1' | 'L2'): RecordMode => {
    const mode = isJsonObject(value) && Object.hasOwn(value, layer) ? value[layer] : undefined
    return recordModeSchema.safeParse(mode).data ?? 'full'
  }
  // core_safety demands a record of every change of L0, and no policy outranks it.
  return { L0: 'full', L1: modeOf('L1'), L2: modeOf('L2') }
}
