import type { DocumentContentView, DocumentView, ImportedView, PlanView, SessionsView } from '../kairos-views.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { escapeLine } from './escape.ts'
import { formatBytes, formatInstant, indent, renderFields } from './fields.ts'
import type { Style } from './packs.ts'
import { wordFor } from './skills.ts'
import { renderTable } from './table.ts'

/** Documents, a line each. */
export function renderDocuments(documents: readonly DocumentView[], { messages, terminal }: Style): string {
  const { table, kairos } = messages
  return renderTable({
    head: [kairos.table.document, table.version, kairos.table.files, kairos.table.tags, table.description],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: documents.map((document) => [
      { text: escapeLine(document.name), style: terminal.palette.bold },
      escapeLine(document.version ?? ''),
      kairos.documents.counted(document.scripts, document.assets, document.references),
      escapeLine(document.tags.join(', ')),
      document.problem === null
        ? escapeLine(document.description === '' ? document.title : document.description)
        : { text: escapeLine(document.problem.message), style: terminal.palette.red },
    ]),
  })
}

/** What is known about a document, and the files beside it; the text itself is printed apart. */
export function renderDocument(document: DocumentContentView, { messages, terminal }: Style): string {
  const { fields, documents } = messages.kairos
  const { palette } = terminal
  const name = palette.bold(escapeLine(document.name))
  const title = document.title === document.name ? name : `${name}  ${escapeLine(document.title)}`.trimEnd()
  const about = renderFields(
    [
      [fields.status, document.archived ? palette.yellow(documents.archived) : undefined],
      [fields.description, document.description === '' ? undefined : escapeLine(document.description)],
      [fields.version, document.version === null ? undefined : escapeLine(document.version)],
      [fields.tags, document.tags.length === 0 ? undefined : escapeLine(document.tags.join(', '))],
      [fields.path, escapeLine(`.kairos/${document.path}`)],
      [fields.hash, document.content_hash === null ? undefined : escapeLine(document.content_hash)],
      [fields.changed, escapeLine(formatInstant(document.modified_at))],
    ],
    palette,
  )
  const files = document.files.map(({ path, size_bytes: size, executable }) => [
    escapeLine(path),
    formatBytes(size),
    executable ? palette.yellow(documents.executable) : '',
  ])
  const listed =
    files.length === 0
      ? ''
      : renderTable({
          head: [messages.kairos.table.files, messages.gate.table.size, ''],
          headStyle: palette.dim,
          width: terminal.width,
          rows: files,
        })
  return `${title}\n${about}${listed}`
}

/** What was done with a document, and what is odd about it. */
export function renderPlan(plan: PlanView, style: Style): string {
  const { documents } = style.messages.kairos
  const name = escapeLine(plan.session === null ? plan.name : `${plan.session}/${plan.name}`)
  const hash = plan.next_hash === null ? '' : `${style.terminal.palette.dim(escapeLine(plan.next_hash))}\n`
  return `${style.terminal.palette.green(documents.was(name, wordFor(documents.done, plan.action)))}\n${hash}`
}

/** Sessions with their documents. */
export function renderSessions(sessions: SessionsView['sessions'], style: Style): string {
  return sessions
    .map(({ session_id: id, documents }) => {
      const rows = documents.length === 0 ? '' : renderDocuments(documents, style)
      return `${style.terminal.palette.bold(escapeLine(id))}\n${rows}`
    })
    .join('\n')
}

/** Folders that were taken in, or why they were not. */
export function renderImported({ documents }: ImportedView, { messages, terminal }: Style): string {
  const { palette } = terminal
  return documents
    .map(({ name, imported, problem, warnings }) => {
      const bold = palette.bold(escapeLine(name))
      const line =
        problem === null
          ? `${bold}  ${palette.green(wordFor(messages.kairos.documents.done, imported?.action ?? 'create'))}\n`
          : `${bold}  ${palette.red(messages.problem.error)}: ${escapeLine(problem.message)}\n`
      return line + indent(renderDiagnostics(warnings, { messages, palette }), 2)
    })
    .join('')
}
