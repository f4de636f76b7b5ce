import { z } from 'zod'
import { err, ok, type JsonObject, type Outcome } from '@rumi/kernel/base'
import { answer, fail, failUsage, note as tell, say } from '../answer.ts'
import { resolveCandidate } from '../candidate-name.ts'
import { confirm } from '../confirm.ts'
import { withClient, type Client } from '../connect.ts'
import { candidateView, type CandidateView } from '../gate-views.ts'
import { renderCandidate } from '../render/capability.ts'
import { escapeLine } from '../render/escape.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'

/** What `rumi capability approve` is given. */
export const approvalSchema = z.object({
  key: z.string(),
  note: z.string().optional(),
  yes: z.boolean().default(false),
})
type Approval = Readonly<z.infer<typeof approvalSchema>>

const waiting = ['pending', 'failed']

/** `rumi capability show KEY` */
export async function showHandler(session: Session, { key }: { readonly key: string }): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await findCandidate(session, client, key), {
      schema: candidateView,
      show: (candidate) => session.terminal.out(renderCandidate(candidate, session)),
    }),
  )
}

/** `rumi capability approve KEY`: shows it and asks, or is told `--yes` by somebody who has looked. */
export async function approveHandler(session: Session, { key: given, note, yes }: Approval): Promise<ExitCode> {
  if (!yes && (session.isJson || !session.terminal.isInteractive)) {
    return failUsage(session, session.messages.usage.needsYes, `rumi capability show ${given}`)
  }
  return withClient(session, async (client) => {
    if (!yes) return approveReviewed(session, client, { given, note })
    const key = await resolveCandidate(session, client, { given, statuses: waiting })
    if (!key.ok) return fail(session, key.error)
    return approveNow(session, client, withoutUndefined({ candidate_key: key.value, notes: note }))
  })
}

/** Shows what there is, asks, and approves by exactly the hash that was shown: what changed meanwhile is refused. */
export async function approveReviewed(
  session: Session,
  client: Client,
  { given, note }: { readonly given: string; readonly note: string | undefined },
): Promise<ExitCode> {
  const { gate, packs } = session.messages
  const found = await findCandidate(session, client, given)
  if (!found.ok) return fail(session, found.error)
  const { candidate_key: key, content_hash: hash, status, files } = found.value
  const input = { candidate_key: key, notes: note, content_hash: hash }
  // Why it cannot be decided about now is known to the system, and what to do then.
  if (!waiting.includes(status)) return approveNow(session, client, withoutUndefined(input))
  session.terminal.out(renderCandidate(found.value, session))
  if (hash === undefined || files === undefined) {
    const message = gate.capability.unreadable(given)
    return fail(session, { code: 'candidate.gone', status: 409, message, hint: 'rumi capability scan' })
  }
  if (!(await confirm(session, gate.capability.ask(given)))) {
    tell(session, packs.notApproved)
    return 1
  }
  return approveNow(session, client, withoutUndefined(input))
}

async function approveNow(session: Session, client: Client, input: JsonObject): Promise<ExitCode> {
  const words = session.messages.gate.capability
  return answer(session, await client.call('capability.approve', input), {
    schema: candidateView,
    show: (candidate) => {
      say(session, session.terminal.palette.green(words.installed(escapeLine(candidate.candidate_key))))
      if (candidate.content_hash !== undefined) say(session, words.content(escapeLine(candidate.content_hash)))
      if (candidate.permission_id !== undefined) tell(session, words.next(escapeLine(candidate.permission_id)))
    },
  })
}

/** One candidate with its files. Problems: those of `resolveCandidate`, `server.answer` 502. */
async function findCandidate(session: Session, client: Client, given: string): Promise<Outcome<CandidateView>> {
  const key = await resolveCandidate(session, client, { given, statuses: waiting })
  if (!key.ok) return key
  const listed = await client.call('capability.requests', { candidate_key: key.value })
  if (!listed.ok) return listed
  const { server, gate } = session.messages
  const parsed = z.object({ items: z.array(z.looseObject(candidateView.shape)) }).safeParse(listed.value)
  if (!parsed.success)
    return err({ code: 'server.answer', status: 502, message: server.answer, hint: server.answerHint })
  const candidate = parsed.data.items.find((one) => one.candidate_key === key.value)
  if (candidate) return ok(candidate)
  const message = gate.capability.unknown(given)
  return err({ code: 'candidate.unknown', status: 404, message, hint: 'rumi capability requests' })
}
