import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTimeZone } from './time-zone.ts'

const zoneOf = (name: string) => readTimeZone(name).zone
/** Reads `2026-03-29 02:30` as a local time. */
const local = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`)
const iso = (at: number) => new Date(at).toISOString()

describe('readTimeZone', () => {
  it.each([undefined, 'UTC', 'Etc/UTC', 'Europe/Berlin', 'Australia/Lord_Howe'])('knows %s', (name) => {
    expect(readTimeZone(name)).toMatchObject({ zone: { name: name ?? 'UTC' }, diagnostics: [] })
  })

  it.each(['Mars/Olympus', '', '../etc', 'x'.repeat(500)])('takes UTC for %j, with a warning', (name) => {
    const read = readTimeZone(name)
    expect(read).toMatchObject({
      zone: { name: 'UTC' },
      diagnostics: [{ severity: 'warning', code: 'schedule.timezone' }],
    })
    expect([read.zone.toLocal(5), read.zone.toInstant(5)]).toEqual([5, 5])
  })
})

describe('the clock on the wall', () => {
  it.each([
    ['Europe/Berlin', '2026-01-15T12:00:00.000Z', '2026-01-15 13:00'],
    ['Europe/Berlin', '2026-07-15T12:00:00.000Z', '2026-07-15 14:00'],
    ['America/New_York', '2026-01-15T12:00:00.000Z', '2026-01-15 07:00'],
    ['Asia/Kathmandu', '2026-01-15T12:00:00.000Z', '2026-01-15 17:45'],
    ['Asia/Tokyo', '2026-01-15T20:00:00.000Z', '2026-01-16 05:00'],
    ['UTC', '2026-01-15T12:00:00.000Z', '2026-01-15 12:00'],
    ['America/New_York', '1850-01-01T00:00:00.000Z', '1849-12-31 19:03:58'],
  ])('in %s shows at %s %s', (name, at, shown) => {
    expect(iso(zoneOf(name).toLocal(Date.parse(at)))).toBe(iso(local(shown)))
    expect(iso(zoneOf(name).toInstant(local(shown)))).toBe(at)
  })

  it.each([
    ['Europe/Berlin', '2026-03-29 02:00', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-03-29 02:59', '2026-03-29T01:00:00.000Z'],
    ['America/New_York', '2026-03-08 02:30', '2026-03-08T07:00:00.000Z'],
    ['Australia/Lord_Howe', '2026-10-04 02:15', '2026-10-03T15:30:00.000Z'],
    ['Pacific/Apia', '2011-12-30 12:00', '2011-12-30T10:00:00.000Z'],
    ['America/Sao_Paulo', '2018-11-04 00:30', '2018-11-04T03:00:00.000Z'],
  ])('in %s skips %s, which means the first moment after', (name, skipped, at) => {
    expect(iso(zoneOf(name).toInstant(local(skipped)))).toBe(at)
  })

  it.each([
    ['Europe/Berlin', '2026-10-25 02:00', '2026-10-25T00:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25 02:59', '2026-10-25T00:59:00.000Z'],
    ['Europe/Berlin', '2026-10-25 03:00', '2026-10-25T02:00:00.000Z'],
    ['America/New_York', '2026-11-01 01:30', '2026-11-01T05:30:00.000Z'],
    ['Australia/Lord_Howe', '2026-04-05 01:45', '2026-04-04T14:45:00.000Z'],
  ])('in %s shows %s more than once or again, which means the first time', (name, repeated, at) => {
    expect(iso(zoneOf(name).toInstant(local(repeated)))).toBe(at)
  })

  it('never means an earlier moment by a later time, and means what it shows', () => {
    const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia').map(zoneOf)
    const time = fc.integer({ min: local('2010-01-01 00:00') / 60_000, max: local('2030-01-01 00:00') / 60_000 })
    fc.assert(
      fc.property(zone, time, fc.integer({ min: 1, max: 200 }), (place, minutes, later) => {
        const at = place.toInstant(minutes * 60_000)
        expect(place.toInstant((minutes + later) * 60_000)).toBeGreaterThanOrEqual(at)
        // The first moment at which the clock shows this or, over a gap, more.
        expect(place.toLocal(at)).toBeGreaterThanOrEqual(minutes * 60_000)
        expect(place.toLocal(at - 1)).toBeLessThan(minutes * 60_000)
      }),
    )
  })
})
