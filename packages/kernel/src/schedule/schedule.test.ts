import { describe, expect, it } from 'vitest'
import { findNextTick, readSchedule } from './schedule.ts'

describe('readSchedule', () => {
  it('reads a cron expression in its time zone', () => {
    const { schedule, diagnostics } = readSchedule({ cron: '0 9 * * *', timezone: 'Asia/Tokyo' })
    expect(diagnostics).toEqual([])
    expect(schedule).toMatchObject({ kind: 'cron', zone: { name: 'Asia/Tokyo' }, cron: { hours: [9] } })
    expect(findNextTick(schedule!, 0)).toBe(86_400_000)
  })

  it('reads an interval', () => {
    const { schedule, diagnostics } = readSchedule({ intervalSeconds: 30.0004, timezone: 'Nowhere' })
    expect({ schedule, diagnostics }).toEqual({ schedule: { kind: 'interval', intervalMs: 30_000 }, diagnostics: [] })
    expect(findNextTick(schedule!, 5)).toBe(30_005)
  })

  it('runs in UTC with a warning when the zone is not known', () => {
    const read = readSchedule({ cron: '0 9 * * *', timezone: 'Mars/Olympus' })
    expect(read).toMatchObject({ schedule: { zone: { name: 'UTC' } }, diagnostics: [{ code: 'schedule.timezone' }] })
  })

  it.each([9.99, 0, -1, Number.NEGATIVE_INFINITY])('raises an interval of %s to ten seconds', (intervalSeconds) => {
    expect(readSchedule({ intervalSeconds })).toMatchObject({
      schedule: { kind: 'interval', intervalMs: 10_000 },
      diagnostics: [{ severity: 'warning', code: 'schedule.interval' }],
    })
  })

  it.each([Number.NaN, 1e12, Number.POSITIVE_INFINITY])('refuses an interval of %s', (intervalSeconds) => {
    const read = readSchedule({ intervalSeconds })
    expect(read).toMatchObject({ diagnostics: [{ severity: 'error', code: 'schedule.interval' }] })
    expect(read).not.toHaveProperty('schedule')
  })

  it.each([
    ['* * * * * *', 'does not have five fields'],
    ['* * * * 7', 'has wrong weekdays'],
    ['0 0 30 2 *', 'selects a day that no year has'],
  ])('refuses the cron expression %s: it %s', (cron, reason) => {
    const read = readSchedule({ cron, timezone: 'Nowhere' })
    expect(read.diagnostics.map(({ severity, code }) => [severity, code])).toEqual([
      ['error', 'schedule.cron'],
      ['warning', 'schedule.timezone'],
    ])
    expect(read.diagnostics[0]?.message).toBe(`the cron expression "${cron}" ${reason}`)
    expect(read).not.toHaveProperty('schedule')
  })
})
