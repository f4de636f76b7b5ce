export {
  hashSkill,
  knownNodeTypes,
  skillFields,
  skillTreeSchema,
  sourceLimits,
  toJson,
  type DefinitionNode,
  type ParsedSkill,
  type SkillField,
  type SkillTree,
  type SourceText,
} from './tree.ts'
export { applySkillDiff } from './diff/apply.ts'
export type { SkillChange, SkillDiff } from './diff/change.ts'
export { changedFields, diffSkills } from './diff/diff.ts'
export { renderSkillDiff, renderTextDiff } from './diff/render.ts'
export { skillDeclarations } from './declarations.ts'
export { printSkill } from './printing/print.ts'
export { skillToJson } from './transport.ts'
export { parseSkillSource } from './typescript/parse.ts'
