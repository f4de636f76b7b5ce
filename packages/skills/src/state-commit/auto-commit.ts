import { z } from 'zod'
import { isDemotion, isPromotion, type PendingChange } from './pending-change.ts'

/** When a state is committed without being asked: `state_commit.auto_commit` of the settings of the skills. */
export const autoCommitSettingsSchema = z.strictObject({
  enabled: z.boolean().default(true),
  /** Whether a commit that is due is left out when the state is that of the last commit; for the caller, who knows both. */
  skip_if_no_changes: z.boolean().default(true),
  on_events: z
    .strictObject({
      l0_change: z.boolean().default(true),
      promotion: z.boolean().default(true),
      demotion: z.boolean().default(true),
      session_end: z.boolean().default(true),
    })
    .prefault({}),
  change_threshold: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Changes of L1 from which on a commit is due. */
      l1_changes: z.int().min(1).max(1_000_000).default(5),
      /** Changes in all layers from which on a commit is due. */
      total_changes: z.int().min(1).max(1_000_000).default(10),
    })
    .prefault({}),
})
export type AutoCommitSettings = z.infer<typeof autoCommitSettingsSchema>

/** What made a commit due. */
export const autoCommitTriggerSchema = z.enum([
  'l0_change',
  'promotion',
  'demotion',
  'session_end',
  'l1_threshold',
  'total_threshold',
])
export type AutoCommitTrigger = z.infer<typeof autoCommitTriggerSchema>

/** Whether a commit is due, and the reason that its record gives. */
export type AutoCommitDecision =
  | { readonly due: false }
  | { readonly due: true; readonly trigger: AutoCommitTrigger; readonly reason: string }

/**
 * Decides whether what happened since the last commit calls for one. Events go before thresholds, and the first that
 * applies in the order of `autoCommitTriggerSchema` is named.
 */
export function decideAutoCommit(pending: readonly PendingChange[], settings: AutoCommitSettings): AutoCommitDecision {
  if (!settings.enabled) return { due: false }
  const trigger = findEvent(pending, settings.on_events) ?? findThreshold(pending, settings.change_threshold)
  return trigger === undefined ? { due: false } : { due: true, trigger, reason: describe(trigger, pending) }
}

function findEvent(
  pending: readonly PendingChange[],
  events: AutoCommitSettings['on_events'],
): AutoCommitTrigger | undefined {
  if (events.l0_change && pending.some(({ layer }) => layer === 'L0')) return 'l0_change'
  if (events.promotion && pending.some(isPromotion)) return 'promotion'
  if (events.demotion && pending.some(isDemotion)) return 'demotion'
  if (events.session_end && pending.some(({ action }) => action === 'session_end')) return 'session_end'
  return undefined
}

function findThreshold(
  pending: readonly PendingChange[],
  threshold: AutoCommitSettings['change_threshold'],
): AutoCommitTrigger | undefined {
  if (!threshold.enabled) return undefined
  const changes = pending.filter(isChange)
  if (changes.filter(({ layer }) => layer === 'L1').length >= threshold.l1_changes) return 'l1_threshold'
  return changes.length >= threshold.total_changes ? 'total_threshold' : undefined
}

/** The end of a session changes nothing by itself. */
function isChange({ action }: PendingChange): boolean {
  return action !== 'session_end'
}

function describe(trigger: AutoCommitTrigger, pending: readonly PendingChange[]): string {
  const changes = pending.filter(isChange)
  const counts = (['L0', 'L1', 'L2', 'skillsets', 'config'] as const)
    .map((layer) => ({ layer, count: changes.filter((change) => change.layer === layer).length }))
    .filter(({ count }) => count > 0)
    .map(({ layer, count }) => `${layer} ${count}`)
  return `automatic, ${trigger}: ${counts.length > 0 ? `changes of ${counts.join(', ')}` : 'no change was reported'}`
}
