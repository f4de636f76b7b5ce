import type { Expectation, Plain } from './expectations.ts'
import type { Sentence } from './sentences.ts'
import { timeUnits } from './stop-words.ts'
import type { ReadWords, Word } from './words.ts'

/** A value that a sentence states where a node fixes one. */
export interface Statement {
  readonly line: number
  /** As it is written. */
  readonly shown: string
  /** `name`: the name itself stands before it. `words`: the words of the name stand around it. */
  readonly form: 'name' | 'words'
  readonly agrees: boolean
}

type NumberWord = Word & { readonly kind: 'number' }

/** Words of a name that say how a number is meant, and need not be repeated by the content. */
const qualifiers: ReadonlySet<string> = new Set([
  ...['max', 'min', 'maximum', 'minimum', 'limit', 'count', 'number', 'total', 'per', 'at', 'of', 'the', 'default'],
])

/** How far a number may stand from a word of the name, in words. */
const reach = { oneWord: 3, moreWords: 6 }

/** An expectation, prepared to be looked for in many sentences. */
export interface Wanted {
  readonly expectation: Expectation
  /** In lower case. */
  readonly name: string
  /** Stems of the name that must stand near a number. */
  readonly core: readonly string[]
  /** The unit of time in the name, in milliseconds. */
  readonly unitMs: number | undefined
}

/** Prepares an expectation. */
export function prepare(expectation: Expectation, readWords: ReadWords): Wanted {
  const stems = readWords(expectation.name).flatMap((word) => (word.kind === 'word' ? [word.stem] : []))
  const core = stems.filter((stem) => stem.length > 1 && !qualifiers.has(stem) && !timeUnits.has(stem))
  const unitMs = stems.map((stem) => timeUnits.get(stem)).find((unit) => unit !== undefined)
  return { expectation, name: expectation.name.toLowerCase(), core, unitMs }
}

/** What a sentence states of an expectation: under its name, or else in words. */
export function findStatements(sentence: Sentence, wanted: Wanted): readonly Statement[] {
  const named = findNamed(sentence, wanted)
  return named.length > 0 ? named : findInWords(sentence, wanted)
}

/** `name: 3`, `name = 3`, `name <= 3`, `name is 3`, `name は 3`: the name as a whole word, case ignored. */
function findNamed({ folded: text, line }: Sentence, { expectation, name }: Wanted): readonly Statement[] {
  const lower = text.toLowerCase()
  // Lower case changed a length: positions in the two texts would not be the same.
  if (lower.length !== text.length || name === '') return []
  const statements: Statement[] = []
  for (let at = lower.indexOf(name); at !== -1; at = lower.indexOf(name, at + name.length)) {
    const end = at + name.length
    if (isWordCharacter(text[at - 1]) || isWordCharacter(text[end])) continue
    const stated = readStated(text.slice(end, end + 120))
    if (stated === undefined || typeof stated.value !== typeof expectation.values[0]) continue
    if (typeof stated.value === 'string' && !stated.isAssigned) continue // "the scope is wide" states no value
    statements.push({ line, shown: stated.shown, form: 'name', agrees: agreesNamed(expectation, stated) })
  }
  return statements
}

interface Stated {
  readonly value: Plain
  readonly shown: string
  /** By `:` or `=`. */
  readonly isAssigned: boolean
  /** By `<`, `<=`, `>` or `>=`: it is a bound, not the value. */
  readonly isBound: boolean
}

function readStated(rest: string): Stated | undefined {
  const match =
    /^[`"'*\s]{0,4}(<=|>=|==|[:=<>≤≥]|is|are|equals|must be|は|が|を)[`"'*\s]{0,4}([A-Za-z][A-Za-z0-9_-]*|-?\d+(?:\.\d+)?)(?![\p{L}\p{N}_]|[.,/:-]\d)/u.exec(
      rest,
    )
  const [operator, shown] = [match?.[1], match?.[2]]
  if (operator === undefined || shown === undefined) return undefined
  const isBound = /[<>≤≥]/.test(operator)
  const isAssigned = /[:=]/.test(operator) && !isBound
  if (/^[-\d]/.test(shown)) return { value: Number(shown), shown, isAssigned, isBound }
  const word = shown.toLowerCase()
  return { value: word === 'true' || word === 'false' ? word === 'true' : shown, shown, isAssigned, isBound }
}

function agreesNamed({ operator, values }: Expectation, { value, isBound }: Stated): boolean {
  return values.some((expected) => {
    if (typeof value === 'number' && typeof expected === 'number') {
      return isSameBound({ operator, expected }, value) || (!isBound && holds(operator, value, expected))
    }
    if (typeof value === 'string' && typeof expected === 'string') return value.toLowerCase() === expected.toLowerCase()
    return value === expected
  })
}

function findInWords(sentence: Sentence, { expectation, core, unitMs }: Wanted): readonly Statement[] {
  const { operator, values } = expectation
  const expected = values.filter((value) => typeof value === 'number')
  if (expected.length === 0 || core.length === 0 || !core.every((stem) => sentence.stems.has(stem))) return []
  const near = findNear(sentence.words, core)
  const [first] = near
  if (first === undefined) return []
  const agrees = near.some((number) =>
    expected.some((value) => candidates(number, unitMs).some((one) => isSameBound({ operator, expected: value }, one))),
  )
  return [{ line: sentence.line, shown: `${first.value}${first.isPercent ? '%' : ''}`, form: 'words', agrees }]
}

function findNear(words: readonly Word[], core: readonly string[]): readonly NumberWord[] {
  const distance = core.length === 1 ? reach.oneWord : reach.moreWords
  return words.flatMap((word, at) => {
    if (word.kind !== 'number') return []
    const around = words.slice(Math.max(0, at - distance), at + distance + 1)
    return around.some((other) => other.kind === 'word' && core.includes(other.stem)) ? [word] : []
  })
}

/** What a number may mean: itself, a share of one hundred, an amount of time in the unit of the name. */
function candidates({ value, isPercent, unitMs }: NumberWord, expectedUnitMs: number | undefined): readonly number[] {
  if (isPercent) return [value, value / 100]
  if (unitMs !== undefined && expectedUnitMs !== undefined) return [(value * unitMs) / expectedUnitMs]
  return [value]
}

interface Bound {
  readonly operator: Expectation['operator']
  readonly expected: number
}

/** "Fewer than 4" and "at most 3" are one bound, for whole numbers. */
function isSameBound({ operator, expected }: Bound, value: number): boolean {
  if (value === expected) return true
  if (!Number.isInteger(value) || !Number.isInteger(expected)) return false
  if (operator === '<' || operator === '>=') return value === expected - 1
  return operator !== '==' && value === expected + 1
}

function holds(operator: Expectation['operator'], value: number, expected: number): boolean {
  if (operator === '==') return value === expected
  if (operator === '<') return value < expected
  if (operator === '<=') return value <= expected
  return operator === '>' ? value > expected : value >= expected
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[A-Za-z0-9_]/.test(character)
}
