import type { ParseResult } from '@ruby/prism/src/deserialize.js'
import { err, ok, type Diagnostic, type Result } from '@rumi/kernel/base'
import { sourceLimits } from '../language/index.ts'
import type { RubyParser, RubyRefusal } from './load-prism.ts'
import { mapSource, placeOf } from './source-map.ts'

/** The tree of a source that has no error in its syntax, or every reason why there is none. */
export function findSourceProblems(
  parser: RubyParser,
  text: string,
  file: string,
): Result<ParseResult, readonly Diagnostic[]> {
  // A long text is refused before anything walks over it.
  if (text.length > sourceLimits.bytes) return err([refuse('too-large', file)])
  const hidden = findHidden(text, file)
  if (hidden !== undefined) return err([hidden])
  const parsed = parser.parse(text)
  if (!parsed.ok) return err([refuse(parsed.error, file)])
  const source = mapSource(text)
  const errors = parsed.value.errors.map(({ message, location }): Diagnostic => {
    const { line, column } = source.place(location.startOffset)
    return { severity: 'error', code: 'skill.syntax', message: `Ruby syntax: ${message}.`, file, line, column }
  })
  if (errors.length > 0) return err(errors)
  const encoding = findEncoding(parsed.value, text, file)
  return encoding === undefined ? ok(parsed.value) : err([encoding])
}

const refusals: Readonly<Record<RubyRefusal, Omit<Diagnostic, 'severity' | 'file'>>> = {
  'too-large': {
    code: 'skill.limit',
    message: `The source is longer than ${sourceLimits.bytes} bytes.`,
    hint: 'Split it into several files.',
  },
  'too-costly': {
    code: 'skill.limit',
    message: 'The source holds thousands of digits without a break, or too many of "||", "&&", "or" and "and".',
    hint: 'Split it into several files.',
  },
  'too-deep': { code: 'skill.limit', message: 'The source nests too deeply.' },
  broken: { code: 'skill.syntax', message: 'The source cannot be parsed: it makes the parser fail.' },
}

function refuse(refusal: RubyRefusal, file: string): Diagnostic {
  return { severity: 'error', ...refusals[refusal], file }
}

/** Ruby stops reading at these characters, and a reviewer does not see them; half a character has no bytes. */
function findHidden(text: string, file: string): Diagnostic | undefined {
  const index = text.search(/[\0\u0004\u001A]/)
  if (index < 0 && text.isWellFormed()) return undefined
  const message =
    'The source holds a character that ends it or that cannot be written: NUL, ^D, ^Z or half a character.'
  const problem: Diagnostic = { severity: 'error', code: 'skill.syntax', message, hint: 'Remove it.', file }
  return index < 0 ? problem : { ...problem, ...placeOf(text, index) }
}

/** Ruby would read other characters than the ones that are shown here. */
function findEncoding(tree: ParseResult, text: string, file: string): Diagnostic | undefined {
  const source = mapSource(text)
  for (const { startLocation, endLocation } of tree.magicComments) {
    const isEncoding = /^(?:encoding|coding)$/i.test(source.slice(startLocation))
    if (!isEncoding || /^(?:utf-?8(?:-unix|-mac|-dos)?|us-ascii)$/i.test(source.slice(endLocation))) continue
    const { line, column } = source.place(startLocation.startOffset)
    const message = 'The source claims an encoding other than UTF-8.'
    return { severity: 'error', code: 'skill.syntax', message, hint: 'Save it as UTF-8.', file, line, column }
  }
  return undefined
}
