import type { JsonValue } from '@rumi/kernel/base'
import { escapeInvisible } from '../printing/quote.ts'
import { isList, isObject, type SkillChange, type SkillDiff } from './change.ts'
import { diffLines, type DiffLine } from './line-diff.ts'

/** Lines that did not change and are shown around one that did. */
const CONTEXT = 3
const SIGNS = { added: '+', removed: '-', changed: '~', moved: '>' } as const
const LINE_SIGNS = { same: ' ', removed: '-', added: '+' } as const

/**
 * A diff for people: one heading for each change (`+` came, `-` went, `~` changed, `>` moved) and below it what it was and is,
 * texts line by line. Characters that cannot be seen, or that change how others are seen, appear as `<U+202E>`: a change
 * cannot hide itself from who has to approve it.
 */
export function renderSkillDiff(diff: SkillDiff): string {
  if (diff.changes.length === 0) return `skill ${escapeInvisible(diff.id)}: no difference\n`
  const lines = [`skill ${escapeInvisible(diff.id)}`, ...diff.changes.flatMap(renderChange)]
  return `${lines.join('\n')}\n`
}

/** Two texts for people, line by line, in the same way; absent: there is no such text. */
export function renderTextDiff(before: string | undefined, after: string | undefined): string {
  const lines = diffLines(toLines(before), toLines(after))
  return renderLines(lines)
    .map((line) => `${line}\n`)
    .join('')
}

/** The line end of the last line is no line of its own; a text that lacks it says so. */
function toLines(text: string | undefined): readonly string[] {
  if (text === undefined || text === '') return []
  const lines = text.split('\n')
  return lines.at(-1) === '' ? lines.slice(0, -1) : [...lines, '\\ no line end']
}

function renderChange(change: SkillChange): readonly string[] {
  const heading = `${SIGNS[change.kind]} ${escapeInvisible(change.path)}${describePlaces(change)}`
  const { before, after } = change
  return [heading, ...renderLines(compare(before, after)).map((line) => `    ${line}`)]
}

/** Places are counted from 1, as people do. */
function describePlaces({ from, to }: SkillChange): string {
  if (from !== undefined && to !== undefined) return ` from place ${from + 1} to ${to + 1}`
  if (to !== undefined) return ` at place ${to + 1}`
  return from === undefined ? '' : ` from place ${from + 1}`
}

/** Texts of several lines are compared as they are; other values as JSON, so that the text `1` is not the number. */
function compare(before: JsonValue | undefined, after: JsonValue | undefined): readonly DiffLine[] {
  const values = [before, after].filter((value) => value !== undefined)
  const texts = values.filter((value) => typeof value === 'string')
  const isText = texts.length === values.length && texts.some((text) => text.includes('\n'))
  const write = isText ? writeText : writeValue
  return diffLines(before === undefined ? [] : write(before), after === undefined ? [] : write(after))
}

function writeText(value: JsonValue): readonly string[] {
  return typeof value === 'string' ? value.split('\n') : writeValue(value)
}

/** A value as JSON over lines with sorted keys; texts of several lines, such as code, stand as they are between bars. */
function writeValue(value: JsonValue): readonly string[] {
  if (typeof value === 'string' && value.includes('\n'))
    return ['|', ...value.split('\n').map((line) => `  ${line}`), '|']
  if (isList(value) && value.length > 0) return ['[', ...value.flatMap((item) => indent(writeValue(item))), ']']
  if (!isObject(value) || Object.keys(value).length === 0) return [JSON.stringify(value)]
  const members = Object.keys(value).sort()
  return ['{', ...members.flatMap((key) => indent(writeMember(key, value[key] ?? null))), '}']
}

function writeMember(key: string, value: JsonValue): readonly string[] {
  const [first = '', ...rest] = writeValue(value)
  return [`${JSON.stringify(key)}: ${first}`, ...rest]
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`)
}

/** Lines with their signs; long runs of what is the same are left out. */
function renderLines(lines: readonly DiffLine[]): readonly string[] {
  const isNear = markNear(lines)
  return lines.flatMap(({ kind, text }, index) => {
    if (isNear[index]) return [`${LINE_SIGNS[kind]} ${showEnd(escapeInvisible(text))}`]
    return index === 0 || isNear[index - 1] ? ['…'] : []
  })
}

/** A space at the end of a line is seen by nobody. */
function showEnd(line: string): string {
  return line.endsWith(' ') ? `${line.slice(0, -1)}<U+0020>` : line
}

/** Which lines are at most `CONTEXT` lines away from a change. */
function markNear(lines: readonly DiffLine[]): readonly boolean[] {
  const near = lines.map(({ kind }) => kind !== 'same')
  for (const [index, { kind }] of lines.entries()) {
    if (kind === 'same') continue
    for (let other = Math.max(0, index - CONTEXT); other <= index + CONTEXT && other < near.length; other += 1) {
      near[other] = true
    }
  }
  return near
}
