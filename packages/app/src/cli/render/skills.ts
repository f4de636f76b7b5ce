import type {
  DriftView,
  FindingsView,
  ParsedView,
  SearchView,
  SkillDetailView,
  SkillView,
  UpgradeView,
  VerificationCounts,
  VerificationView,
} from '../kairos-views.ts'
import type { Palette } from '../terminal.ts'
import { nameCommands } from '../own-name.ts'
import { escapeLine, escapeText } from './escape.ts'
import { formatInstant, indent, renderFields } from './fields.ts'
import type { Style } from './packs.ts'
import { renderTable, type CellStyle } from './table.ts'

/** Where something is shown, and how this program is called there. */
export interface CommandStyle extends Style {
  readonly ownName: string
}

const SHORT_HASH = 'sha256:'.length + 12

/** A word for a code; the code itself when there is none. Own members only: a code may be called "constructor". */
export function wordFor(words: Readonly<Record<string, string>>, code: string): string {
  return Object.hasOwn(words, code) ? (words[code] ?? code) : escapeLine(code)
}

/** Skills in force, a line each. */
export function renderSkills(skills: readonly SkillView[], { messages, terminal }: Style): string {
  const { table, kairos } = messages
  const { palette } = terminal
  return renderTable({
    head: [kairos.table.skill, table.version, table.hash, kairos.table.statements, kairos.table.title],
    headStyle: palette.dim,
    width: terminal.width,
    rows: skills.map((skill) => [
      { text: escapeLine(skill.id), style: palette.bold },
      escapeLine(skill.version ?? ''),
      { text: escapeLine(skill.tree_hash.slice(0, SHORT_HASH)), style: palette.dim },
      String(skill.nodes),
      escapeLine(skill.title ?? ''),
    ]),
  })
}

/** What a source says of a skill, in short: enough to see that it was read as it was meant. */
export function renderParsed(
  { version, title, definition }: ParsedView['skills'][number]['tree'],
  { messages, terminal }: Style,
): string {
  const { fields } = messages.kairos
  return renderFields(
    [
      [fields.version, version === null ? undefined : escapeLine(version)],
      [fields.title, title === null ? undefined : escapeLine(title)],
      [fields.statements, String(definition?.nodes.length ?? 0)],
    ],
    terminal.palette,
  )
}

/** One skill: what rules it, its text, and the versions it had. */
export function renderSkill(skill: SkillDetailView, { messages, terminal, ownName }: CommandStyle): string {
  const { palette } = terminal
  const { fields, skills } = messages.kairos
  const optional = (text: string | null): string | undefined => (text === null ? undefined : escapeLine(text))
  const evolvable = skill.immutable ? palette.yellow(skills.immutable) : list(skill.evolvable, skills.nothing)
  const about = renderFields(
    [
      [fields.version, optional(skill.version)],
      [fields.useWhen, optional(skill.use_when)],
      [fields.file, escapeLine(skill.file)],
      [fields.hash, escapeLine(skill.tree_hash)],
      [fields.guarantees, skill.guarantees.length === 0 ? undefined : list(skill.guarantees, '')],
      [fields.evolvable, evolvable],
      [fields.statements, String(skill.nodes)],
      [
        fields.behavior,
        skill.has_behavior ? nameCommands(skills.hasBehavior(escapeLine(skill.id)), ownName) : undefined,
      ],
    ],
    palette,
  )
  const title = `${palette.bold(escapeLine(skill.id))}${skill.title === null ? '' : `  ${escapeLine(skill.title)}`}\n`
  const { content } = skill.tree
  const text = typeof content === 'string' ? `${indent(escapeText(content).replace(/^\n+/, '').trimEnd(), 2)}\n` : ''
  return [title + about, text, renderVersions(skill, { messages, terminal })].filter((part) => part !== '').join('\n')
}

function renderVersions({ versions }: SkillDetailView, { messages, terminal }: Style): string {
  if (versions.length === 0) return ''
  const { table, kairos } = messages
  const rows = renderTable({
    head: [kairos.table.revision, table.version, table.hash, kairos.table.when, kairos.table.by, kairos.table.reason],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: versions.map(({ revision, version, tree_hash: hash, at, by, reason }) => [
      String(revision),
      escapeLine(version ?? ''),
      { text: escapeLine(hash.slice(0, SHORT_HASH)), style: terminal.palette.dim },
      escapeLine(formatInstant(at)),
      escapeLine(by),
      escapeLine(reason),
    ]),
  })
  return `${kairos.skills.versions}\n${rows}`
}

function list(names: readonly string[], nothing: string): string {
  return names.length === 0 ? nothing : names.map(escapeLine).join(', ')
}

/** The statements of one skill, a line each, with what is missing to judge them. */
export function renderVerification({ skill_id: id, nodes }: VerificationView, style: Style): string {
  const { messages, terminal } = style
  const { kairos, table } = messages
  if (nodes.length === 0) return `${kairos.verification.undefined(escapeLine(id))}\n`
  const rows = renderTable({
    head: [kairos.table.statement, kairos.table.kind, table.result, table.detail],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: nodes.map(({ name, type, status, basis, detail, missing }) => [
      escapeLine(name),
      escapeLine(type),
      {
        text: wordFor(kairos.statuses, wordOf(status, basis)),
        style: statusStyle(wordOf(status, basis), terminal.palette),
      },
      escapeLine(withMissing(detail, missing, kairos.verification.missing)),
    ]),
  })
  return `${terminal.palette.bold(escapeLine(id))}\n${rows}`
}

