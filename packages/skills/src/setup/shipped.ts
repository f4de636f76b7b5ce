import { sha256Hex } from '@rumi/kernel/base'
import { skillDeclarations } from '../language/index.ts'
import { configPath } from './config-source.ts'
import { approvalWorkflowSource } from './templates/approval-workflow.ts'
import { auditRulesSource } from './templates/audit-rules.ts'
import { chainAwarenessSource } from './templates/chain-awareness.ts'
import { configTemplate } from './templates/config.ts'
import { coreSafetySource } from './templates/core-safety.ts'
import { evolutionRulesSource } from './templates/evolution-rules.ts'
import { guideDocument, personaDocument } from './templates/knowledge.ts'
import { l0GovernanceSource } from './templates/l0-governance.ts'
import { layerAwarenessSource } from './templates/layer-awareness.ts'
import { philosophyJa } from './templates/philosophy-ja.ts'
import { philosophy } from './templates/philosophy.ts'
import { quickguideJa } from './templates/quickguide-ja.ts'
import { quickguide } from './templates/quickguide.ts'
import { selfInspectionSource } from './templates/self-inspection.ts'
import { tutorial } from './templates/tutorial.ts'

/** The sources of the default L0 skills by id, in the order in which they are listed. (kairos: eight of them) */
export const defaultSkillSources: ReadonlyMap<string, string> = new Map([
  ['l0_governance', l0GovernanceSource],
  ['core_safety', coreSafetySource],
  ['evolution_rules', evolutionRulesSource],
  ['layer_awareness', layerAwarenessSource],
  ['approval_workflow', approvalWorkflowSource],
  ['self_inspection', selfInspectionSource],
  ['chain_awareness', chainAwarenessSource],
  ['audit_rules', auditRulesSource],
])

/** Every file that a new data folder begins with: its text by its path in the folder. */
export const shippedFiles: ReadonlyMap<string, string> = new Map([
  ...[...defaultSkillSources].map(([id, source]): [string, string] => [`skills/${id}.skill.ts`, source]),
  ['skills/kairos.md', philosophy],
  ['skills/kairos_ja.md', philosophyJa],
  ['skills/kairos_quickguide.md', quickguide],
  ['skills/kairos_quickguide_ja.md', quickguideJa],
  ['skills/kairos_tutorial.md', tutorial],
  [configPath, configTemplate],
  ['skills/skill.d.ts', skillDeclarations],
  ['knowledge/kairos_guide/kairos_guide.md', guideDocument],
  ['knowledge/persona_definitions/persona_definitions.md', personaDocument],
])

/** The hash that stands for a file's text in the record of what was shipped: 64 hex digits. */
export function hashText(text: string): string {
  return sha256Hex(text)
}
