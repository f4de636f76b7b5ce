import { expect, it } from 'vitest'
import { chainTimestamp, isChainTimestamp } from './timestamp.ts'

it.each(['1970-01-01T00:00:00.000000Z', '2026-02-25T12:34:56.789123Z', '2024-02-29T23:59:59.999999Z'])(
  'takes %s for a time',
  (text) => expect(isChainTimestamp(text)).toBe(true),
)

it.each([
  ['', 'no text'],
  ['2026-02-25T12:34:56Z', 'no fraction'],
  ['2026-02-25T12:34:56.789Z', 'three digits'],
  ['2026-02-25T12:34:56.7891234Z', 'seven digits'],
  ['2026-02-25T12:34:56.789123', 'no zone'],
  ['2026-02-25T12:34:56.789123+00:00', 'another zone'],
  ['2026-02-25 12:34:56.789123Z', 'a space'],
  ['2026-02-30T12:34:56.789123Z', 'a day that no month has'],
  ['2026-02-29T12:34:56.789123Z', 'a day that the year has not'],
  ['2026-02-25T24:00:00.000000Z', 'hour 24'],
  ['2026-02-25T23:59:60.000000Z', 'a leap second'],
  ['026-02-25T12:34:56.789123Z', 'a year whose first digit went to the number of the block'],
  ['2026-02-25T12:34:56.789123Z\n', 'a line end'],
  ['２026-02-25T12:34:56.789123Z', 'a digit of another script'],
])('does not take %j for a time: %s', (text) => expect(isChainTimestamp(text)).toBe(false))

it('widens the time of an entry', () => {
  expect(chainTimestamp('2026-01-02T03:04:05.678Z')).toBe('2026-01-02T03:04:05.678000Z')
})

it.each(['', 'Z', '2026-01-02T03:04:05Z', '2026-01-02T03:04:05.678+00:00', '2026-01-02T03:04:05.678123Z'])(
  'makes no time of %j',
  (at) => expect(chainTimestamp(at)).toBeUndefined(),
)
