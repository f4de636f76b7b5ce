import { describe, expect, it } from 'vitest'
import { checkPackId, isReservedPackId } from './pack-id.ts'

describe('checkPackId', () => {
  it.each(['weather_pack', 'a', 'Parent__child', '0-1', 'corex', 'kernel2', 'com10', 'x'.repeat(64)])(
    'accepts %s',
    (name) => {
      expect(checkPackId(name, [name, 'other'])).toEqual({ ok: true, value: name })
    },
  )

  it.each([
    ['', 'malformed'],
    ['..', 'malformed'],
    ['a/b', 'malformed'],
    ['a b', 'malformed'],
    ['con.txt', 'malformed'],
    ['x'.repeat(65), 'malformed'],
    ['cafe\u0301', 'malformed'],
    ['café', 'malformed'],
    ['\u212aernel', 'malformed'],
    ['core_evil', 'reserved'],
    ['CORE_evil', 'reserved'],
    ['core_', 'reserved'],
    ['kernel', 'reserved'],
    ['Kernel', 'reserved'],
    ['system', 'reserved'],
    ['kairos', 'reserved'],
    ['kairos__behavior', 'reserved'],
    ['Kairos__x', 'reserved'],
    ['RUMI', 'reserved'],
    ['con', 'reserved'],
    ['PRN', 'reserved'],
    ['aux', 'reserved'],
    ['nul', 'reserved'],
    ['com1', 'reserved'],
    ['LPT9', 'reserved'],
  ])('refuses %j as %s', (name, kind) => {
    expect(checkPackId(name, [name])).toEqual({ ok: false, error: { kind } })
  })

  it('lets only the alphabetically first of two names that differ by case be a pack', () => {
    const names = ['weather', 'Weather', 'WEATHER', 'other']
    expect(names.map((name) => checkPackId(name, names))).toEqual([
      { ok: false, error: { kind: 'collision', winner: 'WEATHER' } },
      { ok: false, error: { kind: 'collision', winner: 'WEATHER' } },
      { ok: true, value: 'WEATHER' },
      { ok: true, value: 'other' },
    ])
  })

  it('reserves device names with any extension but not names that begin like one', () => {
    expect(['nul.txt', 'conin$', 'com\u00b9', 'console', 'auxiliary', 'com'].map(isReservedPackId)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ])
  })
})
