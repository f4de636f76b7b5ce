import type { JsonObject, JsonValue } from '../base/index.ts'
import type { NewLedgerEntry } from '../ledger/index.ts'
import type { RunRecord } from '../state/index.ts'
import type { RunEffect } from './machine.ts'

/** A step that wants a block. */
export type BlockEffect = Extract<RunEffect, { readonly kind: 'block' }>

/** The ledger entry about a run's begin or end. */
export function runEntry(kind: string, record: RunRecord, data: JsonObject): NewLedgerEntry {
  return { kind, actor: record.caller, subject: record.runId, data: { flow_id: record.flowId, ...data } }
}

/** The ledger entry about a block of a run. */
export function blockEntry(
  kind: string,
  record: RunRecord,
  about: {
    readonly effect: BlockEffect
    readonly data: Readonly<Record<string, JsonValue>>
  },
): NewLedgerEntry {
  const { step, record: stepRecord, flowId } = about.effect
  return {
    kind,
    actor: step.ownerPack,
    subject: record.runId,
    data: {
      pack_id: step.ownerPack,
      file: step.file,
      flow_id: flowId,
      step_id: step.id,
      seq: stepRecord.seq,
      ...about.data,
    },
  }
}

/** The entry about a step that names another principal than the pack whose block it runs; the name has no effect. (IPC-01) */
export function claimEntry(record: RunRecord, effect: BlockEffect): readonly NewLedgerEntry[] {
  const { step, flowId } = effect
  if (step.claimedPrincipal === undefined) return []
  return [
    {
      kind: 'principal.overridden',
      actor: step.ownerPack,
      subject: step.ownerPack,
      data: { claimed: step.claimedPrincipal, run_id: record.runId, flow_id: flowId, step_id: step.id },
    },
  ]
}
