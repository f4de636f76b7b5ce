import type { ParseResult } from '@ruby/prism/src/deserialize.js'
import { StatementsNode, type CallNode, type Node } from '@ruby/prism/src/nodes.js'
import type { Diagnostic } from '@rumi/kernel/base'
import { sourceLimits, type ParsedSkill } from '../language/index.ts'
import { findSourceProblems } from './check-source.ts'
import type { RubyParser } from './load-prism.ts'
import { endOf, findTangled, isWord, reachOf } from './read-call.ts'
import { readSkill, readSkillId } from './read-skill.ts'
import { report, type Reading } from './reading.ts'
import { mapSource, type SourceMap } from './source-map.ts'

/** Diagnostics of one source at most; a hostile one has a hundred thousand. */
const maximumDiagnostics = 200

/** What a source holds: the skills without errors, and everything that is wrong or was not read. */
export interface RubySkills {
  readonly skills: readonly ParsedSkill[]
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Reads the skills of a Ruby source as data. Nothing of it is evaluated.
 *
 * A skill with an error is left out, and so are all of an id that is defined twice: otherwise a second definition, or a
 * first one put before it, would replace a skill that must not change. A syntax error leaves out every skill of the file.
 *
 * @param file - Its path, for diagnostics.
 */
export function parseRubySkills(parser: RubyParser, text: string, file: string): RubySkills {
  const checked = findSourceProblems(parser, text, file)
  if (!checked.ok) return { skills: [], diagnostics: limit(checked.error) }
  const source = mapSource(text)
  const statements = statementsOf(checked.value)
  const calls = statements.filter((node) => isSkillCall(node))
  if (calls.length > sourceLimits.skillsInFile) {
    const message = `The file has ${calls.length} skills; ${sourceLimits.skillsInFile} are read.`
    const hint = 'Split it into several files.'
    return { skills: [], diagnostics: [{ severity: 'error', code: 'skill.limit', message, hint, file }] }
  }
  const tangled = findTangled(statements)
  const drafts = calls.map((call) => readDraft(call, { source, file, isTangled: tangled.has(call) }))
  const duplicates = findDuplicates(drafts)
  for (const draft of duplicates) {
    report(draft.reading, draft.call, {
      code: 'skill.duplicate',
      message: 'the file defines this id more than once, so none of these is loaded',
      hint: 'Keep one of them.',
    })
  }
  const ignored = statements.filter((node) => !isSkillCall(node)).map((node) => ignoredStatement(node, source, file))
  const end = findEnd(checked.value, source, file)
  const problems = drafts.flatMap(({ reading }) => reading.problems)
  const skills = drafts.flatMap(({ skill, reading }) => (skill && reading.problems.length === 0 ? [skill] : []))
  return { skills, diagnostics: limit([...problems, ...ignored, ...end]) }
}

/** The statements of a whole source. */
export function statementsOf(tree: ParseResult): readonly Node[] {
  const { statements } = tree.value
  return statements instanceof StatementsNode ? statements.body : []
}

interface Draft {
  readonly call: CallNode
  readonly reading: Reading
  readonly skill: ParsedSkill | undefined
}

interface Source {
  readonly source: SourceMap
  readonly file: string
  readonly isTangled: boolean
}

function isSkillCall(node: Node): node is CallNode {
  return isWord(node) && node.name === 'skill'
}

function readDraft(call: CallNode, { source, file, isTangled }: Source): Draft {
  const nameless: Reading = { source, file, subject: 'A skill without a name', problems: [], places: new Map() }
  const id = readSkillId(nameless, call)
  if (id === undefined) return { call, reading: nameless, skill: undefined }
  const reading = { ...nameless, subject: `Skill "${id}"` }
  if (isTangled || reachOf(call) > endOf(call.location)) {
    report(reading, call, {
      code: 'skill.form',
      message: 'the text of a heredoc reaches into or behind another statement',
      hint: 'Write one statement on a line.',
    })
  }
  const tree = readSkill(reading, call, id)
  const region = { start: source.index(call.location.startOffset), end: source.index(endOf(call.location)) }
  return { call, reading, skill: { tree, places: reading.places, region } }
}

function findDuplicates(drafts: readonly Draft[]): readonly Draft[] {
  const counts = new Map<string, number>()
  for (const { skill } of drafts) if (skill) counts.set(skill.tree.id, (counts.get(skill.tree.id) ?? 0) + 1)
  return drafts.filter(({ skill }) => skill !== undefined && (counts.get(skill.tree.id) ?? 0) > 1)
}

function ignoredStatement(node: Node, source: SourceMap, file: string): Diagnostic {
  const { line, column } = source.place(node.location.startOffset)
  const message = 'This statement is not a skill; it was not run and is ignored.'
  return { severity: 'warning', code: 'skill.form', message, file, line, column }
}

/** Ruby reads nothing behind `__END__`, and a reviewer may. */
function findEnd(tree: ParseResult, source: SourceMap, file: string): readonly Diagnostic[] {
  const at: unknown = tree.dataLoc
  if (typeof at !== 'object' || at === null || !('startOffset' in at) || typeof at.startOffset !== 'number') return []
  const { line, column } = source.place(at.startOffset)
  const message = 'What follows "__END__" is no part of the source.'
  return [{ severity: 'warning', code: 'skill.form', message, file, line, column }]
}

function limit(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length <= maximumDiagnostics) return diagnostics
  const [first] = diagnostics
  const message = `${diagnostics.length - maximumDiagnostics} more problems are not listed.`
  const more = {
    severity: first?.severity ?? 'error',
    code: 'skill.limit',
    message,
    ...(first?.file && { file: first.file }),
  }
  return [...diagnostics.slice(0, maximumDiagnostics), more]
}
