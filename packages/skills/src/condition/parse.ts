import { err, ok, type Result } from '@rumi/kernel/base'
import { conditionLimits, type Comparison, type Condition, type ConditionProblem, type Expression } from './syntax.ts'
import { operandWords, readTokens, syntaxProblem, type Token } from './tokens.ts'

type Parsed = Result<Expression, ConditionProblem>

/** Where the parser stands; made anew for each text. */
interface Cursor {
  readonly tokens: readonly Token[]
  at: number
  nodes: number
}

const comparisons: ReadonlyMap<string, Comparison> = new Map(
  (['==', '!=', '<', '<=', '>', '>='] as const).map((operator) => [operator, operator]),
)
const reserved: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in'])
const questions: ReadonlySet<string> = new Set(['can_evolve', 'can_evolve?', 'skill.can_evolve', 'skill.can_evolve?'])
const afterOperand = ['and', 'or', 'in', 'not in', '== != < <= > >=', 'the end']

/**
 * Reads a condition: `or` binds weakest, then `and`, then `not`, then one comparison or `in`; `||`, `&&` and `!` are the
 * same words. Values are numbers, quoted texts, symbols, true, false, null (or nil), lists and names with dots. The only
 * question is `can_evolve(field)`; `skill.can_evolve?(:content)` and `evolve deny :all` are read as they always were.
 * Nothing else is: no call, no arithmetic, no index, so a condition can only ever look at what is bound.
 */
export function parseCondition(text: string): Result<Condition, ConditionProblem> {
  const tokens = readTokens(text)
  if (!tokens.ok) return tokens
  const cursor: Cursor = { tokens: tokens.value, at: 0, nodes: 0 }
  const root = parseOr(cursor, 0)
  if (!root.ok) return root
  const rest = peek(cursor)
  if (rest.kind !== 'end') return err(unexpected(rest, afterOperand))
  return ok({ text, root: root.value })
}

function parseOr(cursor: Cursor, depth: number): Parsed {
  return parseChain(cursor, { kind: 'or', words: ['or', '||'], next: () => parseAnd(cursor, depth) })
}

function parseAnd(cursor: Cursor, depth: number): Parsed {
  return parseChain(cursor, { kind: 'and', words: ['and', '&&'], next: () => parseNot(cursor, depth) })
}

interface Chain {
  readonly kind: 'and' | 'or'
  readonly words: readonly string[]
  readonly next: () => Parsed
}

function parseChain(cursor: Cursor, { kind, words, next }: Chain): Parsed {
  const first = next()
  if (!first.ok) return first
  const operands = [first.value]
  while (words.some((word) => isWord(peek(cursor), word))) {
    cursor.at += 1
    const operand = next()
    if (!operand.ok) return operand
    operands.push(operand.value)
  }
  return operands.length === 1 ? first : made(cursor, { kind, operands })
}

function parseNot(cursor: Cursor, depth: number): Parsed {
  if (!isWord(peek(cursor), 'not') && !isWord(peek(cursor), '!')) return parseComparison(cursor, depth)
  const deep = tooDeep(cursor, depth)
  if (deep) return err(deep)
  cursor.at += 1
  const operand = parseNot(cursor, depth + 1)
  return operand.ok ? made(cursor, { kind: 'not', operand: operand.value }) : operand
}

function parseComparison(cursor: Cursor, depth: number): Parsed {
  const left = parseOperand(cursor, depth)
  if (!left.ok) return left
  const word = peek(cursor)
  const operator = word.kind === 'sign' ? comparisons.get(word.text) : undefined
  if (operator !== undefined) {
    cursor.at += 1
    const right = parseOperand(cursor, depth)
    return right.ok ? made(cursor, { kind: 'compare', operator, left: left.value, right: right.value }) : right
  }
  const isNegated = isWord(word, 'not')
  if (!isNegated && !isWord(word, 'in')) return left
  cursor.at += 1
  if (isNegated && !takeWord(cursor, 'in')) return err(unexpected(peek(cursor), ['in']))
  const right = parseOperand(cursor, depth)
  if (!right.ok) return right
  const member = made(cursor, { kind: 'in', left: left.value, right: right.value })
  return member.ok && isNegated ? made(cursor, { kind: 'not', operand: member.value }) : member
}

function parseOperand(cursor: Cursor, depth: number): Parsed {
  const token = peek(cursor)
  switch (token.kind) {
    case 'number':
    case 'text':
    case 'symbol':
      cursor.at += 1
      return made(cursor, { kind: 'literal', value: token.value })
    case 'name':
      return parseWord(cursor, token)
    case 'sign':
      if (token.text === '(') return parseGroup(cursor, depth)
      if (token.text === '[') return parseList(cursor, depth)
      return err(unexpected(token, operandWords))
    case 'end':
    default:
      return err(unexpected(token, operandWords))
  }
}

