/** Columns of a terminal that a text takes: East Asian wide characters and emoji take two, marks none. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** The beginning of a text that fits, with `…` when something is left out. */
export function fitWidth(text: string, maximum: number): string {
  if (displayWidth(text) <= maximum) return text
  let kept = ''
  let width = 1
  for (const character of text) {
    width += characterWidth(character)
    if (width > maximum) break
    kept += character
  }
  return `${kept}…`
}

/** How a cell looks; applied after its width was measured, so that colours do not move columns. */
export type CellStyle = (text: string) => string

/** A cell: its text, already safe to print, and how it looks. */
export type Cell = string | { readonly text: string; readonly style: CellStyle }

/** What a table shows. */
export interface Table {
  readonly head: readonly string[]
  readonly headStyle: CellStyle
  readonly rows: readonly (readonly Cell[])[]
  /** Columns of the terminal; the last column is cut to fit. Undefined: nothing is cut. */
  readonly width: number | undefined
}

/** Aligned columns, two spaces apart, a line each; no line ends in a space. */
export function renderTable({ head, headStyle, rows, width }: Table): string {
  const lines: readonly (readonly Cell[])[] = [head.map((text) => ({ text, style: headStyle })), ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => displayWidth(textOf(line[column] ?? '')))))
  return lines.map((line) => `${renderLine(line, widths, width)}\n`).join('')
}

const GAP = 2
const SMALLEST_COLUMN = 10

function renderLine(line: readonly Cell[], widths: readonly number[], width: number | undefined): string {
  let rendered = ''
  let used = 0
  let pending = 0
  for (const [column, cell] of line.entries()) {
    const isLast = column === line.length - 1
    const room = isLast && width !== undefined ? Math.max(SMALLEST_COLUMN, width - used) : Number.POSITIVE_INFINITY
    const text = fitWidth(textOf(cell), room)
    if (text !== '') {
      rendered += ' '.repeat(pending) + (typeof cell === 'string' ? text : cell.style(text))
      pending = 0
    }
    const columnWidth = (widths[column] ?? 0) + GAP
    pending += columnWidth - displayWidth(text)
    used += columnWidth
  }
  return rendered
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}

const NARROWLESS = /\p{Mark}|\p{Default_Ignorable_Code_Point}/u
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u

function characterWidth(character: string): number {
  if (character >= ' ' && character <= '~') return 1
  if (NARROWLESS.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
