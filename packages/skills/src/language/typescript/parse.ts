import { err, ok, type Diagnostic, type Result } from '@rumi/kernel/base'
import { skillIdSchema } from '../../base/index.ts'
import { findHidingCharacter } from '../printing/quote.ts'
import { skillFields, skillTreeSchema, sourceLimits, type ParsedSkill, type SkillTree } from '../tree.ts'
import { hasOperands, readConstruction, type Construction } from './calls.ts'
import { readCodeField } from './code.ts'
import { readDefinitionNode } from './definition.ts'
import { readEffect } from './effects.ts'
import { readEvolve } from './evolve.ts'
import { readFields, readListField, readLiteralField, readTextField, readTextsField } from './fields.ts'
import { readText } from './literals.ts'
import type { ValueNode } from './nodes.ts'
import { openSource, type Source } from './source.ts'
import { findExport } from './statements.ts'
import { readProgram, type SyntaxProblem } from './syntax.ts'
import { readTool } from './tool.ts'

const SKILL = { names: ['skill'], form: "`export default skill('id', { … })`" } as const
/** Hidden characters that are reported one by one. */
const MOST_HIDDEN = 10

/**
 * Reads a skill written in TypeScript: one `export default skill('id', { … })` of literals and of the constructors of the
 * language; code stands only in methods, whose text is kept. Nothing is executed, imported or resolved.
 *
 * @param file - Path for the diagnostics; every problem of the source is one (codes: see `Finding`).
 */
export function parseSkillSource(text: string, file: string): Result<ParsedSkill, readonly Diagnostic[]> {
  if (isTooLarge(text)) {
    const message = `the source is larger than ${sourceLimits.bytes} bytes`
    const hint = 'Divide it into several skills.'
    return err([{ severity: 'error', code: 'skill.limit', message, file, line: 1, column: 1, hint }])
  }
  const source = openSource(text, file)
  reportHidden(source)
  const program = readProgram(text)
  if (!program.ok) {
    reportSyntax(source, program.error)
    return err(source.diagnostics())
  }
  const exported = findExport(source, program.value)
  const skill = exported && readSkill(source, exported)
  if (skill === undefined || source.diagnostics().length > 0) return err(source.diagnostics())
  return ok({ ...skill, places: source.places })
}

function isTooLarge(text: string): boolean {
  if (text.length > sourceLimits.bytes) return true
  return text.length * 3 > sourceLimits.bytes && new TextEncoder().encode(text).length > sourceLimits.bytes
}

function reportHidden(source: Source): void {
  // A byte order mark at the very beginning is a custom of some editors and hides nothing.
  let at = findHidingCharacter(source.text, source.text.startsWith('\ufeff') ? 1 : 0)
  for (let count = 0; at !== -1 && count < MOST_HIDDEN; count += 1) {
    const code = (source.text.codePointAt(at) ?? 0).toString(16).padStart(4, '0')
    const message = `the character U+${code.toUpperCase()} is not allowed in a source: it hides what the text says`
    source.report({ start: at }, { code: 'skill.syntax', message, hint: `Write it as "\\u${code}" in a text.` })
    at = findHidingCharacter(source.text, at + 1)
  }
}

function reportSyntax(source: Source, { kind, message, offset }: SyntaxProblem): void {
  if (kind === 'too-costly') {
    const hint = 'Write it with less nesting, and close every bracket.'
    source.report({ start: offset }, { code: 'skill.limit', message: `the source ${message}`, hint })
  } else {
    const hint = `A skill is TypeScript of this form: ${SKILL.form}.`
    const short = message.length > 200 ? `${message.slice(0, 200)}…` : message
    source.report({ start: offset }, { code: 'skill.syntax', message: short, hint })
  }
}

function readSkill(source: Source, node: ValueNode): Pick<ParsedSkill, 'tree' | 'region'> | undefined {
  const construction = readConstruction(source, node, SKILL)
  if (!construction || !hasOperands(source, construction, { least: 2, most: 2, form: SKILL.form })) return undefined
  source.mark('', construction.call)
  const id = readId(source, construction)
  const fields = readSkillFields(source, construction)
  if (id === undefined || fields === undefined || source.diagnostics().length > 0) return undefined
  // Through JSON, so that a field that was not written is absent; the schema then vouches for the whole.
  const tree = skillTreeSchema.parse(JSON.parse(JSON.stringify({ id, ...fields })))
  return { tree, region: { start: construction.call.start ?? 0, end: construction.call.end ?? 0 } }
}

function readId(source: Source, { operands }: Construction<'skill'>): string | undefined {
  const [operand] = operands
  if (operand === undefined) return undefined
  source.mark('/id', operand)
  const text = readText(source, operand)
  if (text === undefined || skillIdSchema.safeParse(text).success) return text
  const hint = 'An id is a letter and up to 63 letters, digits, "_" and "-".'
  source.report(operand, { code: 'skill.field', message: 'this is no skill id', hint })
  return undefined
}

function readSkillFields(source: Source, { operands }: Construction<'skill'>): Omit<SkillTree, 'id'> | undefined {
  const [, operand] = operands
  const fields = operand && readFields(source, operand, { pointer: '', keys: skillFields, form: SKILL.form })
  if (fields === undefined) return undefined
  return {
    version: readTextField(fields, 'version'),
    title: readTextField(fields, 'title'),
    use_when: readTextField(fields, 'use_when'),
    inputs: readTextsField(fields, 'inputs'),
    requires: readLiteralField(fields, 'requires'),
    depends_on: readLiteralField(fields, 'depends_on'),
    guarantees: readTextsField(fields, 'guarantees'),
    evolve: readEvolve(fields),
    content: readTextField(fields, 'content'),
    definition: readListField(fields, 'definition', (node, at) => readDefinitionNode(source, node, at)),
    formalization_notes: readTextField(fields, 'formalization_notes'),
    behavior: readCodeField(fields, 'behavior'),
    effects: readListField(fields, 'effects', (node, at) => readEffect(source, node, at)),
    tool: readTool(fields),
  }
}
