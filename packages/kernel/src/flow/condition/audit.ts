import type { ASTNode } from '@marcbachmann/cel-js'

/** The parts of the context an expression reads: `whole`, or only the named members. */
export interface Selection {
  whole: boolean
  readonly members: Map<string, Selection>
}

/** Size of one part of an expression: its syntax nodes, and how many of them search a text in a text. */
interface Extent {
  nodes: number
  searches: number
}

/** What an accepted expression reads and how much work it can be; see `boundWork`. */
export interface ExpressionProfile {
  readonly reads: Selection
  /** Evaluated once. */
  readonly outside: Extent
  /** Evaluated once for every item of a list, inside of `exists`, `all` and `exists_one`. */
  readonly inside: Extent
  /** Number of `+`, each of which can make a text or a list as long as everything read. */
  joins: number
  /** Length of the longest text written in the expression itself. */
  longestText: number
}

/** A thing in an expression that is not allowed. */
interface ForbiddenPart {
  readonly message: string
  readonly hint?: string
}

const plainFunctions: ReadonlySet<string> = new Set(['has', 'size', 'int', 'double', 'string', 'bool'])
const methods: ReadonlySet<string> = new Set([
  'size',
  'startsWith',
  'endsWith',
  'contains',
  'lowerAscii',
  'upperAscii',
  'trim',
])
const macros: ReadonlySet<string> = new Set(['exists', 'all', 'exists_one'])

/**
 * Checks a parsed expression against a list of what is allowed, because a library may grow a function at any time.
 * Left out on purpose: `matches` (`(a+)+$` on 28 characters freezes the process for seconds), `map`, `filter`, `split`,
 * `join` and `cel.bind` (results that grow), `timestamp` and its time zones (the answer depends on the machine), and a
 * macro inside a macro (work grows with the square of a list).
 */
export function auditExpression(root: ASTNode): ExpressionProfile | ForbiddenPart {
  const profile: ExpressionProfile = {
    reads: { whole: false, members: new Map() },
    outside: { nodes: 0, searches: 0 },
    inside: { nodes: 0, searches: 0 },
    joins: 0,
    longestText: 0,
  }
  return visit(root, { profile, variable: undefined }) ?? profile
}

interface Scope {
  readonly profile: ExpressionProfile
  /** The iteration variable, inside of a macro. */
  readonly variable: string | undefined
}

function visit(node: ASTNode, scope: Scope): ForbiddenPart | undefined {
  const { profile } = scope
  const extent = scope.variable === undefined ? profile.outside : profile.inside
  extent.nodes += 1
  switch (node.op) {
    case 'value':
      if (typeof node.args === 'string') profile.longestText = Math.max(profile.longestText, node.args.length)
      return node.args instanceof Uint8Array ? { message: 'bytes are not allowed' } : undefined
    case 'id':
    case '.':
    case '[]':
      return visitAccess(node, scope)
    case 'call':
      if (!plainFunctions.has(node.args[0])) return forbiddenFunction(node.args[0])
      return visitAll(node.args[1], scope)
    case 'rcall':
      return visitMethod(node.args, scope)
    case '!_':
    case '-_':
      return visit(node.args, scope)
    case 'map':
      return visitAll(node.args.flat(), scope)
    case '.?':
    case '[?]':
      return { message: 'optional access is not allowed', hint: 'Ask with has(ctx.a).' }
    case '+':
      profile.joins += 1
      return visitAll(node.args, scope)
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '&&':
    case '||':
    case '?:':
    case 'in':
    case '-':
    case '*':
    case '/':
    case '%':
    case 'list':
      return visitAll(node.args, scope)
    default:
      return { message: 'this construct is not allowed' }
  }
}

function visitAll(nodes: readonly ASTNode[], scope: Scope): ForbiddenPart | undefined {
  for (const node of nodes) {
    const forbidden = visit(node, scope)
    if (forbidden) return forbidden
  }
  return undefined
}

function visitMethod(
  [name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]],
  scope: Scope,
): ForbiddenPart | undefined {
  if (!macros.has(name)) {
    if (!methods.has(name)) return forbiddenFunction(name)
    if (name === 'contains') (scope.variable === undefined ? scope.profile.outside : scope.profile.inside).searches += 1
    return visitAll([receiver, ...args], scope)
  }
  if (scope.variable !== undefined) {
    return { message: `"${name}" inside of another exists, all or exists_one is not allowed`, hint: 'Use a block.' }
  }
  const [variable, ...body] = args
  if (variable?.op !== 'id') return { message: `the first argument of "${name}" must be a name` }
  // Inside, "ctx" would no longer be the context, and what is read could not be told from the text.
  if (variable.args === 'ctx') return { message: '"ctx" cannot be the name of an item' }
  return visit(receiver, scope) ?? visitAll(body, { ...scope, variable: variable.args })
}

/** `ctx.a["b"].c` reads a.b.c; from the first computed part on, everything below is read. */
function visitAccess(node: ASTNode, scope: Scope): ForbiddenPart | undefined {
  const steps: (string | undefined)[] = []
  let root = node
  while (root.op === '.' || root.op === '[]') {
    if (root.op === '.') steps.unshift(root.args[1])
    else {
      const [, index] = root.args
      steps.unshift(index.op === 'value' && typeof index.args === 'string' ? index.args : undefined)
      const forbidden = visit(index, scope)
      if (forbidden) return forbidden
    }
    root = root.args[0]
  }
  if (root.op !== 'id') return visit(root, scope)
  if (root.args === scope.variable) return undefined
  if (root.args !== 'ctx') {
    return {
      message: `the name "${root.args}" is not known`,
      hint: 'Values are reached through ctx, texts have quotes.',
    }
  }
  select(scope.profile.reads, steps)
  return undefined
}

function select(reads: Selection, steps: readonly (string | undefined)[]): void {
  let current = reads
  for (const step of steps) {
    if (step === undefined) break
    const next = current.members.get(step) ?? { whole: false, members: new Map() }
    current.members.set(step, next)
    current = next
  }
  current.whole = true
}

function forbiddenFunction(name: string): ForbiddenPart {
  const known = [...plainFunctions, ...methods, ...macros]
  return { message: `the function "${name}" is not allowed`, hint: `Allowed are ${[...new Set(known)].join(', ')}.` }
}
