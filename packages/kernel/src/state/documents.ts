import type { Collection, Reading } from '../base/index.ts'

/** One record of a collection, with the id it is kept under. */
export interface Kept<Value> {
  readonly id: string
  readonly record: Value | 'unreadable'
}

/** Small records of every kind, by collection and id. */
export interface Documents {
  find<Value>(collection: Collection<Value>, id: string): Reading<Value>
  /** In order of id. */
  list<Value>(collection: Collection<Value>): readonly Kept<Value>[]
}
