import type { Command } from 'commander'
import { z } from 'zod'
import type { JsonValue } from '@rumi/kernel/base'
import type { Messages } from '../../messages/index.ts'
import { answer, fail, note, say, type Presentation } from '../answer.ts'
import { resolveCandidate } from '../candidate-name.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import {
  blockedView,
  candidateRemovedView,
  candidateScanView,
  candidatesView,
  candidateView,
  type CandidateView,
} from '../gate-views.ts'
import { renderCandidates } from '../render/capability.ts'
import { renderDiagnostics } from '../render/diagnostics.ts'
import { escapeLine } from '../render/escape.ts'
import { formatInstant } from '../render/fields.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'
import { approvalSchema, approveHandler, showHandler } from './capability-approval.ts'

const statuses = ['pending', 'installed', 'rejected', 'blocked', 'failed', 'unreadable', 'all'] as const
const requestsSchema = z.object({ status: z.enum(statuses, { error: statuses.join(', ') }).optional() })
const decisionSchema = z.object({ key: z.string(), reason: z.string().optional() })
type DecisionValues = Readonly<z.infer<typeof decisionSchema>>

/** `rumi capability …` */
export function addCapabilityCommands(group: Command, launch: Launch, messages: Messages): void {
  const { example, help } = messages.gate
  addReadingCommands(group, launch, messages)
  const decision = {
    arguments: [['<key>', help.candidate]],
    options: [{ flags: '--reason <text>', description: messages.help.reason }],
    values: decisionSchema,
  } as const
  addCommand(group, launch, {
    ...decision,
    name: 'approve',
    summary: help.capabilityApprove,
    example: example('rumi capability approve weather:forecast'),
    options: [
      { flags: '--note <text>', description: help.note },
      { flags: '--yes', description: messages.help.yes },
    ],
    values: approvalSchema,
    run: approveHandler,
  })
  addCommand(group, launch, {
    ...decision,
    name: 'reject',
    summary: help.capabilityReject,
    example: example('rumi capability reject weather:forecast --reason "asks for too much"'),
    run: reject,
  })
  addCommand(group, launch, {
    ...decision,
    name: 'unblock',
    summary: help.capabilityUnblock,
    example: example('rumi capability unblock weather:forecast'),
    run: unblock,
  })
  addCommand(group, launch, {
    name: 'remove',
    summary: help.capabilityRemove,
    example: example('rumi capability remove weather:forecast'),
    arguments: decision.arguments,
    values: decisionSchema,
    run: remove,
  })
}

function addReadingCommands(group: Command, launch: Launch, messages: Messages): void {
  const { example, help } = messages.gate
  addCommand(group, launch, {
    name: 'scan',
    summary: help.capabilityScan,
    example: example('rumi capability scan'),
    values: z.object({}),
    run: scan,
  })
  addCommand(group, launch, {
    name: 'requests',
    summary: help.capabilityRequests,
    example: example('rumi capability requests --status pending'),
    options: [{ flags: '--status <status>', description: `${help.capabilityStatus}: ${statuses.join(', ')}` }],
    values: requestsSchema,
    run: listRequests,
  })
  addCommand(group, launch, {
    name: 'show',
    summary: help.capabilityShow,
    example: example('rumi capability show weather:forecast'),
    arguments: [['<key>', help.candidate]],
    values: z.object({ key: z.string() }),
    run: showHandler,
  })
  addCommand(group, launch, {
    name: 'blocked',
    summary: help.capabilityBlocked,
    example: example('rumi capability blocked'),
    values: z.object({}),
    run: listBlocked,
  })
}

async function scan(session: Session): Promise<ExitCode> {
  const { messages, terminal } = session
  return withClient(session, async (client) =>
    answer(session, await client.call('capability.scan'), {
      schema: candidateScanView,
      show: (found) => {
        say(session, messages.gate.capability.scanned(found.scanned_count, found.pending_created))
        if (found.scanned_count > 0) note(session, messages.gate.capability.review)
        terminal.err(renderDiagnostics(found.errors, { messages, palette: terminal.errPalette }))
      },
      isOk: ({ errors }) => errors.every(({ severity }) => severity !== 'error'),
    }),
  )
}

async function listRequests(session: Session, { status }: Readonly<z.infer<typeof requestsSchema>>): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('capability.requests', withoutUndefined({ status })), {
      schema: candidatesView,
      show: ({ items }) => {
        if (items.length === 0) note(session, session.messages.gate.capability.none)
        else session.terminal.out(renderCandidates(items, session))
      },
    }),
  )
}

async function listBlocked(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('capability.blocked'), {
      schema: blockedView,
      show: ({ blocked }) => {
        const candidates = Object.values(blocked)
        if (candidates.length === 0) note(session, session.messages.gate.capability.noneBlocked)
        else session.terminal.out(renderCandidates(candidates, session))
      },
    }),
  )
}

interface Decision<T> {
  readonly operation: string
  readonly key: string
  /** What can be decided so. */
  readonly statuses: readonly string[]
  readonly more: { readonly [key: string]: JsonValue | undefined }
  readonly presentation: Presentation<T>
}

async function decide<T>(session: Session, decision: Decision<T>): Promise<ExitCode> {
  return withClient(session, async (client) => {
    const key = await resolveCandidate(session, client, { given: decision.key, statuses: decision.statuses })
    if (!key.ok) return fail(session, key.error)
    const input = withoutUndefined({ candidate_key: key.value, ...decision.more })
    return answer(session, await client.call(decision.operation, input), decision.presentation)
  })
}

async function reject(session: Session, { key, reason }: DecisionValues): Promise<ExitCode> {
  const words = session.messages.gate.capability
  const show = ({ candidate_key: name, cooldown_until: until }: CandidateView): void => {
    const isBlocked = until === undefined
    const shown = escapeLine(name)
    say(session, isBlocked ? words.blocked(shown) : words.rejected(shown, escapeLine(formatInstant(until))))
  }
  const presentation = { schema: candidateView, show }
  return decide(session, {
    operation: 'capability.reject',
    key,
    statuses: ['pending', 'failed'],
    more: { reason },
    presentation,
  })
}

async function unblock(session: Session, { key, reason }: DecisionValues): Promise<ExitCode> {
  const show = (candidate: CandidateView): void =>
    say(session, session.messages.gate.capability.unblocked(escapeLine(candidate.candidate_key)))
  const presentation = { schema: candidateView, show }
  return decide(session, {
    operation: 'capability.unblock',
    key,
    statuses: ['blocked'],
    more: { reason },
    presentation,
  })
}

async function remove(session: Session, { key }: DecisionValues): Promise<ExitCode> {
  const show = ({ candidate_key: name }: { readonly candidate_key: string }): void =>
    say(session, session.messages.gate.capability.removed(escapeLine(name)))
  const presentation = { schema: candidateRemovedView, show }
  return decide(session, { operation: 'capability.remove', key, statuses: ['installed'], more: {}, presentation })
}
