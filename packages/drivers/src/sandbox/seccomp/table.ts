/**
 * Reads a syscall table: numbers and names separated by white space, where a number restarts the count and every name
 * takes the next one.
 *
 * @returns Name → number.
 * @throws When a name appears twice or two names share a number: a filter built from such a table would guard the
 *   wrong call.
 */
export function getSyscallNumbers(table: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>()
  const taken = new Set<number>()
  let next = 0
  for (const word of table.split(/\s+/).filter((part) => part !== '')) {
    if (/^\d+$/.test(word)) {
      next = Number(word)
      continue
    }
    if (numbers.has(word) || taken.has(next)) throw new Error(`syscall table: ${word} = ${next} is not unique`)
    numbers.set(word, next)
    taken.add(next)
    next += 1
  }
  return numbers
}

/** The words of a list written as one text, separated by any white space. */
export function splitNames(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
