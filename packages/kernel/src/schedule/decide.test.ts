import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideTick, type TickDecision } from './decide.ts'
import { findNextTick, readSchedule, type Schedule } from './schedule.ts'

const schedule = (declaration: Parameters<typeof readSchedule>[0]): Schedule => readSchedule(declaration).schedule!
const every30 = schedule({ intervalSeconds: 30 })
const hourly = schedule({ cron: '0 * * * *' })
const hour = 3_600_000

const decide = (what: Schedule, handledMs: number, nowMs: number): TickDecision =>
  decideTick(what, { handledMs, nowMs, isRunning: false })

describe('decideTick', () => {
  it.each([
    [
      'an interval too early',
      every30,
      1_000,
      30_999,
      { kind: 'skip', reason: 'not-due', nextMs: 31_000, handledMs: 1_000 },
    ],
    ['an interval on time', every30, 1_000, 31_000, { kind: 'run', dueMs: 31_000, handledMs: 31_000 }],
    ['an interval late', every30, 1_000, 60_999, { kind: 'run', dueMs: 31_000, handledMs: 31_000 }],
    [
      'two ticks of an interval',
      every30,
      1_000,
      61_000,
      { kind: 'missed-collapsed', dueMs: 31_000, handledMs: 61_000 },
    ],
    ['a cron too early', hourly, 5, hour - 1, { kind: 'skip', reason: 'not-due', nextMs: hour, handledMs: 5 }],
    ['a cron late', hourly, 5, hour + 9_000, { kind: 'run', dueMs: hour, handledMs: hour + 9_000 }],
    ['a night asleep', hourly, 5, 7.5 * hour, { kind: 'missed-collapsed', dueMs: hour, handledMs: 7.5 * hour }],
  ] as const)('%s', (...[, what, handledMs, nowMs, decision]) => {
    expect(decide(what, handledMs, nowMs)).toEqual(decision)
  })

  it('drops a tick while the last start still runs, and does not make up for it', () => {
    const dropped = decideTick(hourly, { handledMs: 5, nowMs: hour + 1, isRunning: true })
    expect(dropped).toEqual({ kind: 'skip', reason: 'overlap', dueMs: hour, handledMs: hour + 1 })
    expect(decide(hourly, dropped.handledMs, hour + 2)).toMatchObject({ reason: 'not-due', nextMs: 2 * hour })
    expect(decideTick(every30, { handledMs: 0, nowMs: 65_000, isRunning: true })).toMatchObject({ handledMs: 60_000 })
  })

  it('does not repeat a tick when the clock is corrected, and starts anew when it was far ahead', () => {
    expect(decide(hourly, hour, hour - 300_000)).toEqual({
      kind: 'skip',
      reason: 'not-due',
      nextMs: 2 * hour,
      handledMs: hour,
    })
    expect(decide(hourly, 9_000 * hour, 5)).toEqual({ kind: 'skip', reason: 'not-due', nextMs: hour, handledMs: 5 })
  })

  it('has nothing to wait for at the end of the calendar', () => {
    const end = 8_640_000_000_000_000
    expect(decide(hourly, end - 10, end)).toEqual({
      kind: 'skip',
      reason: 'not-due',
      nextMs: undefined,
      handledMs: end - 10,
    })
    const last = end - 3 * 24 * hour + 23 * hour
    expect(decide(hourly, last - 1, last)).toEqual({ kind: 'run', dueMs: last, handledMs: last })
  })

  it('starts at most once for each tick and each question, never beside itself, and at every tick that is asked in time', () => {
    const question = fc.record({ waitMs: fc.integer({ min: 0, max: 200_000 }), isRunning: fc.boolean() })
    const what = fc.constantFrom(every30, schedule({ cron: '*/2 * * * *', timezone: 'Europe/Berlin' }))
    fc.assert(
      fc.property(what, fc.array(question, { maxLength: 30 }), (plan, questions) => {
        const start = Date.parse('2026-03-29T00:50:00Z')
        let handledMs = start
        let nowMs = start
        for (const { waitMs, isRunning } of questions) {
          const askedBefore = nowMs
          nowMs += waitMs
          const decided = decideTick(plan, { handledMs, nowMs, isRunning })
          const ticks: number[] = []
          for (let tick = findNextTick(plan, handledMs)!; tick <= nowMs; tick = findNextTick(plan, tick)!)
            ticks.push(tick)
          // Every tick up to the last question was dealt with then.
          expect(ticks.every((tick) => tick > askedBefore)).toBe(true)
          const expected =
            ticks.length === 0 ? 'not-due' : isRunning ? 'overlap' : ticks.length === 1 ? 'run' : 'missed-collapsed'
          expect(decided.kind === 'skip' ? decided.reason : decided.kind).toBe(expected)
          if (ticks.length > 0) expect(decided).toMatchObject({ dueMs: ticks[0] })
          handledMs = decided.handledMs
        }
      }),
    )
  })
})
