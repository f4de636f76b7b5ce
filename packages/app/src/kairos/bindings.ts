import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import type { Policy } from '@rumi/skills/governance'
import { canEvolve } from '@rumi/skills/governance'
import { skillFields, type SkillField, type SkillTree } from '@rumi/skills/language'
import type { KairosConfig } from '@rumi/skills/setup'

/** The live facts that conditions of skills are about. */
export interface LiveFacts {
  readonly config: KairosConfig
  readonly policy: Policy
  /** Changes of L0 applied in this session. */
  readonly evolutionCount: number
}

/** Names that conditions may use, with the values of this moment; what the caller supplies is added and takes no name away. */
export function listBindings(
  { config, policy, evolutionCount }: LiveFacts,
  tree: SkillTree,
  supplied: Readonly<Record<string, JsonValue>> = {},
): JsonObject {
  const { allowedSkills, immutableSkills, recording } = policy
  const live: Readonly<Record<string, JsonValue>> = {
    skill: tree.id,
    evolution_enabled: config.evolutionEnabled,
    require_human_approval: policy.requireHumanApproval || config.requireHumanApproval,
    evolution_count: evolutionCount,
    max_evolutions_per_session: policy.evolutionLimit,
    immutable_skills: [...new Set([...immutableSkills, ...config.immutableSkills])].toSorted(),
    allowed_skills: [...allowedSkills],
    layers: { L0: { record: recording.L0 }, L1: { record: recording.L1 }, L2: { record: recording.L2 } },
    instructions_mode: config.instructionsMode,
  }
  // A caller tells what only it knows; what the system knows is not for it to say.
  return { ...supplied, ...live }
}

/** Whether a field of a skill may change; undefined for a word that is no field. */
export function findEvolvability(tree: SkillTree, field: string): boolean | undefined {
  const known = [...skillFields, 'all'].find((name): name is SkillField | 'all' => name === field)
  return known === undefined ? undefined : canEvolve(tree, known)
}