function parseGroup(cursor: Cursor, depth: number): Parsed {
  const deep = tooDeep(cursor, depth)
  if (deep) return err(deep)
  cursor.at += 1
  const inner = parseOr(cursor, depth + 1)
  if (!inner.ok) return inner
  return takeWord(cursor, ')') ? inner : err(unexpected(peek(cursor), [')', ...afterOperand.slice(0, -1)]))
}

function parseList(cursor: Cursor, depth: number): Parsed {
  const deep = tooDeep(cursor, depth)
  if (deep) return err(deep)
  cursor.at += 1
  const items: Expression[] = []
  if (takeWord(cursor, ']')) return made(cursor, { kind: 'list', items })
  for (;;) {
    const item = parseOperand(cursor, depth + 1)
    if (!item.ok) return item
    items.push(item.value)
    if (takeWord(cursor, ']')) return made(cursor, { kind: 'list', items })
    if (!takeWord(cursor, ',')) return err(unexpected(peek(cursor), [',', ']']))
  }
}

function parseWord(cursor: Cursor, token: Token & { readonly kind: 'name' }): Parsed {
  if (reserved.has(token.text)) return err(unexpected(token, operandWords))
  cursor.at += 1
  if (token.text === 'true' || token.text === 'false') {
    return made(cursor, { kind: 'literal', value: token.text === 'true' })
  }
  if (token.text === 'null' || token.text === 'nil') return made(cursor, { kind: 'literal', value: null })
  if (isWord(peek(cursor), '(')) return parseQuestion(cursor, token)
  if (token.text === 'evolve' && isWord(peek(cursor), 'deny')) return parseDenial(cursor)
  if (token.text.endsWith('?')) return err(unexpected(token, ['can_evolve(field)', 'a name without "?"']))
  return made(cursor, { kind: 'name', name: token.text })
}

function parseQuestion(cursor: Cursor, token: Token & { readonly kind: 'name' }): Parsed {
  if (!questions.has(token.text)) return err(unexpected(token, ['can_evolve(field)', 'a name without "("']))
  cursor.at += 1
  const field = peek(cursor)
  if (field.kind !== 'name' && field.kind !== 'text' && field.kind !== 'symbol') {
    return err(unexpected(field, ['the name of a field, such as :content', 'a name that is bound to one']))
  }
  const operand = parseOperand(cursor, conditionLimits.depth)
  if (!operand.ok) return operand
  if (!takeWord(cursor, ')')) return err(unexpected(peek(cursor), [')']))
  return made(cursor, { kind: 'can-evolve', field: operand.value })
}

/** `evolve deny :all`, as the language of skills writes it. */
function parseDenial(cursor: Cursor): Parsed {
  cursor.at += 1
  const what = peek(cursor)
  if (what.kind !== 'symbol' || what.value !== 'all') return err(unexpected(what, [':all']))
  cursor.at += 1
  return made(cursor, { kind: 'denies-all' })
}

function made(cursor: Cursor, expression: Expression): Parsed {
  cursor.nodes += 1
  if (cursor.nodes <= conditionLimits.nodes) return ok(expression)
  const message = `a condition has at most ${conditionLimits.nodes} parts`
  return err({ kind: 'too-many-parts', column: peek(cursor).column, message, expected: ['the end'] })
}

function tooDeep(cursor: Cursor, depth: number): ConditionProblem | undefined {
  if (depth < conditionLimits.depth) return undefined
  const message = `nested deeper than ${conditionLimits.depth}`
  return { kind: 'too-deep', column: peek(cursor).column, message, expected: operandWords.slice(0, 4) }
}

function unexpected(token: Token, expected: readonly string[]): ConditionProblem {
  return syntaxProblem({ column: token.column, message: `${describeToken(token)} cannot stand here`, expected })
}

function describeToken(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end'
    case 'name':
    case 'sign':
      return JSON.stringify(clip(token.text))
    case 'number':
      return `the number ${token.value}`
    case 'text':
    case 'symbol':
    default:
      return `the text ${JSON.stringify(clip(token.value))}`
  }
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

function peek(cursor: Cursor): Token {
  return cursor.tokens[cursor.at] ?? { kind: 'end', column: 1 }
}

function takeWord(cursor: Cursor, text: string): boolean {
  const isThere = isWord(peek(cursor), text)
  if (isThere) cursor.at += 1
  return isThere
}

function isWord(token: Token, text: string): boolean {
  return (token.kind === 'sign' || token.kind === 'name') && token.text === text
}
