/**
 * Characters that hide what a text says: controls, line separators that few programs show as such, byte order marks, halves
 * of characters, and the ones that reverse the direction of text, by which code reads as other code ("Trojan Source",
 * CVE-2021-42574). A source holds none of them but as an escape. Tabs and line ends are not among them, nor the joiners and
 * marks that Persian, Hebrew or emoji need.
 */
const HIDING = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u

/**
 * What a reader of one line cannot see: also tabs, line ends, every joiner and mark without a width, fillers, and the tags
 * and variation selectors in which a whole text can be hidden that only a machine reads.
 */
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\ufff9-\ufffb]|\p{Default_Ignorable_Code_Point}|\p{Surrogate}/gu

/** Where the first character at or after `from` stands that hides what a text says; −1 when there is none. */
export function findHidingCharacter(text: string, from: number): number {
  const index = text.slice(from).search(HIDING)
  return index === -1 ? -1 : from + index
}

/** Makes every character of a line visible: an invisible one becomes `<U+202E>`, a line end `<U+000A>`. */
export function escapeInvisible(text: string): string {
  return text.replace(INVISIBLE, (char) => `<U+${hex(char).toUpperCase()}>`)
}

/**
 * A text as a literal of the language: in quotes, or as a template when it has several lines. The literal means exactly the
 * text, and hides no character of it.
 *
 * @example quoteText("it's") === "'it\\'s'"
 */
export function quoteText(text: string): string {
  if (!text.includes('\n')) return quoteName(text)
  // `$` means something only before `{`.
  return `\`${escapeHiding(text.replace(/[\\`]|\$(?=\{)/g, String.raw`\$&`))}\``
}

/** A text in quotes on one line, as a key or a name is written. */
export function quoteName(text: string): string {
  const quoted = text.replace(/[\\']/g, String.raw`\$&`)
  return `'${escapeHiding(quoted).replaceAll('\n', String.raw`\n`)}'`
}

/** A raw carriage return in a template would be read as a line feed. */
function escapeHiding(text: string): string {
  const visible = text.replaceAll('\r', String.raw`\r`).replaceAll('\t', String.raw`\t`)
  return visible.replace(ALL_HIDING, (char) => String.raw`\u` + hex(char))
}

const ALL_HIDING = new RegExp(HIDING, 'gu')

function hex(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
}
