import type { ObjectMember, Operand } from './syntax.ts'

/** Any node that may stand where a value is expected. */
export type ValueNode = Operand | Extract<ObjectMember, { readonly type: 'ObjectProperty' }>['value']

/** What a node is, for a message. @example 'the name "x"' */
export function describeNode(node: ValueNode): string {
  if (node.type === 'Identifier') return `the name "${shorten(node.name)}"`
  if (node.type === 'CallExpression') {
    return node.callee.type === 'Identifier' ? `a call of "${shorten(node.callee.name)}"` : 'a call'
  }
  if (node.type === 'TemplateLiteral') return node.expressions.length === 0 ? 'a text' : 'a template with "${…}"'
  return WORDS.get(node.type) ?? 'an expression'
}

/** Whether a node is plain data, be it of the wrong kind. */
export function isData(node: ValueNode): boolean {
  return DATA.has(node.type)
}

/** A stranger's word in a message: never longer than a line. */
export function shorten(word: string): string {
  return word.length > 60 ? `${word.slice(0, 60)}…` : word
}

const DATA: ReadonlySet<string> = new Set([
  'StringLiteral',
  'NumericLiteral',
  'BooleanLiteral',
  'NullLiteral',
  'ArrayExpression',
  'ObjectExpression',
])

const WORDS: ReadonlyMap<string, string> = new Map([
  ['StringLiteral', 'a text'],
  ['NumericLiteral', 'a number'],
  ['BooleanLiteral', 'true or false'],
  ['NullLiteral', 'null'],
  ['BigIntLiteral', 'a big integer'],
  ['RegExpLiteral', 'a regular expression'],
  ['ArrayExpression', 'a list'],
  ['ObjectExpression', 'an object'],
  ['ObjectMethod', 'a method'],
  ['SpreadElement', 'a spread "…"'],
  ['ArrowFunctionExpression', 'an arrow function'],
  ['FunctionExpression', 'a function'],
  ['ClassExpression', 'a class'],
  ['NewExpression', 'a "new" expression'],
  ['MemberExpression', 'a member access'],
  ['TaggedTemplateExpression', 'a tagged template'],
  ['TSAsExpression', 'a type assertion'],
  ['TSTypeAssertion', 'a type assertion'],
  ['TSSatisfiesExpression', 'a "satisfies" expression'],
  ['TSNonNullExpression', 'a "!" assertion'],
  ['UnaryExpression', 'a calculation'],
  ['BinaryExpression', 'a calculation'],
  ['LogicalExpression', 'a calculation'],
  ['ConditionalExpression', 'a choice "? :"'],
  ['AssignmentExpression', 'an assignment'],
])
