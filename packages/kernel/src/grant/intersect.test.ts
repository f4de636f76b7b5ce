import { describe, expect, it } from 'vitest'
import type { GrantConfig } from './config.ts'
import { intersectConfigs } from './intersect.ts'

describe('intersectConfigs', () => {
  it.each<{ name: string; parent: GrantConfig; child: GrantConfig; both: GrantConfig }>([
    { name: 'lists meet', parent: { l: ['a', 'b', 'b', 'c'] }, child: { l: ['c', 'b'] }, both: { l: ['b', 'c'] } },
    {
      name: 'lists of objects meet whatever the order of their keys',
      parent: { l: [{ a: 1, b: 2 }] },
      child: { l: [{ b: 2, a: 1 }] },
      both: { l: [{ a: 1, b: 2 }] },
    },
    { name: 'lists that share nothing stay, empty', parent: { l: ['a'] }, child: { l: ['b'] }, both: { l: [] } },
    {
      name: 'booleans must both be true',
      parent: { x: true, y: true, z: false },
      child: { x: true, y: false, z: false },
      both: { x: true, y: false, z: false },
    },
    { name: 'the smaller number holds', parent: { x: 5, y: -1 }, child: { x: 3, y: 4 }, both: { x: 3, y: -1 } },
    {
      name: 'objects meet inside',
      parent: { o: { a: 1, b: [1] } },
      child: { o: { b: [1, 2] } },
      both: { o: { b: [1] } },
    },
    {
      name: 'equal texts stay',
      parent: { t: 'r', u: 'r', n: null },
      child: { t: 'r', u: 'w', n: null },
      both: { t: 'r', n: null },
    },
    { name: 'a key one side lacks is dropped', parent: { a: [1], b: 2 }, child: { a: [1], c: 3 }, both: { a: [1] } },
    {
      name: 'different kinds are dropped',
      parent: { a: [1], b: { c: 1 }, d: true, e: 1, f: 'x' },
      child: { a: 1, b: [1], d: 1, e: true, f: 1 },
      both: {},
    },
    { name: 'what is inherited is not granted', parent: { constructor: [1] }, child: {}, both: {} },
  ])('$name', ({ parent, child, both }) => {
    expect(intersectConfigs(parent, child)).toEqual(both)
  })
})
