import { isJsonObject, type JsonValue } from '../base/index.ts'

/**
 * Most steps one run may begin, those of the flows it calls included. Ten flows of a hundred steps, each calling the
 * next, are 100¹⁰ steps: without a bound a pack's flow could keep the whole system busy for ever.
 */
export const maxRunSteps = 10_000

/**
 * Most steps of one turn. A flow of steps that need nobody would keep everything else waiting, its own time-out included;
 * after so many the run pauses and its steps are journaled.
 */
export const maxTurnSteps = 50

/** How large a value may be; both numbers are compared with what is really there. */
export interface ValueBounds {
  /** About its characters as JSON. */
  readonly characters: number
  /** Lists and objects inside of each other. */
  readonly depth: number
}

const MIB = 1024 * 1024

/**
 * What one key of a run's context may hold. Twice what a block may answer, however it is counted; a flow that calls
 * flows doubles its context at each call, and a flow that wraps a value again and again nests it.
 */
export const valueBounds: ValueBounds = { characters: 16 * MIB, depth: 128 }

/** What a run may give back: the largest reply there is. */
export const resultBounds: ValueBounds = { characters: 64 * MIB, depth: 129 }

/**
 * Says in what way a value is beyond its bounds; undefined: it is not. A part that a value holds many times is looked at
 * once and counted each time: flows can make few parts into more text than any disk holds.
 *
 * @param value - Not much deeper than its bounds allow: what it is made of was within them.
 */
export function findExcess(value: JsonValue, bounds: ValueBounds): string | undefined {
  const size = measure(value, new Map())
  if (size.characters > bounds.characters) return `larger than ${bounds.characters} characters`
  if (size.depth > bounds.depth) return `nested deeper than ${bounds.depth}`
  return undefined
}

function measure(value: JsonValue, known: Map<JsonValue, ValueBounds>): ValueBounds {
  if (typeof value === 'string') return { characters: value.length + 3, depth: 0 }
  if (typeof value !== 'object' || value === null) return small
  const before = known.get(value)
  if (before) return before
  let characters = small.characters
  let depth = 0
  for (const part of Object.values(value)) {
    const size = measure(part, known)
    characters += size.characters
    depth = Math.max(depth, size.depth)
  }
  if (isJsonObject(value)) for (const key of Object.keys(value)) characters += key.length + 4
  const size = { characters, depth: depth + 1 }
  known.set(value, size)
  return size
}

/** A number, true, false or null. */
const small: ValueBounds = { characters: 4, depth: 0 }
