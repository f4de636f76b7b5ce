import { scalarText } from './fields.ts'
import { quote, type Place, type Report } from './report.ts'
import type { SourceNode } from './source-node.ts'

/** Where a step stands. Steps order each other only within the same phase and the same branch. */
export interface StepSeat extends Place {
  readonly phase: string
  /** Empty for the steps of the flow itself, otherwise the path of the `then` or `else` list. */
  readonly branch: string
}

/** The seats of all steps by id; read before the steps, because `depends_on` may look forward. */
export type StepIndex = ReadonlyMap<string, StepSeat>

/** Collects every step's id, nested ones included, and reports ids that occur twice. Malformed steps are passed over. */
export function indexSteps(steps: SourceNode, report: Report): StepIndex {
  const index = new Map<string, StepSeat>()
  const visit = (list: SourceNode | undefined, branch: string, phase: string | undefined): void => {
    if (list?.kind !== 'list') return
    for (const [position, step] of list.items.entries()) {
      if (step.kind !== 'map') continue
      const id = scalarText(step.members.get('id')?.value)
      const seatPhase = phase ?? scalarText(step.members.get('phase')?.value) ?? ''
      const { line, column } = step.members.get('id')?.value ?? step
      const first = id === undefined ? undefined : index.get(id)
      if (id !== undefined && first === undefined) index.set(id, { line, column, phase: seatPhase, branch })
      if (id !== undefined && first !== undefined) {
        const message = `the step id ${quote(id)} occurs twice; the first is in line ${first.line}`
        report.error({ line, column }, { code: 'flow.step_duplicate', message, hint: 'Rename one of the steps.' })
      }
      for (const key of ['then', 'else']) {
        visit(step.members.get(key)?.value, `${branch}/${position}/${key}`, seatPhase)
      }
    }
  }
  visit(steps, '', undefined)
  return index
}
