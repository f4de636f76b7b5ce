import type { DefinitionNode, SkillTree } from '../../language/index.ts'
import { findExpectations, type Expectation } from './expectations.ts'
import { isNormative } from './normative.ts'
import { areAbout, covers, isAbout, isNamed, profileNode, type NodeProfile } from './profile.ts'
import { readSentences, sentenceLimit, type Sentence } from './sentences.ts'
import { findStatements, prepare, type Statement } from './statements.ts'
import { createWordReader, type ReadWords } from './words.ts'

/** One place where the content and the definition do not say the same. */
export interface DriftItem {
  /**
   * `definition_orphaned`: the content does not speak of a node. `content_uncovered`: the content demands what no node
   * says. `value_mismatch`: both state a value, and not the same one.
   */
  readonly direction: 'definition_orphaned' | 'content_uncovered' | 'value_mismatch'
  /** A mismatch is an error where the name of the value stands beside it, and a warning where only its words do. */
  readonly severity: 'error' | 'warning' | 'info'
  readonly node: string | null
  /** Of the content, from 1. */
  readonly line: number | null
  readonly message: string
}

/** How far the content and the definition of a skill say the same. */
export interface DriftReport {
  readonly skill_id: string
  readonly is_drifted: boolean
  /** Share of the nodes that the content speaks of, with two decimals; null when there are no nodes. */
  readonly coverage: number | null
  /** Orphans and mismatches in the order of the definition, then what is uncovered in the order of the content. */
  readonly items: readonly DriftItem[]
}

/** How many sentences may stand together to speak of a node. */
const passageLength = 12

/**
 * Compares the content of a skill with its definition, by whole words in English and Japanese; nobody is asked what they
 * mean, so it is a hint for people and decides nothing. Two languages meet only where a description, or an identifier,
 * is common to both. Code and tables may speak of a node, and demand nothing. Of a very long content only the first
 * `sentenceLimit` sentences count, and an item says so.
 */
export function detectDrift(tree: SkillTree): DriftReport {
  const nodes = tree.definition ?? []
  if (nodes.length === 0) return { skill_id: tree.id, is_drifted: false, coverage: null, items: [] }
  const readWords = createWordReader()
  const sentences = readSentences(tree.content ?? '', readWords)
  const passages = joinPassages(sentences)
  const profiles = nodes.map((node) => profileNode(node, readWords))
  const orphans = profiles.filter((profile) => !isReflected(profile, sentences, passages))
  const items = [
    ...orphans.map(reportOrphan),
    ...nodes.flatMap((node, index) => findMismatches({ node, profile: profiles[index], sentences, readWords })),
    ...findUncovered(sentences, profiles),
    ...reportLength(sentences),
  ]
  const coverage = Math.round(((nodes.length - orphans.length) / nodes.length) * 100) / 100
  return { skill_id: tree.id, is_drifted: items.length > 0, coverage, items }
}

function isReflected(
  profile: NodeProfile,
  sentences: readonly Sentence[],
  passages: readonly ReadonlySet<string>[],
): boolean {
  return (
    sentences.some((sentence) => isAbout(sentence, profile)) || passages.some((passage) => areAbout(passage, profile))
  )
}

function reportOrphan({ name }: NodeProfile): DriftItem {
  const message = `The content does not speak of "${clip(name)}".`
  return { direction: 'definition_orphaned', severity: 'warning', node: name, line: null, message }
}

/** The stems of sentences that stand together under one heading, which counts for each of them. */
function joinPassages(sentences: readonly Sentence[]): readonly ReadonlySet<string>[] {
  const passages: Set<string>[] = []
  let last: { readonly heading: Sentence | undefined; readonly stems: Set<string>; count: number } | undefined
  for (const sentence of sentences) {
    if (sentence.kind === 'heading') continue
    if (last === undefined || last.heading !== sentence.heading || last.count >= passageLength) {
      last = { heading: sentence.heading, stems: new Set(sentence.heading?.significant), count: 0 }
      passages.push(last.stems)
    }
    for (const stem of sentence.significant) last.stems.add(stem)
    last.count += 1
  }
  return passages
}

function findUncovered(sentences: readonly Sentence[], profiles: readonly NodeProfile[]): readonly DriftItem[] {
  return sentences.flatMap((sentence): readonly DriftItem[] => {
    // A sentence without a word of its own ("This is required.") demands what the one before it said.
    if (sentence.kind !== 'text' || sentence.significant.size === 0 || !isNormative(sentence.text)) return []
    if (profiles.some((profile) => covers(sentence, profile))) return []
    const message = `No node of the definition covers "${clip(sentence.text)}".`
    return [{ direction: 'content_uncovered', severity: 'info', node: null, line: sentence.line, message }]
  })
}

interface Comparing {
  readonly node: DefinitionNode
  readonly profile: NodeProfile | undefined
  readonly sentences: readonly Sentence[]
  readonly readWords: ReadWords
}

function findMismatches({ node, profile, sentences, readWords }: Comparing): readonly DriftItem[] {
  if (profile === undefined) return []
  return findExpectations(node).flatMap((expectation) => {
    const relevant = sentences.filter(
      (sentence) => sentence.kind === 'text' && (expectation.scope === 'definition' || isNear(sentence, profile)),
    )
    const wanted = prepare(expectation, readWords)
    const statements = relevant.flatMap((sentence) => findStatements(sentence, wanted))
    return judge(statements, expectation).map((statement) => reportMismatch(statement, expectation))
  })
}

/** A common word such as `timeout` belongs to the node only where the content speaks of the node. */
function isNear(sentence: Sentence, profile: NodeProfile): boolean {
  return isNamed(sentence, profile) || (sentence.heading !== undefined && isNamed(sentence.heading, profile))
}

/**
 * A number under its name is wrong wherever it differs. Anything else is wrong only where nothing agrees: a content says
 * both what a switch is by default and what it must be.
 */
function judge(statements: readonly Statement[], { values }: Expectation): readonly Statement[] {
  const wrong = statements.filter(({ agrees }) => !agrees)
  const named = typeof values[0] === 'number' ? wrong.filter(({ form }) => form === 'name') : []
  if (named.length > 0) return named
  return wrong.length === statements.length ? wrong.slice(0, 1) : []
}

function reportMismatch({ line, shown, form }: Statement, { node, name, operator, values }: Expectation): DriftItem {
  const expected = values.length === 1 ? `${operator} ${values.join('')}` : `one of ${values.join(', ')}`
  const message = `The definition says ${clip(name)} ${clip(expected)}, and the content says ${clip(shown)}.`
  return { direction: 'value_mismatch', severity: form === 'name' ? 'error' : 'warning', node, line, message }
}

function reportLength(sentences: readonly Sentence[]): readonly DriftItem[] {
  if (sentences.length < sentenceLimit) return []
  const line = sentences.at(-1)?.line ?? null
  const message = `Only the first ${sentenceLimit} sentences of the content were compared.`
  return [{ direction: 'content_uncovered', severity: 'info', node: null, line, message }]
}

function clip(text: string): string {
  const line = text.replaceAll('\n', ' ')
  return line.length > 80 ? `${line.slice(0, 77).toWellFormed()}…` : line
}
