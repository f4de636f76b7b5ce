import * as babel from '@babel/parser'
import { err, ok, type Result } from '@rumi/kernel/base'
import { MeteredText, TextTooCostly, type TextReader } from './metered-text.ts'

/** A source as the parser sees it. */
export type Program = ReturnType<typeof babel.parse>['program']
export type Statement = Program['body'][number]
export type Expression = Extract<Statement, { readonly type: 'ExpressionStatement' }>['expression']
export type ObjectExpression = Extract<Expression, { readonly type: 'ObjectExpression' }>
export type ObjectMember = ObjectExpression['properties'][number]
export type Method = Extract<ObjectMember, { readonly type: 'ObjectMethod' }>
export type CallExpression = Extract<Expression, { readonly type: 'CallExpression' }>
/** Anything that may stand as an argument, an element or a value. */
export type Operand = CallExpression['arguments'][number]

/** Why a text is no program; `offset` in UTF-16 code units where one is known. */
export interface SyntaxProblem {
  readonly kind: 'syntax' | 'too-costly'
  readonly message: string
  readonly offset: number
}

/** The parser, seen as what it does to a text: it only ever reads from it. */
interface ProgramReader {
  parse(text: TextReader, options: babel.ParserOptions): ReturnType<typeof babel.parse>
}
const reader: ProgramReader = { parse: babel.parse }

/**
 * Reads a text as a TypeScript module. Nothing of it is executed or resolved. The caller has bounded its length; depth and
 * work are bounded here: what exhausts the stack or is read too often is `too-costly`.
 */
export function readProgram(text: string): Result<Program, SyntaxProblem> {
  try {
    const options = { sourceType: 'module', plugins: ['typescript'], attachComment: false } as const
    return ok(reader.parse(new MeteredText(text), { ...options, plugins: [...options.plugins] }).program)
  } catch (error) {
    return err(describe(error))
  }
}

/** Every exception here is about the stranger's text, also one that only a mistake of the parser explains. */
function describe(error: unknown): SyntaxProblem {
  if (error instanceof TextTooCostly) {
    return { kind: 'too-costly', message: 'is too ambiguous to be read', offset: 0 }
  }
  if (error instanceof RangeError) return { kind: 'too-costly', message: 'is nested too deeply', offset: 0 }
  const offset = error instanceof Error && 'pos' in error && typeof error.pos === 'number' ? error.pos : 0
  const message = error instanceof SyntaxError ? error.message : 'the text cannot be read'
  return { kind: 'syntax', message: message.replace(/ \(\d+:\d+\)$/, ''), offset }
}
