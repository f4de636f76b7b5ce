import { z } from 'zod'
import { flowIdSchema, runIdSchema, type Collection } from '@rumi/kernel/base'

const scheduleRecordSchema = z
  .strictObject({
    flowId: flowIdSchema,
    /** The schedule as the flow declared it, as canonical JSON: another one starts anew. */
    declared: z.string().max(1024),
    /**
     * Up to when all its ticks are dealt with (`TickSituation`), milliseconds since the epoch. Absent: the flow was not
     * there, and begins anew when it comes back.
     */
    handledMs: z.int().optional(),
    lastRun: z
      .strictObject({
        /** ISO 8601. */
        at: z.string(),
        /** `running` until its end is kept; then the run's. */
        status: z.string().max(32),
        runId: runIdSchema.optional(),
      })
      .optional(),
    lastSkip: z
      .strictObject({
        /** ISO 8601. */
        at: z.string(),
        /** `overlap`, or the code of the problem for which it did not start. */
        reason: z.string().max(128),
      })
      .optional(),
  })
  .readonly()

/** How far a flow's schedule has come, and what came of it. */
export type ScheduleRecord = z.infer<typeof scheduleRecordSchema>

/** Members that change; `undefined` takes one away, and those that are not named stay. */
export type ScheduleChange = Pick<ScheduleRecord, 'flowId'> & {
  readonly [Member in keyof ScheduleRecord]?: ScheduleRecord[Member] | undefined
}

/** By flow id. */
export const scheduleCollection: Collection<ScheduleRecord> = { name: 'schedule', schema: scheduleRecordSchema }
