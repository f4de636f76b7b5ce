import type { CommitView, StateDiffView, StateStatusView } from '../kairos-views.ts'
import { nameCommands } from '../own-name.ts'
import { escapeLine } from './escape.ts'
import { formatInstant, renderFields } from './fields.ts'
import type { Style } from './packs.ts'
import type { CommandStyle } from './skills.ts'
import { renderTable } from './table.ts'

/** Commits, a line each. */
export function renderCommits(commits: readonly CommitView[], { messages, terminal }: Style): string {
  const { kairos } = messages
  return renderTable({
    head: [kairos.table.commit, kairos.table.when, kairos.table.changes, kairos.table.by, kairos.table.reason],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: commits.map((commit) => [
      { text: escapeLine(commit.commit_id), style: terminal.palette.bold },
      escapeLine(formatInstant(commit.committed_at)),
      String(commit.changes),
      escapeLine(commit.by),
      escapeLine(commit.trigger === null ? commit.reason : `${commit.reason} (${commit.trigger})`),
    ]),
  })
}

/** Files that were added, removed or changed, a line each. */
export function renderFileChanges(
  { changes, total_changes: total }: StateDiffView,
  { messages, terminal }: Style,
): string {
  const { green, red, yellow, dim } = terminal.palette
  const lines = changes.map(({ path, kind }) => {
    const name = escapeLine(path)
    if (kind === 'added') return green(`+ ${name}`)
    return kind === 'removed' ? red(`- ${name}`) : yellow(`~ ${name}`)
  })
  const more = total > changes.length ? [dim(messages.kairos.state.more(changes.length, total))] : []
  return [...lines, ...more].map((line) => `${line}\n`).join('')
}

/** How the files stand to the last commit. */
export function renderStateStatus(status: StateStatusView, style: CommandStyle): string {
  const { messages, terminal, ownName } = style
  const { fields, state } = messages.kairos
  const { last, pending } = status
  const facts = renderFields(
    [
      [
        fields.last,
        last === null
          ? nameCommands(state.never, ownName)
          : state.asked(escapeLine(last.commit_id), escapeLine(formatInstant(last.committed_at))),
      ],
      [fields.root, escapeLine(status.root)],
      [fields.files, String(status.files)],
      [fields.pending, pending === 0 ? undefined : String(pending)],
    ],
    terminal.palette,
  )
  return facts + renderFileChanges(status, style)
}
