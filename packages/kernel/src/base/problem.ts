import type { Result } from './result.ts'

/**
 * A failure as a surface shows it: the only shape of an error that leaves the house.
 * Carries no stack, no host path, no secret and no hint whether a secret exists.
 *
 * @example { code: 'pack.unknown', status: 404, message: 'No pack is called "x".', hint: 'rumi packs list' }
 */
export interface Problem {
  /** `noun.reason`, stable; what programs switch on. */
  readonly code: string
  /** The HTTP status it maps to, 400–599. */
  readonly status: number
  /** One English sentence for people. */
  readonly message: string
  /** What to do next: a command or a setting. */
  readonly hint?: string
}

/** What an operation answers: a value, or the problem to show. */
export type Outcome<T> = Result<T, Problem>
