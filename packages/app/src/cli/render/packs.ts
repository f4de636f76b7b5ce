import type { Messages } from '../../messages/index.ts'
import type { Palette, Terminal } from '../terminal.ts'
import type { PackReviewView, PackView } from '../views.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { escapeLine } from './escape.ts'
import { formatBytes, formatInstant, renderFields } from './fields.ts'
import { statusCell } from './status.ts'
import { renderTable } from './table.ts'

/** Where and in which words something is shown. */
export interface Style {
  readonly messages: Messages
  readonly terminal: Terminal
}

const SHORT_HASH = 'sha256:'.length + 12

/** The packs, a line each. */
export function renderPacks(packs: readonly PackView[], { messages, terminal }: Style): string {
  const { table } = messages
  const { palette } = terminal
  return renderTable({
    head: [table.pack, table.status, table.version, table.hash, table.description],
    headStyle: palette.dim,
    width: terminal.width,
    rows: packs.map((pack) => [
      { text: escapeLine(pack.pack_id), style: palette.bold },
      statusCell(pack.status, palette),
      escapeLine(pack.version ?? ''),
      { text: escapeLine((pack.tree_hash ?? '').slice(0, SHORT_HASH)), style: palette.dim },
      escapeLine(pack.description ?? ''),
    ]),
  })
}

/** Everything to see before a decision: who, how isolated, which files, what changed. */
export function renderReview(pack: PackReviewView, { messages, terminal }: Style): string {
  const { palette } = terminal
  const { packs } = messages
  const { approved_hash: approvedHash, approved_at: approvedAt } = pack
  const status = statusCell(pack.status, palette)
  const fields = renderFields(
    [
      [messages.runs.status, typeof status === 'string' ? status : status.style(status.text)],
      [packs.identity, optionalLine(pack.identity)],
      [messages.doctor.version, optionalLine(pack.version)],
      [packs.isolation, describeIsolation(pack.isolation, messages, palette)],
      [packs.hash, optionalLine(pack.tree_hash)],
      [
        packs.approved,
        approvedHash === undefined
          ? undefined
          : packs.approvedAt(escapeLine(approvedHash), escapeLine(formatInstant(approvedAt ?? '?'))),
      ],
      [packs.reason, optionalLine(pack.reason)],
    ],
    palette,
  )
  const title = `${palette.bold(escapeLine(pack.pack_id))}${pack.description === undefined ? '' : `  ${escapeLine(pack.description)}`}\n`
  const parts = [
    title + fields,
    renderFiles(pack, messages, palette),
    renderRoutes(pack, messages, palette),
    renderFlows(pack, messages, palette),
    renderNeeds(pack, messages),
    renderChanges(pack, messages, palette),
  ]
  const diagnostics = renderDiagnostics(pack.diagnostics, { messages, palette })
  return [...parts, diagnostics].filter((part) => part !== '').join('\n')
}

function describeIsolation(isolation: string | undefined, messages: Messages, palette: Palette): string | undefined {
  if (isolation === undefined) return undefined
  return isolation === 'warm' ? palette.yellow(messages.packs.isolationWarm) : messages.packs.isolationFresh
}

/** Files with digest and size, a line each, below how many they are. */
export function renderFiles({ files }: Pick<PackReviewView, 'files'>, messages: Messages, palette: Palette): string {
  if (files.length === 0) return ''
  const total = files.reduce((sum, file) => sum + file.size, 0)
  const sizes = files.map((file) => formatBytes(file.size))
  const width = Math.max(...sizes.map((size) => size.length))
  const lines = files.map(
    (file, index) =>
      `  ${palette.dim(escapeLine(file.sha256).slice(0, 12))}  ${(sizes[index] ?? '').padStart(width)}  ${escapeLine(file.path)}\n`,
  )
  return `${messages.packs.files(files.length, formatBytes(total))}\n${lines.join('')}`
}

function renderFlows({ flows }: PackReviewView, messages: Messages, palette: Palette): string {
  if (flows.length === 0) return ''
  const lines = flows.map(({ flow_id: flowId, scheduled }) => {
    const mark = scheduled ? `  ${palette.yellow(messages.packs.flowScheduled)}` : ''
    return `  ${escapeLine(flowId)}${mark}\n`
  })
  return `${messages.packs.flows(flows.length)}\n${lines.join('')}`
}

function renderNeeds({ stores, wishes }: PackReviewView, { packs }: Messages): string {
  const own = stores.map((storeId) => `  ${escapeLine(storeId)}\n`)
  const asked = wishes.map(({ type, domains, ports, reason }) => {
    const places = [domains.join(', '), ports.join(', ')].filter((part) => part !== '').join(' : ')
    return `  ${escapeLine([type, places, reason].filter((part) => part !== '').join('  '))}\n`
  })
  const parts = [
    own.length === 0 ? '' : `${packs.stores(own.length)}\n${own.join('')}`,
    asked.length === 0 ? '' : `${packs.wishes(asked.length)}\n${asked.join('')}`,
  ]
  return parts.filter((part) => part !== '').join('\n')
}

/** A path outside the pack's own is what a reviewer must not miss. */
function renderRoutes({ pack_id: packId, routes }: PackReviewView, messages: Messages, palette: Palette): string {
  if (routes.length === 0) return ''
  const lines = routes.map(({ method, path, flow_id: flowId, scope }) => {
    const outside = scope === 'own' ? '' : `  ${palette.yellow(messages.packs.routeOutside(escapeLine(packId)))}`
    return `  ${escapeLine(method).padEnd(6)}  ${escapeLine(path)} → ${escapeLine(flowId)}${outside}\n`
  })
  return `${messages.packs.routes(routes.length)}\n${lines.join('')}`
}

function renderChanges({ changes }: PackReviewView, messages: Messages, palette: Palette): string {
  if (changes === undefined) return ''
  const lines = [
    ...changes.added.map((path) => palette.green(`  + ${escapeLine(path)}`)),
    ...changes.removed.map((path) => palette.red(`  - ${escapeLine(path)}`)),
    ...changes.changed.map((path) => palette.yellow(`  ~ ${escapeLine(path)}`)),
  ]
  if (lines.length === 0) return `${messages.packs.noChanges}\n`
  return `${messages.packs.changes}\n${lines.join('\n')}\n`
}

function optionalLine(text: string | undefined): string | undefined {
  return text === undefined ? undefined : escapeLine(text)
}
