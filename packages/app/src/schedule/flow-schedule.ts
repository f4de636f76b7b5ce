import type { FlowDefinition } from '@rumi/kernel/flow'
import { readSchedule, type ScheduleReading } from '@rumi/kernel/schedule'

/** What a flow's `schedule` means, with diagnostics that name the flow's file. A flow without one has no schedule. */
export function readFlowSchedule({ schedule, flowId, file }: FlowDefinition): ScheduleReading {
  if (schedule === undefined) return { diagnostics: [] }
  const reading = readSchedule(schedule)
  const diagnostics = reading.diagnostics.map((one) => ({ ...one, message: `flow "${flowId}": ${one.message}`, file }))
  return { ...reading, diagnostics }
}
