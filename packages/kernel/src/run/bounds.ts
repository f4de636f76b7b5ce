import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts'

/**
 * Most steps one run may begin, those of the flows it calls included. Ten flows of a hundred steps, each calling the
 * next, are 100¹⁰ steps: without a bound a pack's flow could keep the whole system busy for ever.
 */
export const maxRunSteps = 10_000

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
 * Says in what way a value is beyond its bounds; undefined: it is not. A value may hold the same part many times, so
 * the work ends as soon as the bound is passed.
 */
export function findExcess(value: JsonValue, bounds: ValueBounds): string | undefined {
  const tooLarge = `larger than ${bounds.characters} characters`
  let left = bounds.characters - measureAlone(value)
  if (left < 0) return tooLarge
  let level = [value].filter(isContainer)
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === bounds.depth) return `nested deeper than ${bounds.depth}`
    const inside: Container[] = []
    for (const container of level) {
      for (const [key, part] of Object.entries(container)) {
        left -= measureAlone(part) + (isJsonObject(container) ? key.length + 4 : 0)
        if (left < 0) return tooLarge
        if (isContainer(part)) inside.push(part)
      }
    }
    level = inside
  }
  return undefined
}

type Container = JsonObject | readonly JsonValue[]

function isContainer(value: JsonValue): value is Container {
  return typeof value === 'object' && value !== null
}

/** A value without what is inside of it. */
function measureAlone(value: JsonValue): number {
  return typeof value === 'string' ? value.length + 3 : 4
}
