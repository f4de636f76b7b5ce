import { isJsonObject, type JsonValue } from '../base/index.ts'
import type { LedgerEntry } from '../ledger/index.ts'
import { findRule, type KindRule } from './kinds.ts'
import type { AuditCategory, AuditLine, AuditSeverity } from './line.ts'

/** What an entry tells, before anything is cut to size. Undefined: it does not say. */
export interface AuditFacts {
  readonly category: AuditCategory
  readonly severity: AuditSeverity
  readonly action: string
  readonly success: boolean
  readonly flowId: string | undefined
  readonly stepId: string | undefined
  readonly phase: string | undefined
  readonly ownerPack: string | undefined
  readonly modifierId: string | undefined
  readonly error: string | undefined
  readonly errorType: string | undefined
  readonly rejectionReason: string | undefined
  readonly executionMode: AuditLine['execution_mode']
}

/** Reads an entry. Every entry has facts: one that cannot be read well is a line all the same. */
export function judgeEntry(entry: LedgerEntry): AuditFacts {
  const { kind, subject, data } = entry
  const rule = findRule(kind)
  const outcome = findOutcome(entry)
  const success = rule.success ?? decideSuccess(entry, outcome)
  const reason = describeReason(data['reason'] ?? data['reasons'])
  const isRejection = rule.isRefusal || decisions.has(kind) || (!success && denied.has(outcome ?? ''))
  const isFailure = !success && !isRejection
  return {
    category: rule.category,
    severity: decideSeverity({ rule, success, isRejection, outcome, reason }),
    action: uses.has(kind) ? (textOf(data['permission_id']) ?? rule.action) : rule.action,
    success,
    flowId: textOf(data['flow_id']) ?? (kind === 'flow.refuse' ? subject : undefined),
    stepId: textOf(data['step_id']),
    phase: textOf(data['phase']),
    ownerPack: findPack(entry),
    modifierId: textOf(data['modifier_id']) ?? (kind.startsWith('modifier.') ? textOf(subject) : undefined),
    error: textOf(data['error']) ?? textOf(data['message']) ?? (isFailure ? reason : undefined),
    errorType: textOf(data['error_type']) ?? (success || rule.isRefusal ? undefined : outcome),
    rejectionReason: isRejection ? reason : undefined,
    executionMode: findMode(entry),
  }
}

/** A text that says something. */
function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** How it ended, in the word of the entry. The status of anything but a run or a schedule is no outcome. */
function findOutcome({ kind, data }: LedgerEntry): string | undefined {
  const hasStatus = kind.startsWith('run.') || kind.startsWith('schedule.')
  return textOf(data['outcome']) ?? (hasStatus ? textOf(data['status']) : undefined)
}

const good = new Set(['ok', 'success', 'completed', 'answer', 'answered', 'allowed', 'running', 'started'])
const denied = new Set(['denied', 'egress_denied', 'refused', 'rate_limited'])
const stopped = new Set(['cancelled', 'aborted'])
/** Decisions of an operator against something: carried out, and with a reason. */
const decisions = new Set(['pack.reject', 'candidate.reject', 'candidate.block'])

function decideSuccess({ data }: LedgerEntry, outcome: string | undefined): boolean {
  if (outcome !== undefined) return good.has(outcome)
  const { success } = data
  return typeof success === 'boolean' ? success : true
}

/** Reasons that only a change behind the system's back can have: of a grant, of a handler. */
const TAMPERED = /\b(?:signature-invalid|unknown-key|epoch-unknown|epoch-stale|digest-mismatch)\b/

function decideSeverity(facts: {
  readonly rule: KindRule
  readonly success: boolean
  readonly isRejection: boolean
  readonly outcome: string | undefined
  readonly reason: string | undefined
}): AuditSeverity {
  const { rule, success, isRejection, outcome, reason } = facts
  if (success) return rule.severity ?? 'info'
  if (TAMPERED.test(reason ?? '')) return 'critical'
  return isRejection || stopped.has(outcome ?? '') ? 'warning' : 'error'
}

/** A reason is a text, a list of texts, or an object with a kind. */
function describeReason(reason: JsonValue | undefined): string | undefined {
  if (Array.isArray(reason)) {
    const texts = reason.flatMap((one: JsonValue) => (typeof one === 'string' ? [one] : []))
    return textOf(texts.join('; '))
  }
  return isJsonObject(reason) ? textOf(reason['kind']) : textOf(reason)
}

/** One call of a capability, or the number of calls of a block that came to the same: named by the permission. */
const uses = new Set(['capability.call', 'capability.use'])

/** What a principal does is written in its name. */
const byPrincipal = new Set([
  ...uses,
  'handler.end',
  'capability.deny',
  'network.request',
  'network.deny',
  'principal.overridden',
])

function findPack({ kind, actor, subject, data }: LedgerEntry): string | undefined {
  return (
    textOf(data['pack_id']) ??
    textOf(data['owner_pack']) ??
    textOf(data['principal_id']) ??
    textOf(data['principal']) ??
    textOf(data['owner']) ??
    textOf(data['provider']) ??
    (kind.startsWith('pack.') ? textOf(subject) : undefined) ??
    (kind.startsWith('candidate.') ? textOf(subject.split(':', 1)[0]) : undefined) ??
    (byPrincipal.has(kind) || kind.startsWith('block.') ? textOf(actor) : undefined)
  )
}

/** The words of the operations manual for where a block ran. */
function findMode({ kind, data }: LedgerEntry): AuditLine['execution_mode'] {
  if (kind === 'block.refuse') return 'rejected'
  const posture = textOf(data['posture'])
  if (posture === 'host_permissive' || posture === 'rejected') return posture
  return posture?.startsWith('bubblewrap_') === true ? 'container' : undefined
}
