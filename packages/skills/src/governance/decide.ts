import { err, ok, type Instant, type Problem, type Result } from '@rumi/kernel/base'
import type { ProposalRecord } from './records.ts'

/** Where a proposal stands at a moment. */
export type ProposalStanding = ProposalRecord['status'] | 'expired'

/** An expired proposal is neither open nor approved, whatever its record says. */
export function standingOf(proposal: ProposalRecord, now: Instant): ProposalStanding {
  const mayExpire = proposal.status === 'open' || proposal.status === 'approved'
  return mayExpire && now >= proposal.expiresAt ? 'expired' : proposal.status
}

/**
 * Decides about an approval. It has to name what was reviewed: a proposal that is another one by now, or a number that
 * somebody else gave, is not what the operator looked at.
 */
export function decideApproval(
  proposal: ProposalRecord,
  given: { readonly hash: string; readonly by: string; readonly at: Instant },
): Result<ProposalRecord, Problem> {
  const standing = standingOf(proposal, given.at)
  if (standing !== 'open') return err(notOpen(proposal, standing))
  if (given.hash !== proposal.hash) {
    return err({
      code: 'proposal.hash',
      status: 409,
      message: `The proposal ${proposal.id} has the hash ${proposal.hash}, not ${given.hash}.`,
      hint: `Review it: rumi skills proposals ${proposal.id}`,
    })
  }
  const approval = { by: given.by, at: given.at, hash: given.hash }
  return ok({ ...proposal, status: 'approved', approval })
}

/** Decides about a rejection; what was approved and not yet applied can still be rejected. */
export function decideRejection(
  proposal: ProposalRecord,
  given: { readonly reason: string; readonly by: string; readonly at: Instant },
): Result<ProposalRecord, Problem> {
  const standing = standingOf(proposal, given.at)
  if (standing === 'applied' || standing === 'rejected') return err(notOpen(proposal, standing))
  return ok({ ...proposal, status: 'rejected', rejection: given })
}

/** Whether a proposal's own state lets it be applied; what it changes is checked apart from this. */
export function decideApplication(
  proposal: ProposalRecord,
  given: { readonly at: Instant; readonly isApprovalNeeded: boolean },
): Problem | undefined {
  const standing = standingOf(proposal, given.at)
  if (standing === 'applied' || standing === 'rejected' || standing === 'expired') return notOpen(proposal, standing)
  if (!given.isApprovalNeeded) return undefined
  // The record could have been put back to an older one: the approval counts for its own hash and no other.
  if (standing === 'approved' && proposal.approval?.hash === proposal.hash) return undefined
  return {
    code: 'proposal.unapproved',
    status: 403,
    message: `The proposal ${proposal.id} is not approved.`,
    hint: `The operator approves it: rumi skills approve ${proposal.id}`,
  }
}

function notOpen({ id }: ProposalRecord, standing: ProposalStanding): Problem {
  return {
    code: 'proposal.closed',
    status: 409,
    message: `The proposal ${id} is ${standing}.`,
    hint: standing === 'expired' ? 'Propose it again.' : 'rumi skills proposals',
  }
}
