import { err, ok, type Outcome } from '@rumi/kernel/base'
import { findCandidateKey } from '@rumi/kernel/capability'
import type { Client } from './connect.ts'
import { candidatesView, type CandidateView } from './gate-views.ts'
import { readAs } from './known-grant.ts'
import { escapeLine } from './render/escape.ts'
import type { Session } from './session.ts'

/**
 * The key of the handler that is meant by its key or by `pack:slug`. Problems: `candidate.unknown` 404,
 * `candidate.ambiguous` 409 with the keys that it could be.
 *
 * @param statuses - What can be decided about now: of several handlers of one name the one in such a status is meant.
 */
export async function resolveCandidate(
  session: Session,
  client: Client,
  { given, statuses }: { readonly given: string; readonly statuses: readonly string[] },
): Promise<Outcome<string>> {
  if (findCandidateKey(given)) return ok(given)
  const listed = await readAs(session, client, { name: 'capability.requests', schema: candidatesView })
  if (!listed.ok) return listed
  const { unknown, ambiguous } = session.messages.gate.capability
  const [first, ...more] = chooseCandidates(listed.value.items, given, statuses)
  if (first === undefined) {
    return err({ code: 'candidate.unknown', status: 404, message: unknown(given), hint: 'rumi capability requests' })
  }
  if (more.length === 0) return ok(first.candidate_key)
  const keys = [first, ...more].map((candidate) => `  ${escapeLine(candidate.candidate_key)}`)
  return err({ code: 'candidate.ambiguous', status: 409, message: ambiguous(given), hint: `\n${keys.join('\n')}` })
}

/** The handlers that a name could mean. */
export function chooseCandidates(
  candidates: readonly CandidateView[],
  name: string,
  statuses: readonly string[],
): readonly CandidateView[] {
  const named = candidates.filter(({ pack_id: packId = '', slug = '' }) => name === `${packId}:${slug}`)
  const decidable = named.filter(({ status }) => statuses.includes(status))
  return decidable.length === 0 ? named : decidable
}
