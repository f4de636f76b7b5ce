import { CST, Lexer } from 'yaml'

import type { Finding } from './report.ts'

/** Bounds on a flow file; they hold before its tree is built. */
export interface FlowLimits {
  /** Largest file in bytes; a file of exactly this size is read. */
  readonly maxBytes: number
  /** Deepest nesting of maps and lists; the outermost map is 1. */
  readonly maxDepth: number
  /** Most nodes: every map, list, key and single value counts. */
  readonly maxNodes: number
}

/** What the token scan found: positions are character offsets; `fatal` says that no tree must be built. */
interface ScanResult {
  readonly problems: readonly { readonly offset: number; readonly finding: Finding }[]
  readonly fatal: boolean
}

/** Refused wherever they stand: they make a reader see something else than what is written. */
const refusedTokens: Readonly<Record<string, Finding>> = {
  alias: { code: 'flow.yaml_alias', message: 'aliases are not allowed', hint: 'Write the value again.' },
  anchor: { code: 'flow.yaml_alias', message: 'anchors are not allowed', hint: 'Write the value where it is used.' },
  tag: { code: 'flow.yaml_tag', message: 'tags are not allowed', hint: 'Quote the value if it must be a text.' },
  'directive-line': { code: 'flow.yaml_directive', message: 'directives are not allowed', hint: 'Remove the line.' },
}

const quotedTokens: ReadonlySet<string> = new Set(['single-quoted-scalar', 'double-quoted-scalar'])

/**
 * Reads the tokens of a YAML text without building anything, because the tree builder recurses: `[[[[…` would exhaust
 * the stack, and aliases multiply (the alias bomb). Counts from below, so it never refuses what the exact count of the
 * finished tree admits.
 */
export function scanTokens(text: string, limits: FlowLimits): ScanResult {
  const problems: { offset: number; finding: Finding }[] = []
  const depth = createDepthMeter()
  const maxTokens = limits.maxNodes * 15 // lines of comments and blanks are tokens too
  let [offset, lineStart, nodes, tokens] = [0, 0, 0, 0]
  let content: 'none' | 'plain' | 'block' = 'none' // what the next token is the content of
  let pendingBlock = false
  const fatal = (finding: Finding): ScanResult => ({ problems: [...problems, { offset, finding }], fatal: true })

  for (const source of new Lexer().lex(text)) {
    tokens += 1
    if (tokens > maxTokens) return fatal(tooManyNodes(limits))
    const type = content === 'none' ? CST.tokenType(source) : null
    if (type === 'scalar') {
      // A zero-width mark: the text of the scalar follows as the next token.
      content = pendingBlock ? 'block' : 'plain'
      pendingBlock = false
      nodes += 1
      continue
    }
    if (type === 'doc-mode' || type === 'flow-error-end') continue
    if (type === 'block-scalar-header') pendingBlock = true
    const isQuoted = type !== null && quotedTokens.has(type)
    if (isQuoted || type === 'alias' || type === 'flow-map-start' || type === 'flow-seq-start') nodes += 1
    if (nodes > limits.maxNodes) return fatal(tooManyNodes(limits))
    const kind = content === 'plain' || isQuoted ? 'scalar' : content === 'block' ? null : type
    // The innermost single value stands one column deeper than the collection that holds it.
    if (depth.see(kind, offset - lineStart) > limits.maxDepth + 1) return fatal(tooDeep(limits))
    const refused = type === null ? undefined : refusedTokens[type]
    if (refused) problems.push({ offset, finding: refused })
    content = 'none'
    const newline = source.lastIndexOf('\n')
    if (newline >= 0) lineStart = offset + newline + 1
    offset += source.length
  }
  return { problems, fatal: false }
}

/** The refusal of a text with more than `limits.maxNodes` nodes. */
export function tooManyNodes(limits: FlowLimits): Finding {
  return {
    code: 'flow.nodes',
    message: `the maximum node count of ${limits.maxNodes} is exceeded`,
    hint: 'Split the flow; a step of type flow calls the parts.',
  }
}

/** The refusal of a text nested deeper than `limits.maxDepth`. */
export function tooDeep(limits: FlowLimits): Finding {
  return { code: 'flow.depth', message: `the maximum depth of ${limits.maxDepth} is exceeded` }
}

/** Follows brackets and, outside of brackets, the columns where nested block collections begin. */
function createDepthMeter(): { see(kind: string | null, column: number): number } {
  const columns: number[] = []
  let brackets = 0
  let afterScalar = false // on this line, so that ":" belongs to a key
  const open = (column: number): void => {
    while ((columns.at(-1) ?? -1) > column) columns.pop()
    if (columns.at(-1) !== column) columns.push(column)
  }
  return {
    see(kind, column) {
      if (kind === 'flow-map-start' || kind === 'flow-seq-start') brackets += 1
      else if (kind === 'flow-map-end' || kind === 'flow-seq-end') brackets = Math.max(0, brackets - 1)
      else if (kind === 'doc-start') columns.length = 0
      else if (brackets === 0) {
        const opens = kind === 'seq-item-ind' || kind === 'explicit-key-ind' || kind === 'scalar'
        if (opens || (kind === 'map-value-ind' && !afterScalar)) open(column)
      }
      if (kind === 'newline' || kind === 'map-value-ind' || kind === 'seq-item-ind') afterScalar = false
      if (kind === 'scalar' || kind === 'flow-map-end' || kind === 'flow-seq-end') afterScalar = true
      return columns.length + brackets
    },
  }
}
