import { describe, expect, it } from 'vitest'
import { isoInstant } from './clock.ts'
import { sha256, sha256Hex } from './digest.ts'
import { flowIdSchema, packIdSchema, runIdSchema, treeHashSchema } from './ids.ts'
import { isJsonObject } from './json.ts'

describe('names', () => {
  it.each([
    {
      schema: packIdSchema,
      good: ['a', 'my_pack', 'parent__child', 'A-1', 'x'.repeat(64)],
      bad: ['', 'x'.repeat(65), 'a.b', 'a/b', '..', 'ä', 'a\n', 'a b'],
    },
    {
      schema: flowIdSchema,
      good: ['a', 'my_pack.flow', 'a-b_c.d', 'x'.repeat(128)],
      bad: ['', 'x'.repeat(129), 'a/b', 'a:b', 'ä', 'a\n', '%2e'],
    },
    {
      schema: runIdSchema,
      good: [`run_${'0'.repeat(24)}`, 'run_0192f0c1a2b3c4d5e6f70123'],
      bad: [
        'run_',
        `run_${'g'.repeat(24)}`,
        `run_${'A'.repeat(24)}`,
        `run_${'0'.repeat(25)}`,
        `xrun_${'0'.repeat(24)}`,
        `run_${'0'.repeat(24)}\n`,
      ],
    },
    {
      schema: treeHashSchema,
      good: [`sha256:${'a'.repeat(64)}`],
      bad: ['a'.repeat(64), `sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(63)}`, `sha512:${'a'.repeat(64)}`],
    },
  ])('of kind %# are exact', ({ schema, good, bad }) => {
    expect(good.filter((text) => !schema.safeParse(text).success)).toEqual([])
    expect([...bad, 7, null, undefined, ['a']].filter((value) => schema.safeParse(value).success)).toEqual([])
  })
})

describe('small words', () => {
  it('tells objects from everything else', () => {
    expect([{}, { a: 1 }, null, [], 'x', 1, true, undefined].map((value) => isJsonObject(value))).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ])
  })

  it('digests texts as their UTF-8 form', () => {
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    expect([sha256Hex(''), sha256('').toString('hex')]).toEqual([empty, empty])
    expect(sha256Hex('ß')).toBe(sha256Hex(Buffer.from([0xc3, 0x9f])))
  })

  it('writes instants in UTC with milliseconds', () => {
    expect([isoInstant(0), isoInstant(1_735_689_600_123)]).toEqual([
      '1970-01-01T00:00:00.000Z',
      '2025-01-01T00:00:00.123Z',
    ])
  })
})
