/** One line of a comparison of two texts. */
export interface DiffLine {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
}

/** Lines on one side up to which two texts are compared line by line; the work is the product of both. */
const MOST_LINES = 2_000

/**
 * Compares two lists of lines: what is common to both, in order and as much as possible, is `same`. Where more than 2,000
 * lines differ on a side, all of it is removed and added as a block.
 */
export function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  let end = 0
  const shorter = Math.min(before.length, after.length) - start
  while (end < shorter && before.at(-1 - end) === after.at(-1 - end)) end += 1
  const left = before.slice(start, before.length - end)
  const right = after.slice(start, after.length - end)
  const isLong = left.length > MOST_LINES || right.length > MOST_LINES
  return [
    ...before.slice(0, start).map((text) => ({ kind: 'same', text }) as const),
    ...(isLong ? replaceAll(left, right) : align(left, right)),
    ...before.slice(before.length - end).map((text) => ({ kind: 'same', text }) as const),
  ]
}

function replaceAll(left: readonly string[], right: readonly string[]): readonly DiffLine[] {
  return [
    ...left.map((text) => ({ kind: 'removed', text }) as const),
    ...right.map((text) => ({ kind: 'added', text }) as const),
  ]
}

/** Longest common subsequence; `lengths` holds, row by row, its length for what follows two places. */
function align(left: readonly string[], right: readonly string[]): readonly DiffLine[] {
  const width = right.length + 1
  const lengths = new Uint16Array((left.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      const isSame = left[i] === right[j]
      lengths[i * width + j] = isSame ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < left.length || j < right.length) {
    const [old, fresh] = [left[i], right[j]]
    if (old !== undefined && old === fresh) {
      lines.push({ kind: 'same', text: old })
      i += 1
      j += 1
    } else if (old !== undefined && (fresh === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: 'removed', text: old })
      i += 1
    } else {
      lines.push({ kind: 'added', text: fresh ?? '' })
      j += 1
    }
  }
  return lines
}
