import { englishWords } from './words-en.ts'
import { japaneseWords } from './words-ja.ts'
import type { AssemblyPurpose, AssemblyWords } from './words.ts'

/** One answer of everybody, or several rounds in which they answer each other. */
export type AssemblyMode = 'oneshot' | 'discussion'

/** What an assembly takes where nothing is said. */
export const assemblyDefaults = {
  mode: 'oneshot',
  facilitator: 'kairos',
  maxRounds: 3,
  consensusThreshold: 0.6,
  personas: { promotion: ['kairos'], audit: ['archivist', 'guardian', 'promoter'] },
} as const

/** Bounds of an assembly. */
export const assemblyLimits = { personas: 20, rounds: 10, sourceLines: 20, sourceLineCharacters: 400 } as const

/** An assembly that somebody asks for; what is absent takes its value from `assemblyDefaults`. */
export interface AssemblyRequest {
  readonly purpose: AssemblyPurpose
  /** Names and texts of the points of view, in the order in which they speak; more than 20 are cut off. */
  readonly personas: ReadonlyMap<string, string>
  /** What it is about. */
  readonly source: { readonly name: string; readonly text: string }
  readonly mode?: AssemblyMode
  readonly facilitator?: string
  /** 1–10; of a discussion. */
  readonly maxRounds?: number
  /** Over 0 and up to 1: the share of personas that has to agree. */
  readonly consensusThreshold?: number
  readonly language?: 'en' | 'ja'
}

/** A text for the one who holds the assembly; nobody is called by it. */
export interface Assembly {
  readonly text: string
  /** What holding it costs, roughly, in tokens of a language machine. */
  readonly estimatedTokens: number
}

/**
 * Writes the task of an assembly: who speaks for what, in which order, and the form of the outcome. It advises; the
 * operator decides. Of the source the first 20 lines are shown, marked as quoted text that gives no orders.
 */
export function buildAssembly(request: AssemblyRequest): Assembly {
  const words = request.language === 'ja' ? japaneseWords : englishWords
  const plan = settle(request)
  const text = [
    `# ${words.title[request.purpose]}: ${oneLine(request.source.name)}`,
    words.purpose[request.purpose],
    describeSource(words, request.source.text),
    describePersonas(words, plan.personas),
    plan.mode === 'oneshot' ? words.oneshot : words.discussion(plan),
    words.outcome[request.purpose],
    words.advice,
  ].join('\n\n')
  return { text: `${text}\n`, estimatedTokens: estimateTokens(plan) }
}

/** 500 for the task and 300 for each contribution; a discussion adds 200 for each round's summary. */
function estimateTokens(plan: {
  readonly mode: AssemblyMode
  readonly personas: ReadonlyMap<string, string>
  readonly maxRounds: number
}): number {
  const { size } = plan.personas
  return plan.mode === 'oneshot' ? 500 + 300 * size : 500 + 300 * size * plan.maxRounds + 200 * plan.maxRounds
}

function settle(request: AssemblyRequest) {
  const rounds = Math.trunc(request.maxRounds ?? assemblyDefaults.maxRounds)
  const threshold = request.consensusThreshold ?? assemblyDefaults.consensusThreshold
  return {
    mode: request.mode ?? assemblyDefaults.mode,
    facilitator: oneLine(request.facilitator ?? assemblyDefaults.facilitator),
    personas: new Map([...request.personas].slice(0, assemblyLimits.personas)),
    maxRounds: Number.isFinite(rounds)
      ? Math.min(Math.max(rounds, 1), assemblyLimits.rounds)
      : assemblyDefaults.maxRounds,
    consensusThreshold: threshold > 0 && threshold <= 1 ? threshold : assemblyDefaults.consensusThreshold,
  }
}

function describeSource(words: AssemblyWords, text: string): string {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  if (lines.at(-1) === '') lines.pop()
  const shown = lines
    .slice(0, assemblyLimits.sourceLines)
    .map((line) =>
      line.length > assemblyLimits.sourceLineCharacters
        ? `${line.slice(0, assemblyLimits.sourceLineCharacters)}…`
        : line,
    )
  // Quoted line by line: a fence could be closed by the text it holds.
  const quoted = shown.map((line) => (line === '' ? '>' : `> ${line}`)).join('\n')
  const rest = lines.length - shown.length
  return [`## ${words.source}`, words.sourceNote, quoted, ...(rest > 0 ? [words.more(rest)] : [])].join('\n\n')
}

function describePersonas(words: AssemblyWords, personas: ReadonlyMap<string, string>): string {
  const described = [...personas].map(([name, text]) => `### ${oneLine(name)}\n\n${text.trim()}`)
  return [`## ${words.personas}`, ...described].join('\n\n')
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ').slice(0, 200)
}
