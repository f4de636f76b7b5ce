import type { SkillField, SkillTree } from '../language/index.ts'

/**
 * Tells whether a skill's own rules let a field change. Without rules every field may; `all` in `deny` allows none; an
 * empty `allow` allows what is not denied. The version goes along with whatever else may change: a change that could not
 * say so would have to hide. (facts of the language: `evolve`)
 */
export function canEvolve(tree: SkillTree, field: SkillField | 'all'): boolean {
  const rules = tree.evolve
  if (rules === undefined) return true
  if (rules.deny.includes('all') || rules.deny.includes(field)) return false
  if (rules.allow.length === 0 || rules.allow.includes('all') || rules.allow.includes(field)) return true
  return field === 'version' && rules.allow.length > 0
}

/** Tells whether a skill says of itself that it never changes. */
export function isDeclaredImmutable(tree: SkillTree): boolean {
  return (tree.guarantees ?? []).includes('immutable')
}
