/** The known word that a stranger's word was probably meant to be: about a third of it may differ, or undefined. */
export function findNearestWord(word: string, known: readonly string[]): string | undefined {
  // The distance costs the product of the lengths, and the word comes from the source.
  if (word.length > 40) return undefined
  const plain = foldWord(word)
  let best: { readonly word: string; readonly distance: number } | undefined
  for (const candidate of known) {
    const distance = countEdits(plain, foldWord(candidate))
    const allowed = Math.ceil(candidate.length / 3)
    if (distance <= allowed && (best === undefined || distance < best.distance)) best = { word: candidate, distance }
  }
  return best?.word
}

/** `useWhen`, `use-when` and `use_when` are one word to the person who mistook them. */
function foldWord(word: string): string {
  return word.toLowerCase().replaceAll(/[_-]/g, '')
}

/** Edits (a letter more, less or other) between two words. */
function countEdits(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const kept = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(kept, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[right.length] ?? 0
}
