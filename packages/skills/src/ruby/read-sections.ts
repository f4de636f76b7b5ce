import { KeywordHashNode, type CallNode } from '@ruby/prism/src/nodes.js'
import type { SkillTree, SourceText } from '../language/index.ts'
import { expectNoValues, readBlock, readCode, readOnlyValue, readValues, valuesOf } from './read-call.ts'
import { readName, readNames, readPairs } from './read-literal.ts'
import { isTextNode, readText } from './read-text.ts'
import { notePlace, report, type Reading } from './reading.ts'

type Evolve = NonNullable<SkillTree['evolve']>
type Effect = NonNullable<SkillTree['effects']>[number]
type Tool = NonNullable<SkillTree['tool']>
type Input = Tool['input'][number]

/** Reads a single text, which may be empty. */
export function readTextField(reading: Reading, call: CallNode, pointer: string): string | undefined {
  const value = readOnlyValue(reading, call)
  if (value === undefined) return undefined
  notePlace(reading, value, pointer)
  if (isTextNode(value)) return readText(reading, value)
  return report(reading, value, {
    code: 'skill.form',
    message: `"${call.name}" takes a text`,
    hint: 'Put it in quotation marks; leave the line out when there is nothing to say.',
  })
}

/** Reads `evolve do allow …; deny …; when_condition(…) { … } end`; words that come again add to what was said. */
export function readEvolve(reading: Reading, call: CallNode): Evolve | undefined {
  expectNoValues(reading, call, '/evolve')
  const words = readBlock(reading, call)
  if (words === undefined) return undefined
  const rest = words.filter(({ name }) => name === 'when_condition')
  refuseOthers(reading, call, { words, known: ['allow', 'deny', 'when_condition'] })
  const allow = gatherNames(reading, words, { word: 'allow', pointer: '/evolve/allow' })
  const deny = gatherNames(reading, words, { word: 'deny', pointer: '/evolve/deny' })
  const conditions = rest.map((word, index) => readCondition(reading, word, `/evolve/conditions/${index}`))
  const known = conditions.filter((condition) => condition !== undefined)
  return { allow, deny, ...(known.length > 0 && { conditions: known }) }
}

/** Reads one `effect :name do requires …; records …; run { … } end`. */
export function readEffect(reading: Reading, call: CallNode, index: number): Effect | undefined {
  const pointer = `/effects/${index}`
  const name = readBlockName(reading, call, pointer)
  const words = readBlock(reading, call)
  if (name === undefined || words === undefined) return undefined
  refuseOthers(reading, call, { words, known: ['requires', 'records', 'run'] })
  const run = readCodeOnce(reading, words, { word: 'run', pointer: `${pointer}/run` })
  return {
    name,
    requires: gatherNames(reading, words, { word: 'requires', pointer: `${pointer}/requires` }),
    records: gatherNames(reading, words, { word: 'records', pointer: `${pointer}/records` }),
    ...(run !== undefined && { run }),
  }
}

/** Reads `tool do name …; description …; input do … end; execute { … } end`. */
export function readTool(reading: Reading, call: CallNode): Tool | undefined {
  expectNoValues(reading, call, '/tool')
  const words = readBlock(reading, call)
  if (words === undefined) return undefined
  refuseOthers(reading, call, { words, known: ['name', 'description', 'input', 'execute'] })
  const name = readTextOnce(reading, words, { word: 'name', pointer: '/tool/name' })
  const description = readTextOnce(reading, words, { word: 'description', pointer: '/tool/description' })
  const input = findOnce(reading, words, 'input')
  const execute = readCodeOnce(reading, words, { word: 'execute', pointer: '/tool/execute' })
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    input: input === undefined ? [] : readInput(reading, input),
    ...(execute !== undefined && { execute }),
  }
}

interface Wanted {
  readonly word: string
  readonly pointer: string
}

function readCondition(
  reading: Reading,
  call: CallNode,
  pointer: string,
): { readonly name: string; readonly source: SourceText } | undefined {
  const name = readBlockName(reading, call, pointer)
  const source = readCode(reading, call, `${pointer}/source`)
  return name === undefined || source === undefined ? undefined : { name, source }
}

/** The name of a word that takes one and a block. */
function readBlockName(reading: Reading, call: CallNode, pointer: string): string | undefined {
  notePlace(reading, call, pointer)
  const [value, extra] = valuesOf(call)
  if (value !== undefined && extra === undefined) return readName(reading, value, `${pointer}/name`)
  return report(reading, call, { code: 'skill.form', message: `"${call.name}" takes one name and a block` })
}

