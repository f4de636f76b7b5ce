import type { z } from 'zod'

/** A kind of record that is kept, with the schema that reads it. Declared beside what it keeps. */
export interface Collection<Kept> {
  /** Names it in the database; never changes. */
  readonly name: string
  readonly schema: z.ZodType<Kept>
}

/** What is kept under an id: a record, nothing, or something that is no record. `unreadable` must never be taken for "nothing". */
export type Reading<Kept> = Kept | 'unreadable' | undefined

/** Reads what was kept as text. */
export function readKept<Kept>({ schema }: Collection<Kept>, text: string): Kept | 'unreadable' {
  const parsed = schema.safeParse(parseJson(text))
  return parsed.success ? parsed.data : 'unreadable'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no schema of a record accepts it
  }
}
