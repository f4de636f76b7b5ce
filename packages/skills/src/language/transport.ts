import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import { hashSkill, toJson, type SkillTree } from './tree.ts'

/**
 * A skill as the JSON that leaves the system: every field is there, null when it was not written, under the names that
 * programs of the older form know, and the hash of the tree beside them. One direction only: what is true of a skill is its
 * source. (design §source of truth)
 */
export function skillToJson(tree: SkillTree): JsonObject {
  const written = toJson(tree)
  const find = (field: string): JsonValue => written[field] ?? null
  return {
    id: tree.id,
    version: find('version'),
    title: find('title'),
    use_when: find('use_when'),
    inputs: find('inputs'),
    requires: find('requires'),
    guarantees: find('guarantees'),
    depends_on: find('depends_on'),
    content: find('content'),
    behavior: find('behavior'),
    effects: find('effects'),
    evolution_rules: describeEvolve(tree),
    tool_config: find('tool'),
    definition: tree.definition === undefined ? null : { nodes: find('definition') },
    formalization_notes: find('formalization_notes'),
    tree_hash: hashSkill(tree),
  }
}

function describeEvolve({ evolve }: SkillTree): JsonValue {
  if (evolve === undefined) return null
  const { allow, deny, conditions } = evolve
  return { allowed: allow, denied: deny, ...(conditions && { conditions: [...conditions] }) }
}
