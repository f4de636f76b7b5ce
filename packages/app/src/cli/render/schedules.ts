import type { Messages } from '../../messages/index.ts'
import type { SchedulesView } from '../views.ts'
import { escapeLine } from './escape.ts'
import { formatInstant } from './fields.ts'
import type { Style } from './packs.ts'
import { renderTable } from './table.ts'

type ScheduleView = SchedulesView['schedules'][number]

/** What starts by itself, a line each: when, next, last, and why it was skipped. */
export function renderSchedules({ schedules, active }: SchedulesView, { messages, terminal }: Style): string {
  const { table } = messages
  // A flow that no running system has seen has not begun yet.
  const never = active ? messages.schedules.never : ''
  return renderTable({
    head: [table.flow, table.schedule, table.next, table.last, table.skipped],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: schedules.map((schedule) => [
      { text: escapeLine(schedule.flow_id), style: terminal.palette.bold },
      escapeLine(describeTiming(schedule, messages)),
      escapeLine(schedule.next_run === null ? never : formatInstant(schedule.next_run)),
      escapeLine(describePast(schedule.last_run, schedule.last_status)),
      escapeLine(describePast(schedule.last_skip, describeReason(schedule.skip_reason, messages))),
    ]),
  })
}

function describeTiming({ cron, interval, timezone }: ScheduleView, { schedules }: Messages): string {
  if (interval !== undefined) return schedules.every(interval)
  return [cron, timezone].filter((part) => part !== undefined).join(' ')
}

function describePast(at: string | undefined, what: string | undefined): string {
  return at === undefined ? '' : `${formatInstant(at)} ${what ?? ''}`.trimEnd()
}

function describeReason(reason: string | undefined, { schedules, problems }: Messages): string | undefined {
  if (reason === undefined) return undefined
  return new Map(Object.entries(schedules.reasons)).get(reason) ?? problems[reason] ?? reason
}
