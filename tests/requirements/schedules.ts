import type { Requirement } from './requirement.ts'

const scheduler = 'packages/app/src/schedule/scheduler.test.ts'
const declaration = 'packages/kernel/src/schedule/schedule.test.ts'
const cron = 'packages/kernel/src/schedule/next-cron.test.ts'
const schedules = 'tests/http/schedules.test.ts'

/** Promises about flows that start by themselves. */
export const scheduleRequirements: readonly Requirement[] = [
  {
    id: 'SCHED-1',
    promise: 'A flow with an interval or a cron expression starts by itself when it is due.',
    source: 'pack-development §Schedule; FLOWS §Schedules',
    proof: [
      `${scheduler} › begins when it is first seen, runs after 300 s and every 300 s, and is on the ledger before it runs`,
      `${scheduler} › runs at its minute of its place, once`,
      `${schedules} › of a pack fire once it is approved, 300 s later, under the name of the schedule`,
    ],
  },
  {
    id: 'SCHED-2',
    promise: 'A scheduled flow never runs beside itself.',
    source: 'pack-development §Schedule',
    proof: `${scheduler} › does not run beside itself: a tick that comes meanwhile is dropped and said once`,
  },
  {
    id: 'SCHED-3',
    promise: 'What was missed while the machine slept or the system was off runs once at most.',
    source: 'FLOWS §Schedules',
    proof: [
      `${scheduler} › runs once for everything that was missed while the system was off, and what was cut off is interrupted`,
      `${scheduler} › does not run again at once what it ran, when the clock is set back`,
      `${scheduler} › starts nothing whose record cannot be written, says what broke, and tries again`,
      `${scheduler} › begins anew where its record cannot be read, and says so: nothing runs early`,
    ],
  },
  {
    id: 'SCHED-4',
    promise: 'Whoever asks sees when a flow runs next, when it ran last, and why it was skipped.',
    source: 'FLOWS §Schedules',
    proof: [
      `${schedules} › of a pack that was changed are skipped, and it is said why`,
      `${schedules} › of flows that may run are listed, and nothing starts in a home that is only open`,
      `${scheduler} › that could not start is skipped with the reason, and its last run stays`,
    ],
  },
  {
    id: 'SCHED-5',
    promise: 'No schedule makes a flow run all the time: ten seconds at least, and what is no schedule never starts.',
    source: 'threat model CAP-14',
    proof: [
      `${schedules} › because its schedule is %s does not`,
      `${scheduler} › that is none never runs, and is said`,
      `${declaration} › raises an interval of %s to ten seconds`,
      `${declaration} › refuses an interval of %s`,
      'packages/kernel/src/schedule/cron.test.ts › refuses %j',
    ],
  },
  {
    id: 'SCHED-6',
    promise: 'A schedule that is new, changed or back again begins then, and ends with the system.',
    source: 'FLOWS §Schedules',
    proof: [
      `${scheduler} › starts anew with another schedule, and when it comes back`,
      `${scheduler} › watches nothing before it is started and after it was stopped, and cancels what it started`,
    ],
  },
  {
    id: 'SCHED-7',
    promise: 'When clocks on the wall change, skipped times run once and repeated times run once.',
    source: 'FLOWS §Schedules',
    proof: [
      `${cron} › starts once for all the times that a gap skips`,
      `${cron} › starts once at a time that comes twice, the first time, and is silent in the repeated hour`,
    ],
  },
]
