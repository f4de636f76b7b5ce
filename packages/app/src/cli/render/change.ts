import { escapeLine } from './escape.ts'
import type { Palette } from '../terminal.ts'

/** A list before and after a change. */
export interface ListChange {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** Entries that were there and are not any more. */
export function findLost({ before, after }: ListChange): readonly string[] {
  return before.filter((entry) => !after.includes(entry))
}

/** A list after a change, an entry each: `+` was added, `-` is lost, the rest stayed. */
export function renderChange(change: ListChange, palette: Palette): readonly string[] {
  const { before, after } = change
  return [
    ...after.map((entry) =>
      before.includes(entry) ? `  ${escapeLine(entry)}` : palette.green(`+ ${escapeLine(entry)}`),
    ),
    ...findLost(change).map((entry) => palette.red(`- ${escapeLine(entry)}`)),
  ]
}

/** Lists under their labels; those that are and were empty are left out. */
export function renderChanges(
  changes: readonly (readonly [label: string, change: ListChange])[],
  palette: Palette,
): string {
  return changes
    .flatMap(([label, change]) => {
      const lines = renderChange(change, palette)
      return lines.length === 0 ? [] : [`${palette.dim(label)}\n`, ...lines.map((line) => `  ${line}\n`)]
    })
    .join('')
}
