import type { Instant } from '@rumi/kernel/base'

/** Ages in days beyond which a document is looked at again. L0 is never old by date: it is changed by decision. (§layers) */
export const stalenessDays = {
  L1: { stale: 180, remove: 270 },
  L2: { stale: 14, remove: 28 },
} as const

/** What an audit looks at. */
export interface AuditedDocument {
  readonly layer: 'L0' | 'L1' | 'L2'
  readonly session: string | null
  readonly name: string
  readonly modifiedAtMs: Instant
}

/** A document that nobody has changed for long. */
export interface StalenessFinding {
  readonly layer: 'L1' | 'L2'
  readonly session: string | null
  readonly name: string
  /** Whole days since its last change. */
  readonly ageDays: number
  /** What to do: look at it, move it to the archive (L1), or remove it (L2). */
  readonly advice: 'review' | 'archive' | 'cleanup'
}

const dayMs = 24 * 60 * 60 * 1000

/** Finds documents older than their layer allows, the oldest first, equals in order of name; exactly at the limit is not older. */
export function auditStaleness(documents: readonly AuditedDocument[], nowMs: Instant): readonly StalenessFinding[] {
  const findings = documents.flatMap(({ layer, session, name, modifiedAtMs }): StalenessFinding[] => {
    if (layer === 'L0') return []
    const ageMs = nowMs - modifiedAtMs
    const { stale, remove } = stalenessDays[layer]
    if (ageMs <= stale * dayMs) return []
    const last = layer === 'L1' ? 'archive' : 'cleanup'
    const advice = ageMs > remove * dayMs ? last : 'review'
    return [{ layer, session, name, ageDays: Math.floor(ageMs / dayMs), advice }]
  })
  return findings.sort((left, right) => right.ageDays - left.ageDays || (left.name < right.name ? -1 : 1))
}
