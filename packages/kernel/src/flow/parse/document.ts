import { LineCounter, parseAllDocuments } from 'yaml'

import { buildTree, type BuildScope } from './build-tree.ts'
import type { Place, Report } from './report.ts'
import { scanTokens, type FlowLimits } from './scan.ts'
import type { SourceNode } from './source-node.ts'

/**
 * Reads YAML 1.2 (core schema; JSON is a part of it) that a stranger wrote into a tree with positions. Everything
 * refused goes into the report; `undefined` means that there is no tree worth looking at.
 */
export function readDocument(bytes: Uint8Array, limits: FlowLimits, report: Report): SourceNode | undefined {
  const text = decode(bytes, limits, report)
  if (text === undefined) return undefined
  const lines = new LineCounter()
  lines.addNewLine(0)
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1)
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  if (hasControlCharacter(text, place, report)) return undefined
  const scan = scanTokens(text, limits)
  for (const { offset, finding } of scan.problems) report.error(place(offset), finding)
  if (scan.fatal) return undefined
  return compose(text, { limits, report, place })
}

function decode(bytes: Uint8Array, limits: FlowLimits, report: Report): string | undefined {
  if (bytes.length > limits.maxBytes) {
    report.error(undefined, { code: 'flow.size', message: `the file is larger than ${limits.maxBytes} bytes` })
    return undefined
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // The only failure of a fatal decoder is invalid UTF-8.
    report.error(undefined, { code: 'flow.utf8', message: 'the file is not valid UTF-8', hint: 'Save it as UTF-8.' })
    return undefined
  }
}

/** YAML §5.1 allows no control character but tab and line ends; the token scan also relies on it. */
function hasControlCharacter(text: string, place: BuildScope['place'], report: Report): boolean {
  const found = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(text)
  if (found === null) return false
  const code = (found[0].codePointAt(0) ?? 0).toString(16).padStart(4, '0')
  report.error(place(found.index), { code: 'flow.control_character', message: `the file has the character U+${code}` })
  return true
}

function compose(text: string, scope: BuildScope): SourceNode | undefined {
  const documents = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    merge: false,
    resolveKnownTags: false,
    uniqueKeys: false, // the library compares every pair of keys; buildTree looks into a map
    prettyErrors: false,
    logLevel: 'silent',
  })
  const [document, second] = [...documents]
  if (document === undefined || document.contents === null) {
    scope.report.error({ line: 1, column: 1 }, { code: 'flow.empty', message: 'the file is empty' })
    return undefined
  }
  if (second !== undefined) {
    scope.report.error(scope.place(second.range[0]), {
      code: 'flow.yaml_documents',
      message: 'a file holds one flow; this is a second document',
      hint: 'Move it to a file of its own.',
    })
  }
  // Aliases and directives are reported by the scan, with a hint.
  const errors = document.errors.filter(({ code }) => code !== 'BAD_ALIAS' && code !== 'BAD_DIRECTIVE')
  for (const error of errors)
    scope.report.error(scope.place(error.pos[0]), { code: 'flow.yaml', message: error.message })
  return errors.length > 0 ? undefined : buildTree(document.contents, scope)
}
