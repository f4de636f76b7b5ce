import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { PackId } from '../base/index.ts'
import { buildFlowCatalog } from './catalog.ts'
import type { FlowSource } from './definition.ts'
import { parseFlow, type ParsedFlow } from './parse/flow.ts'

const official: FlowSource = { kind: 'official' }
const shared: FlowSource = { kind: 'shared' }
const pack = (packId: string): FlowSource => ({ kind: 'pack', packId: packId as PackId })

const file = (id: string, source: FlowSource, name: string): ParsedFlow =>
  parseFlow(new TextEncoder().encode(`flow_id: ${id}\nphases: [main]\nsteps: []`), { file: name, source })
const broken = (id: string, source: FlowSource, name: string): ParsedFlow =>
  parseFlow(new TextEncoder().encode(`flow_id: ${id}\nphases: []\nsteps: []`), { file: name, source })

function outcome(files: readonly ParsedFlow[]): { flows: string[]; found: string[] } {
  const { flows, diagnostics } = buildFlowCatalog(files)
  return {
    flows: [...flows].map(([id, flow]) => `${id}=${flow.file}`),
    found: diagnostics
      .filter(({ code }) => code !== 'flow.scope')
      .map(({ severity, code, file: at }) => `${severity} ${code} ${at}`),
  }
}

describe('buildFlowCatalog', () => {
  it.each<[string, ParsedFlow[], string[], string[]]>([
    [
      'different ids stand beside each other, sorted',
      [file('b', pack('b'), 'b'), file('a', shared, 'a')],
      ['a=a', 'b=b'],
      [],
    ],
    [
      'shared wins over a pack',
      [file('a', pack('a'), 'p'), file('a', shared, 's')],
      ['a=s'],
      ['warning flow.shadowed p'],
    ],
    [
      'official wins over all',
      [file('a', pack('a'), 'p'), file('a', shared, 's'), file('a', official, 'o')],
      ['a=o'],
      ['warning flow.shadowed s', 'warning flow.shadowed p'],
    ],
    [
      'of two packs the first by id wins',
      [file('a', pack('p2'), '1'), file('a', pack('p1'), '2')],
      ['a=2'],
      ['error flow.conflict 1'],
    ],
    [
      'no pack takes a name of another pack, whatever its own is',
      [file('p2.a', pack('p2'), '1'), file('p2.a', pack('p1'), '2')],
      ['p2.a=1'],
      ['error flow.conflict 2'],
    ],
    [
      'of two files of one source the first by path wins',
      [file('a', shared, 'y'), file('a', shared, 'x')],
      ['a=x'],
      ['error flow.conflict y'],
    ],
    [
      'of two files of one pack the first by path wins',
      [file('a', pack('a'), 'y'), file('a', pack('a'), 'x')],
      ['a=x'],
      ['error flow.conflict y'],
    ],
    [
      'a broken file hides no other id',
      [broken('b', shared, 'b'), file('a', shared, 'a')],
      ['a=a'],
      ['error flow.phases b'],
    ],
    [
      'a broken pack file hides no other pack',
      [broken('a', pack('p1'), '1'), file('a', pack('p2'), '2')],
      ['a=2'],
      ['error flow.phases 1'],
    ],
    [
      'a broken official file leaves the id to the operator',
      [broken('a', official, 'o'), file('a', shared, 's')],
      ['a=s'],
      ['error flow.phases o'],
    ],
    [
      'the id of a broken file of the operator is not given to a pack',
      [broken('a', shared, 's'), file('a', pack('a'), 'p')],
      [],
      ['error flow.phases s', 'warning flow.shadowed p'],
    ],
    [
      'a file whose id cannot be read is only reported',
      [file('"a b"', shared, 'x'), file('a', shared, 'a')],
      ['a=a'],
      ['error flow.id x'],
    ],
    ['nothing', [], [], []],
  ])('%s', (...[, files, flows, found]) => {
    expect(outcome(files)).toEqual({ flows, found })
  })

  it('names both files and both packs', () => {
    const { diagnostics } = buildFlowCatalog([
      file('a.x', pack('b'), 'b/f'),
      file('a.x', pack('a'), 'a/f'),
      file('a.x', shared, 's/f'),
    ])
    expect(diagnostics.filter(({ code }) => code !== 'flow.scope').map(({ message }) => message)).toEqual([
      'the flow "a.x" of a/f is hidden by s/f',
      'the flow "a.x" of b/f is hidden by s/f',
    ])
    const conflict = buildFlowCatalog([file('c', pack('b'), 'b/f'), file('c', pack('a'), 'a/f')]).diagnostics.at(-1)
    expect(conflict?.message).toBe('the flow "c" is in a/f and in b/f (packs "a" and "b"); the first one is used')
  })

  it('does not depend on the order of the files, and a pack never takes an id of the operator', () => {
    const source = fc.constantFrom(official, shared, pack('p1'), pack('p2'))
    const entry = fc.record({
      id: fc.constantFrom('a', 'b'),
      source,
      isBroken: fc.boolean(),
      name: fc.constantFrom('1', '2', '3'),
    })
    const entries = fc.uniqueArray(entry, {
      selector: (one) => `${JSON.stringify(one.source)}${one.name}`,
      maxLength: 8,
    })
    fc.assert(
      fc.property(entries, (given) => {
        const files = given.map((one) => (one.isBroken ? broken : file)(one.id, one.source, one.name))
        const { flows } = buildFlowCatalog(files)
        expect([...buildFlowCatalog(files.toReversed()).flows]).toEqual([...flows])
        for (const [id, flow] of flows) {
          const operators = given.some((one) => one.id === id && one.source.kind !== 'pack')
          expect(flow.source.kind === 'pack' && operators).toBe(false)
        }
      }),
    )
  })
})