function gatherNames(reading: Reading, words: readonly CallNode[], wanted: Wanted): readonly string[] {
  const calls = words.filter(({ name }) => name === wanted.word)
  const values = calls.flatMap((call) => readValues(reading, call) ?? [])
  return readNames(reading, values, wanted.pointer) ?? []
}

function findOnce(reading: Reading, words: readonly CallNode[], word: string): CallNode | undefined {
  const [first, second] = words.filter(({ name }) => name === word)
  if (second !== undefined) {
    report(reading, second, { code: 'skill.duplicate', message: `"${word}" is written twice` })
  }
  return first
}

function readTextOnce(reading: Reading, words: readonly CallNode[], wanted: Wanted): string | undefined {
  const call = findOnce(reading, words, wanted.word)
  return call === undefined ? undefined : readTextField(reading, call, wanted.pointer)
}

function readCodeOnce(reading: Reading, words: readonly CallNode[], wanted: Wanted): SourceText | undefined {
  const call = findOnce(reading, words, wanted.word)
  if (call === undefined) return undefined
  expectNoValues(reading, call, wanted.pointer)
  return readCode(reading, call, wanted.pointer)
}

function readInput(reading: Reading, call: CallNode): readonly Input[] {
  expectNoValues(reading, call, '/tool/input')
  const words = readBlock(reading, call) ?? []
  refuseOthers(reading, call, { words, known: ['property', 'required'] })
  const properties = words.filter(({ name }) => name === 'property')
  const read = properties.map((word, index) => readProperty(reading, word, `/tool/input/${index}`))
  const inputs = read.filter((input) => input !== undefined)
  const names = inputs.map(({ name }) => name)
  const required = gatherNames(reading, words, { word: 'required', pointer: '/tool/required' })
  const unknown = required.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    report(reading, call, { code: 'skill.form', message: `"${unknown}" is required and no property` })
  }
  if (new Set(names).size < names.length) {
    report(reading, call, { code: 'skill.duplicate', message: 'two properties have the same name' })
  }
  for (const pointer of reading.places.keys()) {
    if (pointer.startsWith('/tool/required/')) reading.places.delete(pointer)
  }
  return inputs.map((input) => ({ ...input, required: required.includes(input.name) }))
}

function readProperty(reading: Reading, call: CallNode, pointer: string): Input | undefined {
  notePlace(reading, call, pointer)
  const values = readValues(reading, call)
  if (values === undefined) return undefined
  const [first, second, extra] = values
  if (first === undefined || !(second instanceof KeywordHashNode) || extra !== undefined) {
    return report(reading, call, { code: 'skill.form', message: '"property" takes a name, type: and description:' })
  }
  const name = readName(reading, first, `${pointer}/name`)
  const options = readPairs(reading, second, pointer)
  if (name === undefined || options === undefined) return undefined
  const { type, description, ...others } = options
  const [other] = Object.keys(others)
  const isText = description === undefined || typeof description === 'string'
  if (other !== undefined || typeof type !== 'string' || !isText) {
    const message = other === undefined ? 'type: and description: are texts' : `a property has no "${other}"`
    return report(reading, call, { code: 'skill.form', message })
  }
  return { name, type, ...(description !== undefined && { description }), required: false }
}

function refuseOthers(
  reading: Reading,
  call: CallNode,
  { words, known }: { readonly words: readonly CallNode[]; readonly known: readonly string[] },
): void {
  for (const word of words) {
    if (known.includes(word.name)) continue
    report(reading, word, {
      code: 'skill.field',
      message: `"${word.name}" is no word of "${call.name}"`,
      hint: `Write ${known.join(', ')}.`,
    })
  }
}

/** Reads `guarantees`: names, a list of them, or a block in which every bare word is one. */
export function readGuarantees(reading: Reading, call: CallNode): readonly string[] | undefined {
  notePlace(reading, call, '/guarantees')
  if (call.block === null) return readNames(reading, valuesOf(call), '/guarantees')
  expectNoValues(reading, call, '/guarantees')
  const words = readBlock(reading, call)
  return words?.map((word, index) => readBareWord(reading, word, `/guarantees/${index}`))
}

function readBareWord(reading: Reading, call: CallNode, pointer: string): string {
  notePlace(reading, call, pointer)
  const [value] = valuesOf(call)
  if (value !== undefined || call.block !== null || call.openingLoc !== null) {
    report(reading, call, {
      code: 'skill.form',
      message: `the guarantee "${call.name}" is a bare word and takes nothing`,
    })
  }
  return call.name
}
