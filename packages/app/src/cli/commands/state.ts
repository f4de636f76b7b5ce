import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, failUsage, note, say } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { committedView, commitsView, stateDiffView, stateStatusView } from '../kairos-views.ts'
import { countValue } from '../option-values.ts'
import { noteDiagnostics } from '../print-text.ts'
import { escapeLine } from '../render/escape.ts'
import { renderCommits, renderFileChanges, renderStateStatus } from '../render/state.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'
import { answerReview } from './skill-decisions.ts'

const commitSchema = z.object({ reason: z.string().optional(), force: z.boolean().default(false) })
const diffSchema = z.object({ before: z.string(), after: z.string().optional() })
const restoreSchema = z.object({
  commit: z.string(),
  paths: z.array(z.string()),
  reason: z.string().optional(),
  dryRun: z.boolean().default(false),
})

/** `rumi state …` */
export function addStateCommands(state: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  addCommand(state, launch, {
    name: 'commit',
    summary: help.stateCommit,
    example: example('rumi state commit --reason "before the move"'),
    options: [
      { flags: '--reason <text>', description: help.why },
      { flags: '--force', description: help.force },
    ],
    values: commitSchema,
    run: commit,
  })
  addCommand(state, launch, {
    name: 'status',
    summary: help.stateStatus,
    example: example('rumi state status'),
    values: z.object({}),
    run: status,
  })
  addCommand(state, launch, {
    name: 'history',
    summary: help.stateHistory,
    example: example('rumi state history'),
    options: [{ flags: '--limit <count>', description: help.limitHistory }],
    values: z.object({ limit: countValue.optional() }),
    run: history,
  })
  addComparingCommands(state, launch, messages)
}

function addComparingCommands(state: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  addCommand(state, launch, {
    name: 'diff',
    summary: help.stateDiff,
    example: example('rumi state diff 1 2'),
    arguments: [
      ['<before>', help.commit],
      ['[after]', help.otherCommit],
    ],
    values: diffSchema,
    run: diff,
  })
  addCommand(state, launch, {
    name: 'restore',
    summary: help.stateRestore,
    example: example('rumi state restore 1 knowledge --reason "the import went wrong"'),
    arguments: [
      ['<commit>', help.commit],
      ['[paths...]', help.paths],
    ],
    options: [
      { flags: '--reason <text>', description: help.why },
      { flags: '--dry-run', description: help.dryRun },
    ],
    values: restoreSchema,
    run: restore,
  })
}

async function commit(session: Session, { reason, force }: Readonly<z.infer<typeof commitSchema>>): Promise<ExitCode> {
  if (reason === undefined) return failUsage(session, session.messages.kairos.usage.needsReason)
  return withClient(session, async (client) =>
    answer(session, await client.call('state.commit', { reason, force }), {
      schema: committedView,
      show: ({ commit_id: id, changes, root }) => {
        const { green, dim } = session.terminal.palette
        say(session, green(session.messages.kairos.state.committed(escapeLine(id), changes)))
        say(session, dim(escapeLine(root)))
      },
    }),
  )
}

async function status(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('state.status'), {
      schema: stateStatusView,
      show: (found) => {
        session.terminal.out(renderStateStatus(found, session))
        if (found.last !== null && found.total_changes === 0) note(session, session.messages.kairos.state.clean)
        noteDiagnostics(session, found.diagnostics)
      },
    }),
  )
}

async function history(session: Session, values: { readonly limit?: number | undefined }): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('state.history', withoutUndefined(values)), {
      schema: commitsView,
      show: ({ commits }) => {
        if (commits.length === 0) note(session, session.messages.kairos.state.none)
        else session.terminal.out(renderCommits(commits, session))
      },
    }),
  )
}

async function diff(session: Session, values: Readonly<z.infer<typeof diffSchema>>): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('state.diff', withoutUndefined(values)), {
      schema: stateDiffView,
      show: (found) => {
        if (found.total_changes === 0) note(session, session.messages.kairos.state.same)
        else session.terminal.out(renderFileChanges(found, session))
      },
      isOk: (found) => found.total_changes === 0,
    }),
  )
}

async function restore(session: Session, values: Readonly<z.infer<typeof restoreSchema>>): Promise<ExitCode> {
  const { commit: id, paths, reason, dryRun } = values
  if (reason === undefined) return failUsage(session, session.messages.kairos.usage.needsReason)
  const chosen = paths.length > 0 ? paths : undefined
  return withClient(session, async (client) => {
    const input = withoutUndefined({ commit: id, paths: chosen, reason, dry_run: dryRun })
    return answerReview(session, await client.call('state.restore', input), { isDryRun: dryRun })
  })
}
