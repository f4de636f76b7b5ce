import { describe, expect, it } from 'vitest'
import { en } from '../messages/index.ts'
import { addToConfig, parseGrantConfig } from './grant-config.ts'

describe('how far a grant reaches, as it is typed', () => {
  it.each([
    [{ allow: [] }, {}],
    [{ allow: ['store_ids=weather_cache'] }, { allowed_store_ids: ['weather_cache'] }],
    [{ allow: ['allowed_keys=A, B', 'keys=B,C'] }, { allowed_keys: ['A', 'B', 'C'] }],
    [{ allow: ['bindings=KEY@a.example:443'] }, { allowed_bindings: ['KEY@a.example:443'] }],
    [{ allow: ['flow_ids=a=b'] }, { allowed_flow_ids: ['a=b'] }],
    [
      { allow: [], config: '{"allowed_keys":["A"],"max":1}' },
      { allowed_keys: ['A'], max: 1 },
    ],
  ])('%j is read', (typed, config) => {
    expect(parseGrantConfig(typed, en)).toEqual({ ok: true, value: config })
  })

  it.each([
    [{ allow: ['store_ids'] }, 'store_ids'],
    [{ allow: ['store_ids='] }, 'store_ids='],
    [{ allow: ['store_ids=a,,b'] }, 'a,,b'],
    [{ allow: ['=a'] }, '=a'],
    [{ allow: ['Store=a'] }, 'Store=a'],
    [{ allow: ['keys=A'], config: '{}' }, 'not both'],
    [{ allow: [], config: '[]' }, '--config'],
    [{ allow: [], config: '{"a":1,"a":2}' }, '--config'],
    [{ allow: [], config: '{' }, '--config'],
  ])('%j is refused with a sentence', (typed, words) => {
    expect(parseGrantConfig(typed, en)).toEqual({ ok: false, error: expect.stringContaining(words) })
  })

  it('is joined list by list to what was granted before; a limit is replaced', () => {
    const held = { allowed_keys: ['A', 'B'], max: 1, other: true }
    const joined = { allowed_keys: ['A', 'B', 'C'], allowed_x: ['y'], max: 2, other: true }
    expect(addToConfig(held, { allowed_keys: ['B', 'C'], allowed_x: ['y'], max: 2 })).toEqual(joined)
  })
})
