import { CST, isMap, isScalar, Lexer, LineCounter, parseAllDocuments, type Pair, type Scalar, type YAMLMap } from 'yaml'
import { err, ok, type Diagnostic, type Result } from '@rumi/kernel/base'

/** Where the settings are, relative to the data folder. */
export const configPath = 'skills/config.yml'

const limits = { characters: 64 * 1024, brackets: 8 } as const

/** A settings file that was read: its outermost map (undefined: the file holds nothing) and what positions mean. */
export interface ConfigSource {
  readonly text: string
  readonly map: YAMLMap | undefined
  /** Line and column of an offset, both from 1. */
  readonly place: (offset: number) => { readonly line: number; readonly column: number }
}

/** A member of a map whose key is a plain text. */
export interface ConfigPair {
  readonly key: string
  readonly keyNode: Scalar
  readonly value: unknown
}

/**
 * Reads YAML 1.2 with positions: one document, no aliases, anchors, tags or explicit keys, bounded before it is parsed.
 * The errors say all that is wrong with its form; keys are not judged here.
 */
export function readConfigSource(text: string): Result<ConfigSource, readonly Diagnostic[]> {
  const lines = new LineCounter()
  lines.addNewLine(0)
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1)
  const place = (offset: number) => ({ line: lines.linePos(offset).line, column: lines.linePos(offset).col })
  const problem = (offset: number, message: string): Diagnostic => configError('config.yaml', message, place(offset))

  const refused = findRefusedForm(text)
  if (refused !== undefined) return err([problem(refused.offset, refused.message)])
  const documents = [...parseAllDocuments(text, yamlOptions)]
  const [document, second] = documents
  if (document === undefined) return ok({ text, map: undefined, place })
  if (second !== undefined) return err([problem(second.range[0], 'the file holds more than one document')])
  if (document.errors.length > 0)
    return err(document.errors.map(({ pos, message }) => problem(pos[0], message.slice(0, 300))))
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.value === null)) return ok({ text, map: undefined, place })
  if (!isMap(contents)) return err([problem(0, 'the file must be a map of keys and values')])
  return ok({ text, map: contents, place })
}

const yamlOptions = {
  version: '1.2',
  schema: 'core',
  strict: true,
  merge: false,
  resolveKnownTags: false,
  uniqueKeys: false, // reported with their places by the reader
  prettyErrors: false,
  logLevel: 'silent',
} as const

/** The members of a map in order, a repeated key as often as it is written; a key that is no plain text has key ''. */
export function listPairs(map: YAMLMap): readonly ConfigPair[] {
  return map.items.flatMap(({ key, value }: Pair) =>
    isScalar(key) ? [{ key: typeof key.value === 'string' ? key.value : '', keyNode: key, value }] : [],
  )
}

/** The first member with this key. */
export function findPair(map: YAMLMap, key: string): ConfigPair | undefined {
  return listPairs(map).find((pair) => pair.key === key)
}

/** A problem of the settings file that makes the strictest settings hold. */
export function configError(
  code: string,
  message: string,
  at: { readonly line?: number; readonly column?: number; readonly hint?: string } = {},
): Diagnostic {
  return { severity: 'error', code, message, file: configPath, ...at }
}

const refusedTokens: Readonly<Record<string, string>> = {
  alias: 'aliases are not allowed; write the value again',
  anchor: 'anchors are not allowed; write the value where it is used',
  tag: 'tags are not allowed',
  'directive-line': 'directives are not allowed',
  'explicit-key-ind': 'keys that begin with "?" are not allowed',
}

/** The parser recurses: `[[[[…` and `- - - -…` would exhaust its stack, and aliases multiply. So tokens come first. */
function findRefusedForm(text: string): { readonly offset: number; readonly message: string } | undefined {
  if (text.length > limits.characters)
    return { offset: 0, message: `the file is larger than ${limits.characters} characters` }
  // YAML 1.2 §5.1 allows none of these, and the lexer uses some of them as its own marks.
  const control = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/)
  if (control >= 0) return { offset: control, message: 'the file has a control character' }
  let [offset, brackets, dashes] = [0, 0, 0]
  let isScalarText = false
  for (const source of new Lexer().lex(text)) {
    const type: string | null = isScalarText ? null : CST.tokenType(source)
    isScalarText = type === 'scalar' // a mark without width; the text follows
    if (type === 'scalar' || type === 'doc-mode' || type === 'flow-error-end') continue
    const message = type === null ? undefined : refusedTokens[type]
    if (message !== undefined) return { offset, message }
    if (type === 'flow-map-start' || type === 'flow-seq-start') brackets += 1
    if (type === 'flow-map-end' || type === 'flow-seq-end') brackets -= 1
    dashes = type === 'seq-item-ind' ? dashes + 1 : source.includes('\n') ? 0 : dashes
    if (brackets > limits.brackets || dashes > limits.brackets)
      return { offset, message: 'the file is nested too deep' }
    offset += source.length
  }
  return undefined
}
