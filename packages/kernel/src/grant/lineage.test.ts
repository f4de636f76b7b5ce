import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseLineage } from './lineage.ts'

describe('parseLineage', () => {
  it.each([
    ['a', ['a']],
    ['a__b__c', ['a', 'a__b', 'a__b__c']],
    ['_a__b_', ['_a', '_a__b_']],
    ['my_pack', ['my_pack']],
    ['a-b__c_d', ['a-b', 'a-b__c_d']],
  ])('%s is bound by %j', (id, lineage) => {
    expect(parseLineage(id)).toEqual({ ok: true, value: lineage })
  })

  it.each([
    ['', 'malformed'],
    ['a/b', 'malformed'],
    ['a__b\n', 'malformed'],
    ['..', 'malformed'],
    ['a__é', 'malformed'],
    ['x'.repeat(65), 'malformed'],
    ['__', 'ambiguous'],
    ['__a', 'ambiguous'],
    ['a__', 'ambiguous'],
    ['a___b', 'ambiguous'],
    ['a____b', 'ambiguous'],
  ])('refuses %j as %s', (id, kind) => {
    expect(parseLineage(id)).toEqual({ ok: false, error: { kind } })
  })

  it('is the only way to put the names together', () => {
    const letters = fc.stringMatching(/^[ab_-]{1,12}$/)
    fc.assert(
      fc.property(letters, (id) => {
        const lineage = parseLineage(id)
        if (!lineage.ok) return
        const names = lineage.value
        expect(names.at(-1)).toBe(id)
        for (const [at, name] of names.entries()) {
          if (at > 0) expect(name.startsWith(`${names[at - 1]}__`)).toBe(true)
          expect(parseLineage(name)).toEqual({ ok: true, value: names.slice(0, at + 1) })
        }
        // No other place to cut: every "__" begins a new name.
        expect(id.split('__')).toHaveLength(names.length)
        expect(id).not.toContain('___')
      }),
    )
  })
})
