import type { DenialView, GrantBodyView, RemedyView } from '../gate-views.ts'
import type { Messages } from '../../messages/index.ts'
import { nameCommands } from '../own-name.ts'
import { escapeJson, escapeLine } from './escape.ts'
import { formatInstant, indent, renderFields } from './fields.ts'
import type { Style } from './packs.ts'

/** Where and in which words denials are shown, and how this program is called there. */
export interface DenialStyle extends Style {
  readonly ownName: string
}

/** Denials: for each what was refused, why, how often and where, and the command that allows exactly it. */
export function renderDenials(denials: readonly DenialView[], style: DenialStyle): string {
  return denials.map((denial) => renderDenial(denial, style)).join('\n')
}

/** One denial. */
export function renderDenial(denial: DenialView, style: DenialStyle): string {
  const { messages, terminal } = style
  const { palette } = terminal
  const words = messages.gate.denials
  const what = `${palette.bold(escapeLine(denial.principal_id))}  ${escapeLine(denial.permission_id)}`
  const subject = denial.subject === denial.permission_id ? '' : `  ${palette.bold(escapeLine(denial.subject))}`
  const mark = denial.resolved ? `  ${palette.green(`[${words.resolved}]`)}` : ''
  const dated = words.count(
    denial.count,
    escapeLine(formatInstant(denial.first_at)),
    escapeLine(formatInstant(denial.last_at)),
  )
  const place = words.place(escapeLine(denial.flow_id), escapeLine(denial.step_id), escapeLine(denial.run_id))
  const fields = renderFields(
    [
      ...denial.reasons.map((reason): [string, string] => [words.why, describeReason(reason, messages)]),
      [words.when, dated],
      [words.where, place],
      ...listMissing(denial, messages).map((missing): [string, string] => [words.missing, missing]),
      ...(denial.also_opens.length === 0
        ? []
        : [[words.alsoOpens, palette.yellow(denial.also_opens.map(escapeLine).join(', '))] as const]),
      describeNext(denial, style),
    ],
    palette,
  )
  const warning = denial.reaches_private ? indent(`${palette.red(words.private)}\n`, 2) : ''
  return `${escapeLine(denial.id)}  ${what}${subject}${mark}\n${warning}${indent(fields, 2)}`
}

function describeNext({ resolved, hint, id, ...denial }: DenialView, style: DenialStyle): [string, string] {
  const words = style.messages.gate.denials
  if (resolved) return [words.next, escapeLine(nameCommands(`${words.done} ${id}`, style.ownName))]
  if (hint === undefined) return [words.next, words.hopeless]
  const isLifted = denial.grants.length > 0 || denial.remedy !== undefined
  const command = style.terminal.palette.bold(escapeLine(nameCommands(hint, style.ownName)))
  return [isLifted ? words.allow : words.next, command]
}

function listMissing({ grants, remedy }: DenialView, messages: Messages): readonly string[] {
  return [...grants.map(describeGrant), ...(remedy === undefined ? [] : [describeRemedy(remedy, messages)])]
}

/** A grant in a line. @example 'notes: store.get {"allowed_store_ids":["notes"]}' */
export function describeGrant({ principal_id: principal, permission_id: permission, config }: GrantBodyView): string {
  return `${escapeLine(principal)}: ${escapeLine(permission)} ${escapeJson(config, 0)}`
}

/** What is to be done beside granting, in a line. */
export function describeRemedy(remedy: RemedyView, { gate }: Messages): string {
  const store = escapeLine(remedy.store_id)
  if (remedy.kind === 'create-store') return gate.denials.createStore(store)
  return gate.denials.shareStore(store, escapeLine(remedy.provider ?? ''))
}

/** Why a grant does not count, in plain words; a code that we do not know is shown as it is. */
export function describeLevel(reason: string | undefined, { gate }: Messages): string {
  if (reason === undefined) return ''
  return new Map<string, string>(Object.entries(gate.levels)).get(reason) ?? escapeLine(reason)
}

/**
 * Why something was refused, in plain words: `my_pack: no-grant`, `not-covered`, `address-refused: private`. A code
 * that we do not know is shown as it is.
 */
export function describeReason(reason: string, { gate }: Messages): string {
  const { reasons, longReasons, level } = gate.denials
  const at = reason.indexOf(': ')
  if (at < 0) return new Map(Object.entries(reasons)).get(reason) ?? escapeLine(reason)
  const [head, rest] = [reason.slice(0, at), reason.slice(at + 2)]
  // First the levels of a lineage: a pack may be called "trust".
  const why = new Map<string, string>(Object.entries(gate.levels)).get(rest)
  if (why !== undefined) return level(escapeLine(head), why)
  const describe = new Map(Object.entries(longReasons)).get(head)
  return describe === undefined ? escapeLine(reason) : describe(escapeLine(rest))
}
