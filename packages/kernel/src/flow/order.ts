/** What ordering needs to know of a step. */
export interface Orderable {
  readonly id: string
  readonly priority: number
  readonly dependsOn: readonly string[]
}

/** Steps of one phase and one branch in the order they run, and whether dependencies went in a circle. */
interface Ordering<T> {
  readonly steps: readonly T[]
  /** Ids that wait for each other or for themselves; when there are any, `steps` is the base order. */
  readonly circular: readonly string[]
}

/**
 * Orders steps that share a phase and a branch. The base order is priority, then id by code units. Dependencies are
 * honoured in layers: first every step that waits for nothing, in base order, then every step those set free, and so on.
 * So a step of priority 10 that waits for one of 50 runs after all others of 50. Ids that are not among `steps` are
 * ignored.
 */
export function orderSteps<T extends Orderable>(steps: readonly T[]): Ordering<T> {
  const base = steps.toSorted((a, b) => a.priority - b.priority || compareCodeUnits(a.id, b.id))
  const present = new Set(base.map((step) => step.id))
  const ordered: T[] = []
  const done = new Set<string>()
  let waiting: readonly T[] = base
  while (waiting.length > 0) {
    const isFree = (step: T): boolean => step.dependsOn.every((id) => done.has(id) || !present.has(id))
    const layer = waiting.filter(isFree)
    if (layer.length === 0) return { steps: base, circular: waiting.map((step) => step.id) }
    const rest = waiting.filter((step) => !isFree(step))
    for (const step of layer) done.add(step.id)
    ordered.push(...layer)
    waiting = rest
  }
  return { steps: ordered, circular: [] }
}

function compareCodeUnits(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
