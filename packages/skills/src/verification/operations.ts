import type { JsonObject } from '@rumi/kernel/base'

/** The operations that a definition's commands may name. */
export interface OperationRegistry {
  /**
   * The operation of exactly this name; undefined: there is none. `why` says why it is or is not granted; the node's
   * options may say for whom (`approver`).
   */
  find(command: string, options: JsonObject): { readonly granted: boolean; readonly why: string } | undefined
  /** Names of all operations, for hints. */
  names(): readonly string[]
}

const limits = { nameLength: 64, names: 2000, hints: 3 }

/** The names that look most like a command that does not exist: at most three, the nearest first. */
export function suggestOperations(command: string, names: readonly string[]): readonly string[] {
  const wanted = command.slice(0, limits.nameLength).toLowerCase()
  const near: { readonly name: string; readonly distance: number }[] = []
  for (const name of names.slice(0, limits.names)) {
    if (name.length > limits.nameLength) continue
    const distance = editDistance(wanted, name.toLowerCase())
    if (distance <= Math.max(1, Math.floor(Math.min(wanted.length, name.length) / 3))) near.push({ name, distance })
  }
  return near
    .sort((one, other) => one.distance - other.distance || (one.name < other.name ? -1 : 1))
    .slice(0, limits.hints)
    .map(({ name }) => name)
}

/** How many letters must be put, taken or replaced; both texts are short. */
function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous.at(-1) ?? 0
}