/** Names that the sentence has already are not said twice. */
function withMissing(detail: string, missing: readonly string[], say: (names: string) => string): string {
  const said = new Set(detail.split(/[^\w.]+/))
  const unsaid = missing.filter((name) => !said.has(name) && !said.has(`${name}.`))
  return unsaid.length === 0 ? detail : `${detail} (${say(unsaid.join(', '))})`
}

/**
 * What all statements together come to: how many hold, do not hold, are unknown, and are left to a person. It never says
 * that everything holds while something was not judged.
 */
export function renderCounts(
  counts: VerificationCounts & { readonly declared: number },
  { messages, terminal }: Style,
): string {
  const words = messages.kairos.verification
  const { red, yellow, green } = terminal.palette
  const { total, satisfied, unsatisfied, unknown, human_required: human, declared } = counts
  const parts = [
    words.satisfied(satisfied - declared),
    ...(declared > 0 ? [yellow(words.declared(declared))] : []),
    ...(unsatisfied > 0 ? [red(words.unsatisfied(unsatisfied))] : []),
    ...(unknown > 0 ? [yellow(words.unknown(unknown))] : []),
    ...(human > 0 ? [yellow(words.human(human))] : []),
  ]
  const isAll = total > 0 && satisfied === total && declared === 0
  const verdict = unsatisfied > 0 ? red(words.failed) : isAll ? green(words.all) : yellow(words.open)
  const bind = unknown > 0 ? `${words.bind}\n` : ''
  return `${words.counted(total, parts.join(', '))}\n${total === 0 ? '' : `${verdict}\n${bind}`}`
}

/** A statement that names nothing to check was not found to hold; it only says so. */
function wordOf(status: string, basis: string): string {
  return status === 'satisfied' && basis === 'declared' ? 'declared' : status
}

function statusStyle(status: string, palette: Palette): CellStyle {
  if (status === 'satisfied') return palette.green
  return status === 'unsatisfied' ? palette.red : palette.yellow
}

/** Where the text of a skill and its definition differ, a line each. */
export function renderDrift({ items }: DriftView, { messages, terminal }: Style): string {
  if (items.length === 0) return ''
  const { table, kairos } = messages
  return renderTable({
    head: [table.result, kairos.table.what, kairos.table.where, table.detail],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: items.map(({ severity, direction, node, line, message }) => [
      { text: severityWord(severity, { messages, terminal }), style: severityStyle(severity, terminal.palette) },
      wordFor(kairos.drifts, direction),
      escapeLine([node, line].filter((part) => part !== null).join(':')),
      escapeLine(message),
    ]),
  })
}

/** What an upgrade did with each file, a line each. */
export function renderUpgrade(steps: UpgradeView['steps'], { messages, terminal }: Style): string {
  const { table, kairos } = messages
  return renderTable({
    head: [kairos.table.action, table.path, table.detail],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: steps.map(({ path, action, detail }) => [
      {
        text: wordFor(kairos.steps, action),
        style: action === 'conflict' ? terminal.palette.yellow : terminal.palette.bold,
      },
      escapeLine(path),
      wordFor(kairos.steps, detail ?? ''),
    ]),
  })
}

/** What was found, best first: where it is, and the words around what was found. */
export function renderFound(results: SearchView['results'], { messages, terminal }: Style): string {
  const { table } = messages.kairos
  return renderTable({
    head: [table.layer, table.name, table.title, table.found],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: results.map(({ layer, name, session_id: session, title, excerpt }) => [
      escapeLine(layer),
      { text: escapeLine(session === null ? name : `${session}/${name}`), style: terminal.palette.bold },
      escapeLine(title),
      escapeLine(excerpt.replaceAll(/\s+/g, ' ')),
    ]),
  })
}

/** What a person should look at, each with the command that would deal with it. */
export function renderFindings(findings: FindingsView['findings'], style: CommandStyle): string {
  const { messages, terminal } = style
  return findings
    .map(({ kind, severity, subject, line, message, hint }) => {
      const label = severityStyle(severity, terminal.palette)(severityWord(severity, style))
      const where = terminal.palette.bold(escapeLine(line === null ? subject : `${subject}:${line}`))
      const advice =
        hint === null ? '' : `  ${messages.problem.hint}: ${escapeText(nameCommands(hint, style.ownName))}\n`
      return `${label} ${escapeLine(kind)} ${where}: ${escapeLine(message)}\n${advice}`
    })
    .join('')
}

function severityWord(severity: string, { messages }: Style): string {
  return wordFor(messages.kairos.severities, severity)
}

function severityStyle(severity: string, palette: Palette): CellStyle {
  if (severity === 'error') return palette.red
  return severity === 'warning' ? palette.yellow : palette.dim
}
