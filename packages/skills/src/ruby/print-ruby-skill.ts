import { err, isJsonObject, ok, type JsonObject, type Result } from '@rumi/kernel/base'
import { hashSkill, type DefinitionNode, type SkillTree, type SourceText } from '../language/index.ts'
import type { RubyParser } from './load-prism.ts'
import { parseRubySkills } from './parse-ruby-skills.ts'
import {
  printLiteral,
  printName,
  printNames,
  printPairs,
  printQuoted,
  printText,
  type TextStyle,
} from './print-literal.ts'
import { nodeWords } from './read-definition.ts'

/**
 * Writes a skill as Ruby that reads back as the same tree, without a line break at its end.
 *
 * The parser reads what was written before it is returned: code in a skill that closes its block too early would
 * otherwise bring another skill into the file.
 *
 * @returns The source, or the reason why Ruby cannot say this skill.
 */
export function printRubySkill(parser: RubyParser, tree: SkillTree): Result<string, string> {
  const foreign = codeOf(tree).find(({ language }) => language !== 'ruby')
  if (foreign !== undefined) return err(`a part of the skill is ${foreign.language} code, which is not translated`)
  for (const style of ['heredoc', 'quoted'] as const) {
    for (const block of ['fitting', 'words'] as const) {
      const printed = printSkill(tree, { style, block })
      if (!printed.ok) return printed
      const { skills, diagnostics } = parseRubySkills(parser, `${printed.value}\n`, '')
      const [skill, extra] = skills
      const isWhole = diagnostics.length === 0 && extra === undefined
      if (isWhole && skill && hashSkill(skill.tree) === hashSkill(tree)) return ok(printed.value)
    }
  }
  return err('the skill holds a name, text, list or piece of code that its Ruby form cannot say')
}

interface Manner {
  readonly style: TextStyle
  /** Whether code that ends without a space is put in braces. */
  readonly block: 'fitting' | 'words'
}

function codeOf(tree: SkillTree): readonly SourceText[] {
  return [
    tree.behavior,
    tree.tool?.execute,
    ...(tree.effects ?? []).map(({ run }) => run),
    ...(tree.evolve?.conditions ?? []).map(({ source }) => source),
  ].filter((code) => code !== undefined)
}

function printSkill(tree: SkillTree, manner: Manner): Result<string, string> {
  const definition = tree.definition?.map(printNode)
  const refused = definition?.find((node) => !node.ok)
  if (refused !== undefined) return refused
  const nodes = definition?.flatMap((node) => (node.ok ? [node.value] : []))
  const text = (word: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [`${word} ${printText(value, '  ', manner.style)}`]
  const lines = [
    ...text('version', tree.version),
    ...text('title', tree.title),
    ...text('use_when', tree.use_when),
    ...(tree.inputs === undefined ? [] : [`inputs ${printNames(tree.inputs)}`.trimEnd()]),
    ...printValue('requires', tree.requires),
    ...printValue('depends_on', tree.depends_on),
    ...printGuarantees(tree.guarantees),
    ...printEvolve(tree.evolve, manner),
    ...text('content', tree.content),
    ...(nodes === undefined ? [] : printBlock('definition', nodes)),
    ...text('formalization_notes', tree.formalization_notes),
    ...printCode('behavior', tree.behavior, manner),
    ...printEffects(tree.effects, manner),
    ...printTool(tree.tool, manner),
  ]
  return ok([`skill ${printName(tree.id)} do`, ...lines.map((line) => `  ${line}`), 'end'].join('\n'))
}

function printValue(word: string, value: SkillTree['requires']): readonly string[] {
  if (value === undefined) return []
  return [isJsonObject(value) ? `${word}(${printLiteral(value)})` : `${word} ${printLiteral(value)}`]
}

function printGuarantees(names: SkillTree['guarantees']): readonly string[] {
  if (names === undefined) return []
  const areBare = names.every((name) => /^[a-z][a-z0-9_]*$/.test(name) && !reserved.has(name))
  return areBare ? printBlock('guarantees', names) : [`guarantees [${printNames(names)}]`]
}

function printEvolve(evolve: SkillTree['evolve'], manner: Manner): readonly string[] {
  if (evolve === undefined) return []
  return printBlock('evolve', [
    ...printWord('allow', evolve.allow),
    ...printWord('deny', evolve.deny),
    ...(evolve.conditions ?? []).flatMap(({ name, source }) =>
      printCode(`when_condition(${printName(name)})`, source, manner),
    ),
  ])
}

function printEffects(effects: SkillTree['effects'], manner: Manner): readonly string[] {
  return (effects ?? []).flatMap(({ name, requires, records, run }) =>
    printBlock(`effect ${printName(name)}`, [
      ...printWord('requires', requires),
      ...printWord('records', records),
      ...printCode('run', run, manner),
    ]),
  )
}

function printTool(tool: SkillTree['tool'], manner: Manner): readonly string[] {
  if (tool === undefined) return []
  const properties = tool.input.map(({ name, type, description }) => {
    const options = { type, ...(description !== undefined && { description }) }
    return `property ${printName(name)}, ${printPairs(options)}`
  })
  const required = tool.input.filter((input) => input.required).map(({ name }) => name)
  return printBlock('tool', [
    ...(tool.name === undefined ? [] : [`name ${printQuoted(tool.name)}`]),
    ...(tool.description === undefined ? [] : [`description ${printQuoted(tool.description)}`]),
    ...(properties.length === 0 ? [] : printBlock('input', [...properties, ...printWord('required', required)])),
    ...printCode('execute', tool.execute, manner),
  ])
}

function printNode({ type, name, options, source_span: span }: DefinitionNode): Result<string, string> {
  const written: JsonObject = span === null ? options : { ...options, source_span: span }
  for (const [word, { type: itsType, mandatory }] of nodeWords) {
    const all = itsType === undefined ? { type, ...written } : written
    if (itsType !== undefined && itsType !== type) continue
    if (!mandatory.every((key) => Object.hasOwn(all, key))) continue
    const pairs = printPairs(all)
    return ok(`${word} ${printName(name)}${pairs === '' ? '' : `, ${pairs}`}`)
  }
  return err(`the node "${name}" lacks an option that its Ruby form must have`)
}

function printWord(word: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${word} ${printNames(names)}`]
}

function printBlock(head: string, lines: readonly string[]): readonly string[] {
  return [`${head} do`, ...lines.map((line) => `  ${line}`), 'end']
}

/** The code exactly as it is: its own first and last line belong to it. */
function printCode(head: string, code: SourceText | undefined, manner: Manner): readonly string[] {
  if (code === undefined) return []
  const isSpaced = /^[\s;|]/.test(code.text) && /[\s;]$/.test(code.text)
  const isInBraces = code.text === '' || (manner.block === 'fitting' && !isSpaced)
  return [isInBraces ? `${head} {${code.text}}` : `${head} do${code.text}end`]
}

/** Words that Ruby does not take as the name of a call in a block. */
const reserved: ReadonlySet<string> = new Set(
  `alias and begin break case class def defined do else elsif end ensure false for if in it module next nil not or redo
  rescue retry return self super then true undef unless until when while yield`.split(/\s+/),
)
