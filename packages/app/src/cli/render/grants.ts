import type { JsonObject } from '@rumi/kernel/base'
import type { GrantsView } from '../gate-views.ts'
import type { ListChange } from './change.ts'
import { describeLevel } from './denials.ts'
import { escapeJson, escapeLine } from './escape.ts'
import { formatInstant } from './fields.ts'
import type { Style } from './packs.ts'
import { renderTable } from './table.ts'

/** Grants, a line each: who, what, whether it counts, until when, how far. */
export function renderGrants({ grants }: GrantsView, { messages, terminal }: Style): string {
  const { table, gate } = messages
  const { palette } = terminal
  const rows = Object.values(grants).flatMap(({ principal_id: principal, permissions }) =>
    Object.entries(permissions).map(([permission, grant]) => [
      { text: escapeLine(principal), style: palette.bold },
      escapeLine(permission),
      grant.enabled
        ? { text: gate.status.counts, style: palette.green }
        : { text: describeLevel(grant.reason, messages), style: palette.red },
      escapeLine(grant.expires_at === undefined ? gate.status.none : formatInstant(grant.expires_at)),
      grant.uses_left === undefined ? gate.status.none : String(grant.uses_left),
      escapeLine(listConfig(grant.config).join('; ')),
    ]),
  )
  return renderTable({
    head: [
      gate.table.principal,
      gate.table.permission,
      table.status,
      gate.table.expires,
      gate.table.uses,
      gate.table.reach,
    ],
    headStyle: palette.dim,
    width: undefined, // what is cut off would be a right that nobody sees
    rows,
  })
}

/** A config in short, a member each. @example ['allowed_store_ids: a, b', 'max_value_bytes: 100'] */
export function listConfig(config: JsonObject): readonly string[] {
  return Object.entries(config).map(([key, value]) => {
    const isTextList = Array.isArray(value) && value.every((item) => typeof item === 'string')
    return `${key}: ${isTextList ? value.join(', ') : escapeJson(value, 0)}`
  })
}

/** The members of a config before and after a change; a list by its entries, anything else as a whole. */
export function listConfigChanges(before: JsonObject, after: JsonObject): readonly (readonly [string, ListChange])[] {
  const keys = [...new Set([...Object.keys(after), ...Object.keys(before)])]
  return keys.map((key) => [escapeLine(key), { before: listValue(before, key), after: listValue(after, key) }])
}

function listValue(config: JsonObject, key: string): readonly string[] {
  const value = Object.hasOwn(config, key) ? config[key] : undefined
  if (value === undefined) return []
  if (!Array.isArray(value)) return [escapeJson(value, 0)]
  return value.map((item) => (typeof item === 'string' ? item : escapeJson(item, 0)))
}
