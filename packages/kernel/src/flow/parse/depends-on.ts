import { findMember, type Fields } from './fields.ts'
import { quote, type Place } from './report.ts'
import type { SourceNode } from './source-node.ts'
import type { StepIndex, StepSeat } from './step-index.ts'

/**
 * Reads `depends_on`. Nothing here is an error: what cannot be followed is reported and left out, and the flow runs in
 * its base order. Ids in another phase or branch stay in the result, because the run asks whether they were executed.
 */
export function readDependsOn(fields: Fields, index: StepIndex, own: Omit<StepSeat, keyof Place>): readonly string[] {
  const list = findMember(fields.map, 'depends_on')?.value
  if (list === undefined) return []
  if (list.kind !== 'list') {
    warn(fields, list, 'must be a list of step ids; it is ignored')
    return []
  }
  const wrong = list.items.find((item) => !isTextItem(item))
  if (wrong !== undefined) {
    warn(fields, wrong, 'every entry must be a string; the whole list is ignored')
    return []
  }
  const ids = new Set<string>()
  for (const item of list.items) {
    if (!isTextItem(item)) continue
    const seat = index.get(item.value)
    if (seat === undefined) {
      warn(fields, item, `the step ${quote(item.value)} does not exist; it is ignored`)
      continue
    }
    if (seat.phase !== own.phase) {
      warn(fields, item, `the step ${quote(item.value)} is a cross-phase dependency; phases keep their order`)
    } else if (seat.branch !== own.branch) {
      warn(fields, item, `the step ${quote(item.value)} is in another branch; the order does not change`)
    }
    ids.add(item.value)
  }
  return [...ids]
}

function isTextItem(item: SourceNode): item is Extract<SourceNode, { kind: 'scalar' }> & { readonly value: string } {
  return item.kind === 'scalar' && typeof item.value === 'string'
}

function warn(fields: Fields, place: Place, message: string): void {
  fields.report.warning(place, { code: 'flow.depends_on', message: `${fields.owner}: "depends_on": ${message}` })
}
