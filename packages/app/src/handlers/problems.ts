import { isoInstant, type Problem } from '@rumi/kernel/base'
import type { CandidateApprovalRefusal, CandidateRecord, NotWaitingRefusal } from '@rumi/kernel/capability'

const hint = 'rumi capability requests'

/** Nobody knows such a candidate, or what is kept of it cannot be read. */
export function describeUnknown(key: string): Problem {
  return {
    code: 'candidate.unknown',
    status: 404,
    message: `Candidate not found: ${JSON.stringify(key.slice(0, 200))}.`,
    hint,
  }
}

/** A decision was asked of a candidate that does not wait for one. */
export function describeWaiting(key: string, refusal: NotWaitingRefusal, record: CandidateRecord | undefined): Problem {
  if (refusal.kind === 'unknown-candidate') return describeUnknown(key)
  const until = record?.status === 'rejected' ? ` until ${isoInstant(record.cooldownUntil)}` : ''
  return {
    code: 'candidate.not_waiting',
    status: 409,
    message: `The candidate is ${refusal.status}${until}; it waits for no decision.`,
    hint: nextSteps(key)[refusal.status] ?? hint,
  }
}

/** What leads on from a decision. */
function nextSteps(key: string): Readonly<Record<string, string>> {
  return {
    installed: `To take it away: rumi capability remove ${key}`,
    rejected: 'After that time a scan offers it again: rumi capability scan',
    blocked: `rumi capability unblock ${key}`,
  }
}

/** Why a candidate was not installed. */
export function describeApproval(
  key: string,
  refusal: CandidateApprovalRefusal,
  record: CandidateRecord | undefined,
): Problem {
  if (refusal.kind === 'changed-since-scan') {
    const message = 'SHA-256 mismatch: the files of this handler are not the ones that were scanned.'
    return {
      code: 'candidate.changed',
      status: 409,
      message,
      hint: 'rumi capability scan, and look at the new candidate',
    }
  }
  if (refusal.kind === 'taken') {
    const message = `Its folder name or its permission is taken by the installed handler ${refusal.by}.`
    return { code: 'candidate.taken', status: 409, message, hint: `rumi capability remove ${refusal.by}` }
  }
  return describeWaiting(key, refusal, record)
}
