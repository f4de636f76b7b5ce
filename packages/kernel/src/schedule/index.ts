export { decideTick, type TickDecision, type TickSituation } from './decide.ts'
export {
  findNextTick,
  readSchedule,
  type Schedule,
  type ScheduleDeclaration,
  type ScheduleReading,
} from './schedule.ts'
