import type { JsonValue } from '@rumi/kernel/base'
import type { DefinitionNode } from '../../language/index.ts'
import { countSteps } from '../verify.ts'
import { codeSpan } from './code-span.ts'
import { heading, isBareCode, isBareProse, isBareStep, isBareWord, labels, marks, unknownLabel } from './words.ts'

/**
 * A definition as Markdown that people can read and `parseDecompiled` reads back without loss: one list item per node.
 * A text stands as it is where that says it exactly, else as JSON in a code span; options that are plain words stand in
 * brackets, the others as one JSON object behind them. Without nodes: ''.
 *
 * @example "- **Requirement** (`limit`): `count < 3` [required, timing: before_apply]"
 */
export function decompileDefinition(definition: readonly DefinitionNode[] | null | undefined): string {
  if (definition === null || definition === undefined || definition.length === 0) return ''
  return [heading, '', ...definition.map(writeNode), ''].join('\n')
}

function writeNode(node: DefinitionNode): string {
  const known = labels.get(node.type)
  const written = new Set<string>()
  const main = known === undefined ? `: type=${code(node.type)}` : writeMain(node, known.main)
  if (known !== undefined && main !== '') written.add(known.main)
  const attributes: string[] = []
  const others: [string, JsonValue][] = []
  for (const [key, value] of Object.entries(node.options)) {
    if (written.has(key)) continue
    const attribute = writeAttribute(key, value)
    if (attribute === undefined) others.push([key, value])
    else attributes.push(attribute)
  }
  return [
    `- **${known?.label ?? unknownLabel}** (${code(node.name)})${main}`,
    attributes.length > 0 ? ` [${attributes.join(', ')}]` : '',
    others.length > 0 ? `${marks.options}${codeSpan(writeObject(others))}` : '',
    node.source_span === null ? '' : `${marks.source}${codeSpan(writeJson(node.source_span))}`,
  ].join('')
}

/** The option that the line is about; '' when it must stand with the others. */
function writeMain({ options }: DefinitionNode, key: string): string {
  const value = Object.hasOwn(options, key) ? options[key] : undefined
  if (key === 'steps') return writeSteps(value)
  if (typeof value !== 'string') return ''
  if (key === 'prompt' && isBareProse(value)) return `: ${value}`
  return `: ${code(value)}`
}

function writeSteps(value: JsonValue | undefined): string {
  if (value === undefined || !Array.isArray(value)) return ''
  const steps: readonly JsonValue[] = value
  const texts = steps.filter((step) => typeof step === 'string')
  if (texts.length !== steps.length) return ''
  const shown = texts.map((step) => (isBareStep(step) ? step : code(step))).join(marks.step)
  return `: ${countSteps(texts.length)}${texts.length > 0 ? marks.steps : ''}${shown}`
}

function writeAttribute(key: string, value: JsonValue): string | undefined {
  if (!isBareWord(key)) return undefined
  if (key === 'required' && value === true) return key
  if (typeof value === 'boolean' || typeof value === 'number') return `${key}: ${writeJson(value)}`
  return typeof value === 'string' && isBareWord(value) ? `${key}: ${value}` : undefined
}

function code(text: string): string {
  return codeSpan(isBareCode(text) ? text : writeJson(text))
}

/** JSON whose line separators are escaped, so that a line stays one. */
function writeJson(value: JsonValue): string {
  return JSON.stringify(value).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter)
}

function writeObject(members: readonly (readonly [string, JsonValue])[]): string {
  return writeJson(Object.fromEntries(members))
}

function escapeCharacter(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
  }).join('')
}
