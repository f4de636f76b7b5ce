import type { Palette } from '../terminal.ts'
import { displayWidth } from './table.ts'

/** Labels and values, aligned, a line each; undefined values are left out. Values are already safe to print. */
export function renderFields(fields: readonly (readonly [string, string | undefined])[], palette: Palette): string {
  const present = fields.flatMap(([label, value]) => (value === undefined ? [] : [{ label, value }]))
  const width = Math.max(...present.map(({ label }) => displayWidth(label)))
  return present
    .map(({ label, value }) => `${palette.dim(label)}${' '.repeat(width - displayWidth(label) + 2)}${value}\n`)
    .join('')
}

/** A text of several lines, each behind some spaces. */
export function indent(text: string, columns: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(columns))
}

/** A quantity of bytes for people. @example formatBytes(2048) // '2.0 KiB' */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const kibibytes = bytes / 1024
  return kibibytes < 1024 ? `${kibibytes.toFixed(1)} KiB` : `${(kibibytes / 1024).toFixed(1)} MiB`
}

/** A duration for people. @example formatDuration(1234) // '1.23 s' */
export function formatDuration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`
}

/** An instant for people: to the second, in UTC. @example '2026-07-28 09:15:00Z' */
export function formatInstant(instant: string): string {
  return instant.replace(/^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/, '$1 $2Z')
}
