/**
 * The largest set of names that stand in the same relative order in both lists: all others have to move, and no smaller
 * number of moves would do. Each list holds a name once. (longest increasing subsequence)
 */
export function findSteady(before: readonly string[], after: readonly string[]): ReadonlySet<string> {
  const places = new Map(before.map((name, index) => [name, index]))
  const common = after.flatMap((name) => {
    const place = places.get(name)
    return place === undefined ? [] : [{ name, place }]
  })
  // best[k]: index in `common` of the last member of a run of k + 1 that ends as early in `before` as any.
  const best: number[] = []
  const previous: number[] = []
  const placeOf = (index: number | undefined): number => (index === undefined ? -1 : (common[index]?.place ?? -1))
  for (const [index, { place }] of common.entries()) {
    let low = 0
    let high = best.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (placeOf(best[middle]) < place) low = middle + 1
      else high = middle
    }
    previous.push(low === 0 ? -1 : (best[low - 1] ?? -1))
    best[low] = index
  }
  const steady = new Set<string>()
  for (let at = best.at(-1) ?? -1; at !== -1; at = previous[at] ?? -1) steady.add(common[at]?.name ?? '')
  return steady
}
