import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCron } from './cron.ts'

const range = (first: number, last: number, step = 1) =>
  Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, at) => first + at * step)
const all = {
  minutes: range(0, 59),
  hours: range(0, 23),
  days: range(1, 31),
  months: range(1, 12),
  weekdays: range(0, 6),
}

describe('parseCron', () => {
  it.each([
    ['* * * * *', {}],
    ['0 0 * * *', { minutes: [0], hours: [0] }],
    ['*/15 * * * *', { minutes: [0, 15, 30, 45] }],
    ['* * */10 */5 */4', { days: [1, 11, 21, 31], months: [1, 6, 11], weekdays: [0, 4] }],
    ['5,3,3,59 1-3 * * *', { minutes: [3, 5, 59], hours: [1, 2, 3] }],
    ['* 0-23/5 * * 0,6', { hours: [0, 5, 10, 15, 20], weekdays: [0, 6] }],
    ['0-3,2-4,*/30 * * * *', { minutes: [0, 1, 2, 3, 4, 30] }],
    ['59 23 31 12 6', { minutes: [59], hours: [23], days: [31], months: [12], weekdays: [6] }],
    [' 05  7-7\t* * *  ', { minutes: [5], hours: [7] }],
    ['*/99 * * * *', { minutes: [0] }],
    ['* * 29 2 *', { days: [29], months: [2] }],
    ['* * 31 2,3 *', { days: [31], months: [2, 3] }],
  ])('reads %j', (text, fields) => {
    expect(parseCron(text)).toEqual({ ok: true, value: { ...all, ...fields } })
  })

  it.each([
    ['', { kind: 'field-count' }],
    ['* * * *', { kind: 'field-count' }],
    ['* * * * * *', { kind: 'field-count' }],
    ['@daily', { kind: 'field-count' }],
    [`${'1,'.repeat(130)}1 * * * *`, { kind: 'field-count' }],
    ['60 * * * *', { kind: 'field', field: 'minutes' }],
    ['-1 * * * *', { kind: 'field', field: 'minutes' }],
    ['1, * * * *', { kind: 'field', field: 'minutes' }],
    ['5/10 * * * *', { kind: 'field', field: 'minutes' }],
    ['*/0 * * * *', { kind: 'field', field: 'minutes' }],
    ['*-5 * * * *', { kind: 'field', field: 'minutes' }],
    ['1-2-3 * * * *', { kind: 'field', field: 'minutes' }],
    ['** * * * *', { kind: 'field', field: 'minutes' }],
    ['* 24 * * *', { kind: 'field', field: 'hours' }],
    ['* 5-3 * * *', { kind: 'field', field: 'hours' }],
    ['* 1.5 * * *', { kind: 'field', field: 'hours' }],
    ['* * 0 * *', { kind: 'field', field: 'days' }],
    ['* * 32 * *', { kind: 'field', field: 'days' }],
    ['* * L * *', { kind: 'field', field: 'days' }],
    ['* * ? * *', { kind: 'field', field: 'days' }],
    ['* * * 0 *', { kind: 'field', field: 'months' }],
    ['* * * 13 *', { kind: 'field', field: 'months' }],
    ['* * * JAN *', { kind: 'field', field: 'months' }],
    ['* * * * 7', { kind: 'field', field: 'weekdays' }],
    ['* * * * 5-7', { kind: 'field', field: 'weekdays' }],
    ['* * * * MON', { kind: 'field', field: 'weekdays' }],
    ['* * * * ٣', { kind: 'field', field: 'weekdays' }],
    ['* * 30,31 2 *', { kind: 'never' }],
    ['* * 31 2,4,6,9,11 *', { kind: 'never' }],
  ])('refuses %j', (text, problem) => {
    expect(parseCron(text)).toEqual({ ok: false, error: problem })
  })

  it('answers any text in bounded time, without an exception', () => {
    const piece = fc.constantFrom('*', '/', '-', ',', ' ', '0', '7', '31', '59', '99', '\n', 'x')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const read = parseCron(pieces.join(''))
        if (!read.ok) return
        for (const values of Object.values<readonly number[]>({ ...read.value })) {
          expect(values.length).toBeGreaterThan(0)
          expect([...new Set(values)].sort((left, right) => left - right)).toEqual(values)
        }
      }),
    )
  })
})
