import { z } from 'zod'
import { isoInstant, ok } from '@rumi/kernel/base'
import type { ScheduleView } from '../../schedule/index.ts'
import { define } from '../define.ts'
import { diagnosticSchema } from '../packs/view.ts'

const scheduleSchema = z.object({
  flow_id: z.string(),
  /** Absent: the flow is the operator's. */
  pack_id: z.string().optional(),
  cron: z.string().optional(),
  /** Seconds. */
  interval: z.number().optional(),
  timezone: z.string().optional(),
  /** ISO 8601; null: it is not in force. */
  next_run: z.string().nullable(),
  last_run: z.string().optional(),
  last_status: z.string().optional(),
  last_run_id: z.string().optional(),
  last_skip: z.string().optional(),
  /** `overlap`, or the code of the problem for which it did not start. */
  skip_reason: z.string().optional(),
  diagnostics: z.array(diagnosticSchema),
})

/** What starts by itself: when next, when last, and why not. */
export const listSchedules = define({
  name: 'schedules.list',
  summary: 'Lists the flows that start by themselves: when next, when last, and why one was skipped.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/schedules' },
  input: z.strictObject({}),
  output: z.object({
    schedules: z.array(scheduleSchema),
    count: z.number(),
    /** False: nothing is started, because no system serves this home. */
    active: z.boolean(),
  }),
  run: async ({ scheduler }) => {
    const schedules = scheduler.list().map(presentSchedule)
    return ok({ schedules, count: schedules.length, active: scheduler.isActive })
  },
})

function presentSchedule({
  flow,
  nextMs,
  lastRun,
  lastSkip,
  diagnostics,
}: ScheduleView): z.input<typeof scheduleSchema> {
  const { flowId, source, schedule } = flow
  const timing = schedule === undefined ? {} : presentTiming(schedule)
  return {
    flow_id: flowId,
    ...(source.kind === 'pack' ? { pack_id: source.packId } : {}),
    ...timing,
    ...(schedule?.timezone === undefined ? {} : { timezone: schedule.timezone }),
    next_run: nextMs === undefined ? null : isoInstant(nextMs),
    ...(lastRun ? { last_run: lastRun.at, last_status: lastRun.status } : {}),
    ...(lastRun?.runId === undefined ? {} : { last_run_id: lastRun.runId }),
    ...(lastSkip ? { last_skip: lastSkip.at, skip_reason: lastSkip.reason } : {}),
    diagnostics: [...diagnostics],
  }
}

function presentTiming(
  schedule: NonNullable<ScheduleView['flow']['schedule']>,
): { readonly cron: string } | { readonly interval: number } {
  return 'cron' in schedule ? { cron: schedule.cron } : { interval: schedule.intervalSeconds }
}
