export { readFlowSchedule } from './flow-schedule.ts'
export { Scheduler, type SchedulerPorts, type ScheduleView } from './scheduler.ts'
