import { z } from 'zod'
import type { StateChange } from './diff.ts'
import { layerOf, type StateLayer } from './path.ts'
import { isDemotion, isPromotion, type PendingChange } from './pending-change.ts'

const countSchema = z.int().nonnegative()

/** What changed between two states, by layer, in the words that readers of such records know. */
export const stateSummarySchema = z.strictObject({
  /** Whether any file of L0 differs. */
  L0_changed: z.boolean(),
  /** Documents of L1 that were not there. An archived document is none. */
  L1_added: countSchema,
  /** Documents of L1, archived ones too, of which any file differs. */
  L1_modified: countSchema,
  L1_deleted: countSchema,
  L2_sessions_added: countSchema,
  L2_sessions_modified: countSchema,
  L2_sessions_deleted: countSchema,
  /** Things that moved up a layer, as reported when it happened. */
  promotions: countSchema,
  /** Things that moved down a layer or into the archive, as reported when it happened. */
  demotions: countSchema,
  /** SkillSets, with the file of their settings, that differ. */
  skillsets: countSchema,
  /** Files of configuration that differ. */
  config: countSchema,
  /** Everything that differs: L0 as one, and each document, archived document, session, SkillSet and configuration file. */
  total_changes: countSchema,
})
export type StateSummary = z.infer<typeof stateSummarySchema>

type Fate = StateChange['kind']

/**
 * Counts the changes between two states. Whether a document was promoted or only copied cannot be seen in the files, so
 * promotions and demotions come from what was reported meanwhile; each counts once.
 */
export function summarizeState(changes: readonly StateChange[], pending: readonly PendingChange[]): StateSummary {
  const units = new Map<string, { readonly layer: StateLayer; readonly fate: Fate }>()
  for (const change of changes) {
    const layer = layerOf(change.path)
    if (layer === undefined) continue
    const unit = unitOf(change.path, layer)
    const fate = fateOf(change, unit)
    const known = units.get(unit)?.fate
    units.set(unit, { layer, fate: known === undefined || known === fate ? fate : 'changed' })
  }
  const count = (layer: StateLayer, fate?: Fate): number =>
    [...units].filter(([unit, found]) => {
      const isMoved = found.fate !== 'changed' && unit.startsWith(archive)
      return found.layer === layer && (fate === undefined || (found.fate === fate && !isMoved))
    }).length
  return {
    L0_changed: count('L0') > 0,
    L1_added: count('L1', 'added'),
    L1_modified: count('L1', 'changed'),
    L1_deleted: count('L1', 'removed'),
    L2_sessions_added: count('L2', 'added'),
    L2_sessions_modified: count('L2', 'changed'),
    L2_sessions_deleted: count('L2', 'removed'),
    promotions: countSubjects(pending.filter(isPromotion)),
    demotions: countSubjects(pending.filter(isDemotion)),
    skillsets: count('skillsets'),
    config: count('config'),
    total_changes: units.size,
  }
}

const archive = 'knowledge/.archived/'

/** The smallest thing that people call by one name. @example unitOf('knowledge/pets/scripts/a.py', 'L1') === 'knowledge/pets' */
function unitOf(path: string, layer: StateLayer): string {
  if (layer === 'L0') return 'skills'
  if (layer === 'config') return path
  return path
    .split('/')
    .slice(0, path.startsWith(archive) ? 3 : 2)
    .join('/')
}

/** What a change means for its unit: a file that came into a document that was there has only changed the document. */
function fateOf(change: StateChange, unit: string): Fate {
  if (change.kind === 'changed' || change.path === unit) return change.kind
  const { whole } = change
  return whole !== undefined && (unit === whole || unit.startsWith(`${whole}/`)) ? change.kind : 'changed'
}

function countSubjects(pending: readonly PendingChange[]): number {
  return new Set(pending.map(({ layer, subject }) => `${layer} ${subject}`)).size
}
