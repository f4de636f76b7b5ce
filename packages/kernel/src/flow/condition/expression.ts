import { Environment, EvaluationError, ParseError, TypeError as CelTypeError, type ASTNode } from '@marcbachmann/cel-js'

import { err, ok, type JsonObject, type Result } from '../../base/index.ts'
import { splitReferences, type Reference } from '../reference.ts'
import { auditExpression } from './audit.ts'
import type { Condition, ConditionProblem, Verdict } from './verdict.ts'
import { convertContext, isWithinWork } from './data.ts'
import { maskQuotes } from './mask.ts'

/** Bounds on the syntax, held by the parser of the library. */
const limits = { maxAstNodes: 128, maxDepth: 24, maxListElements: 64, maxMapEntries: 32, maxCallArguments: 4 }

/**
 * Compiles a CEL expression over `ctx`. Types are checked now where they are known (`"a" > 1` is refused); the context's
 * own types are only known when it runs. See `compileCondition` for the meaning and `auditExpression` for what is left out.
 */
export function compileExpression(text: string): Result<Condition, ConditionProblem> {
  const rewritten = rewriteReferences(text)
  if (!rewritten.ok) return rewritten
  const parsed = parse(rewritten.value, text)
  if (!parsed.ok) return parsed
  const { program, ast } = parsed.value
  const profile = auditExpression(ast)
  if ('message' in profile) return err({ kind: 'forbidden', ...profile })
  const failed = (error: string): Verdict => ({ value: false, missing: [], error })
  return ok({
    text,
    evaluate(context: JsonObject): Verdict {
      const data = convertContext(context, profile)
      if (data === undefined) return failed('the condition reads too much data')
      if (!isWithinWork(profile, data.size)) return failed('the condition would take too long on this much data')
      try {
        return { value: isTrue(program({ ctx: data.ctx })), missing: [] }
      } catch (error) {
        return explainFailure(error)
      }
    },
  })
}

/**
 * `${ctx.a.0}` becomes `ctx.a[0]`; members that are not CEL names are quoted. Only outside of quotes: inside, nothing is
 * expanded, and a reference there is refused because it would silently be compared as letters.
 */
function rewriteReferences(text: string): Result<string, ConditionProblem> {
  const masked = maskQuotes(text)
  if (masked === undefined) return err({ kind: 'syntax', message: 'a quote is not closed' })
  if (/"""|'''/.test(text) || /\w"/.test(masked)) {
    return err({ kind: 'forbidden', message: 'prefixed and triple-quoted texts are not allowed' })
  }
  let result = ''
  for (const { 0: run, index } of masked.matchAll(/"+|[^"]+/g)) {
    const parts = splitReferences(text.slice(index, index + run.length))
    if (run.startsWith('"') && parts.some((part) => typeof part !== 'string')) {
      const hint = 'Write the reference without quotes, or $$ for a literal $.'
      return err({ kind: 'syntax', message: 'a reference inside of quotes is not expanded', hint })
    }
    result += parts.map((part) => (typeof part === 'string' ? part : toCel(part))).join('')
  }
  return ok(result)
}

function toCel(reference: Reference): string {
  const accessors = reference.path.map((segment) => {
    if (/^(?:0|[1-9]\d{0,8})$/.test(segment)) return `[${segment}]`
    const isName = /^[A-Za-z_][A-Za-z0-9_]*$/.test(segment) && !/^(?:in|true|false|null)$/.test(segment)
    return isName ? `.${segment}` : `[${JSON.stringify(segment)}]`
  })
  return `ctx${accessors.join('')}`
}

interface Parsed {
  readonly program: (context: { readonly ctx: unknown }) => unknown
  readonly ast: ASTNode
}

function parse(expression: string, written: string): Result<Parsed, ConditionProblem> {
  try {
    const program = createEnvironment().parse(expression)
    const { valid, error } = program.check()
    if (valid) return ok({ program: (context) => program(context), ast: program.ast })
    return err(explainSyntax(error, written))
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    return err(explainSyntax(error, written))
  }
}

/** JSON has one kind of number, CEL two: without these, `ctx.price * 2` would work for 9 and fail for 9.5. */
function createEnvironment(): Environment {
  const environment = new Environment({ homogeneousAggregateLiterals: false, limits })
  environment.registerVariable('ctx', 'map<string, dyn>')
  for (const [left, right] of [
    ['int', 'double'],
    ['double', 'int'],
  ]) {
    environment.registerOperator(`${left} + ${right}: double`, (a, b) => Number(a) + Number(b))
    environment.registerOperator(`${left} - ${right}: double`, (a, b) => Number(a) - Number(b))
    environment.registerOperator(`${left} * ${right}: double`, (a, b) => Number(a) * Number(b))
    environment.registerOperator(`${left} / ${right}: double`, (a, b) => Number(a) / Number(b))
  }
  return environment
}

/** The library's own words, unless the mistake is one that people make who know another notation. */
function explainSyntax(error: unknown, written: string): ConditionProblem {
  const refuse = (message: string, hint: string): ConditionProblem => ({ kind: 'syntax', message, hint })
  const summary = describe(error)
  if (/(?<![.\w])(?:and|or|not)\b/i.test(written)) {
    return refuse('"and", "or" and "not" are not operators', 'Write && for and, || for or, ! for not.')
  }
  if (/(?<![.\w])(?:none|True|TRUE|False|FALSE)\b/i.test(written)) {
    return refuse(summary, 'Outside of a single comparison write null, true and false.')
  }
  if (/(?<![=!<>])=(?!=)/.test(written)) return refuse(summary, 'Write == to compare.')
  return refuse(summary, 'Use one comparison such as ${ctx.a} == "x", or CEL such as ctx.n > 5 && has(ctx.user).')
}

function explainFailure(error: unknown): Verdict {
  if (error instanceof EvaluationError && (error.code === 'no_such_key' || error.code === 'index_out_of_bounds')) {
    const { node } = error
    return { value: false, missing: [node ? node.input.slice(node.start, node.end) : 'ctx'] }
  }
  // Whatever else the library throws on a stranger's data: the guard does not pass, the run goes on and shows why.
  return { value: false, missing: [], error: describe(error) }
}

function describe(error: unknown): string {
  const isCelError = error instanceof EvaluationError || error instanceof CelTypeError || error instanceof ParseError
  return isCelError ? error.summary : 'the condition could not be evaluated'
}

function isTrue(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value)
  if (Array.isArray(value)) return value.length > 0
  return value instanceof Map ? value.size > 0 : Object.keys(value).length > 0
}
