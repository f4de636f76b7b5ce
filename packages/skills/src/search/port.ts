import type { QueryTerm } from './query.ts'

/** Layers in which something can be found. */
export type SearchLayer = 'L0' | 'L1' | 'L2'

/** One thing that can be found: a skill or a document, as text. */
export interface SearchEntry {
  /** Names it in the index; an entry with a key that is there already takes its place. @example 'L1/pets' */
  readonly key: string
  readonly layer: SearchLayer
  readonly title: string
  readonly tags: readonly string[]
  readonly body: string
  /** Differs whenever the text may differ; what `isCurrent` compares. */
  readonly stamp: string
}

/** One answer to a query. */
export interface SearchHit {
  readonly key: string
  /** Above zero; more is better. Comparable only with hits of the same query. */
  readonly score: number
  /** A piece of the entry's own text around a hit, as `findExcerpt` cuts it. */
  readonly excerpt: string
}

/** Bounds of a query's answer. */
export interface SearchOptions {
  /** Only entries of these layers; absent: of all. */
  readonly layers?: readonly SearchLayer[]
  /** Most hits, 1–100. */
  readonly limit: number
}

/**
 * Entries that can be found by the words in them.
 *
 * What is put goes through `segmentWords`, what is asked is made by `parseQuery`; an index matches words and knows nothing
 * else of languages. An entry is found when every term of the query occurs in its title, in one of its tags or in its body:
 * a term occurs where its words follow one another in that order, and the last word of a prefix term may go on. Different
 * terms may occur in different places. Hits come best first; a hit in the title counts more than one in the tags, that more
 * than one in the body; equal scores are in order of key. A query without terms finds nothing.
 */
export interface SearchIndex {
  /** Whether the entry `key` was put with exactly this stamp. */
  isCurrent(key: string, stamp: string): boolean
  /** Adds or replaces all entries, or none of them. */
  put(entries: readonly SearchEntry[]): void
  /** Forgets entries; a key that is not there is no failure. */
  remove(keys: readonly string[]): void
  /** Every key with its stamp. */
  keys(): ReadonlyMap<string, string>
  query(query: readonly QueryTerm[], options: SearchOptions): readonly SearchHit[]
  close(): void
}
