import type { JsonValue } from '@rumi/kernel/base'
import type { SourceText } from '../language/index.ts'
import { findSourceProblems } from './check-source.ts'
import type { RubyParser } from './load-prism.ts'
import { statementsOf } from './parse-ruby-skills.ts'
import { readLiteral } from './read-literal.ts'
import type { Reading } from './reading.ts'
import { mapSource } from './source-map.ts'

/**
 * The value of a behavior that is nothing but one literal, such as the lists of an older policy. It is read, not run:
 * undefined for every other behavior.
 */
export function readLiteralBehavior(parser: RubyParser, behavior: SourceText): JsonValue | undefined {
  if (behavior.language !== 'ruby') return undefined
  const parsed = findSourceProblems(parser, behavior.text, '')
  if (!parsed.ok || parsed.value.dataLoc !== null) return undefined
  const [statement, extra] = statementsOf(parsed.value)
  if (statement === undefined || extra !== undefined) return undefined
  const source = mapSource(behavior.text)
  const reading: Reading = { source, file: '', subject: 'The behavior', problems: [], places: new Map() }
  const value = readLiteral(reading, statement, '')
  return reading.problems.length === 0 ? value : undefined
}
