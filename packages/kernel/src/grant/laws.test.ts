import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts'
import type { GrantConfig } from './config.ts'
import { decideGrant, type GrantQuestion, type GrantReading } from './decide.ts'
import { intersectConfigs } from './intersect.ts'
import { grantRequestSchema, issueGrant, nextEpoch, spendUses, type GrantRequest } from './issue.ts'
import type { GrantRecord } from './record.ts'
import { coversNeeds, suggestGrants } from './suggest.ts'
import { grant, key, packId, permissionId, permits, probes } from './test-grants.ts'

const now = 5_000

const ask = (
  rows: Readonly<Record<string, GrantReading>>,
  principalId: string,
  defaults: GrantConfig = {},
): GrantQuestion => ({
  principalId,
  permissionId,
  defaults,
  findGrant: (name) => rows[name],
  findEpochFloor: () => 3,
  keys: [key],
  nowMs: now,
})

const item: fc.Arbitrary<JsonValue> = fc.constantFrom<JsonValue[]>('a', 'b', 'c', 1, 2, { type: 'a' }, { type: 'b' })
const loose: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.array(item, { maxLength: 4 }),
  fc.boolean(),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom<JsonValue[]>('r', 'w', null),
)
const flat: fc.Arbitrary<JsonObject> = fc.record(
  {
    allowed_a: fc.array(item, { maxLength: 4 }),
    flag: fc.boolean(),
    max_b: fc.integer({ min: 0, max: 4 }),
    any: loose,
  },
  { requiredKeys: [] },
)

/** Configs in which keys often meet, sometimes with values of different kinds. */
const configArbitrary: fc.Arbitrary<GrantConfig> = fc
  .tuple(flat, fc.option(fc.oneof(flat, loose), { nil: undefined }))
  .map(([outer, inner]) => (inner === undefined ? outer : { ...outer, inner }))

describe('intersectConfigs', () => {
  it('permits exactly what both permit', () => {
    fc.assert(
      fc.property(configArbitrary, configArbitrary, (parent, child) => {
        const both = intersectConfigs(parent, child)
        for (const probe of probes) expect(permits(both, probe)).toBe(permits(parent, probe) && permits(child, probe))
      }),
    )
  })

  it('gives the same in any grouping and nothing new when repeated', () => {
    fc.assert(
      fc.property(configArbitrary, configArbitrary, configArbitrary, (a, b, c) => {
        const left = intersectConfigs(intersectConfigs(a, b), c)
        expect(intersectConfigs(a, intersectConfigs(b, c))).toEqual(left)
        expect(intersectConfigs(left, a)).toEqual(left)
      }),
    )
  })
})

const levels = ['a', 'a__b', 'a__b__c'] as const
const flaws = ['none', 'none', 'none', 'absent', 'forged', 'foreign', 'stale', 'expired', 'spent'] as const
type Flaw = (typeof flaws)[number]
type Level = readonly [Flaw, GrantConfig]

const levelArbitrary: fc.Arbitrary<Level> = fc.tuple(fc.constantFrom(...flaws), configArbitrary)

function rowOf(principalId: string, [flaw, config]: Level): GrantReading {
  const good = { principalId: packId(principalId), config, epoch: 3 }
  const rows: Record<Flaw, GrantReading> = {
    none: grant(good),
    absent: undefined,
    forged: { ...grant({ ...good, config: {} }), config: { ...config, forged: 1 } },
    foreign: grant({ ...good, principalId: packId('z') }),
    stale: grant({ ...good, epoch: 2 }),
    expired: grant({ ...good, expiresAt: now - 1 }),
    spent: grant({ ...good, usesLeft: 0 }),
  }
  return rows[flaw]
}

describe('decideGrant on random lineages', () => {
  const chain = fc.tuple(levelArbitrary, levelArbitrary, levelArbitrary)
  const about = (rows: readonly Level[], depth: number, defaults: GrantConfig) => {
    const kept = Object.fromEntries(levels.map((name, at) => [name, rowOf(name, rows[at]!)]))
    return decideGrant(ask(kept, levels[depth - 1]!, defaults))
  }

  it('agrees with the naive rule: every level counts, and permits', () => {
    fc.assert(
      fc.property(chain, fc.integer({ min: 1, max: 3 }), configArbitrary, (rows, depth, defaults) => {
        const needed = rows.slice(0, depth)
        const decided = about(rows, depth, defaults)
        expect(decided.allowed).toBe(needed.every(([flaw]) => flaw === 'none'))
        if (!decided.allowed) return
        const filled = needed.map(([, config]) => Object.assign({}, defaults, config))
        for (const probe of probes) {
          expect(permits(decided.config, probe)).toBe(filled.every((config) => permits(config, probe)))
        }
      }),
    )
  })

  it('never lets a child reach further than its parent', () => {
    fc.assert(
      fc.property(chain, fc.integer({ min: 2, max: 3 }), configArbitrary, (rows, depth, defaults) => {
        const child = about(rows, depth, defaults)
        const parent = about(rows, depth - 1, defaults)
        if (!child.allowed) return
        expect(parent.allowed).toBe(true)
        if (!parent.allowed) return
        for (const probe of probes) if (permits(child.config, probe)) expect(permits(parent.config, probe)).toBe(true)
      }),
    )
  })

  it('lets a counted grant be used exactly as often as it says, however rows are put back', () => {
    const step = fc.constantFrom('use', 'use', 'restore')
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(step),
        (own, parents, steps) => {
          const rows = new Map<string, GrantRecord>()
          const floors = new Map<string, number>()
          const seen: GrantRecord[] = []
          const put = (record: GrantRecord) => {
            rows.set(record.principalId, record)
            floors.set(record.principalId, record.epoch)
            seen.push(record)
          }
          put(grant({ usesLeft: parents, epoch: nextEpoch(undefined) }))
          put(grant({ principalId: packId('a__b'), usesLeft: own, epoch: nextEpoch(undefined) }))
          let used = 0
          for (const action of steps) {
            if (action === 'restore') {
              // An attacker puts the oldest rows back, then the owner of the store its newest.
              const newest = new Map(rows)
              for (const record of [...seen].reverse()) rows.set(record.principalId, record)
              const decided = decideGrant({ ...ask({}, 'a__b'), ...state() })
              if (used > 0) expect(decided.allowed).toBe(false)
              for (const [name, record] of newest) rows.set(name, record)
              continue
            }
            const decided = decideGrant({ ...ask({}, 'a__b'), ...state() })
            expect(decided.allowed).toBe(used < Math.min(own, parents))
            if (!decided.allowed) continue
            used += 1
            spendUses(decided.chain, key).forEach(put)
          }
          function state() {
            return {
              findGrant: (name: string) => rows.get(name),
              findEpochFloor: (name: string) => floors.get(name),
            }
          }
        },
      ),
    )
  })
})

const apply = (rows: Readonly<Record<string, GrantReading>>, requests: readonly GrantRequest[]) => {
  const issued = requests.map((request): [string, GrantReading] => {
    const made = issueGrant({ request, epochFloor: 2, nowMs: now, key })
    if (!made.ok) throw new Error(made.error.kind)
    return [request.principal_id, made.value]
  })
  return { ...rows, ...Object.fromEntries(issued) }
}

describe('suggestGrants', () => {
  it('suggests exactly what makes the use possible: all of it suffices, and none of it can be left out', () => {
    const flaw = fc.constantFrom('good', 'good', 'absent', 'forged')
    const level = fc.tuple(flaw, configArbitrary)
    fc.assert(
      fc.property(fc.tuple(level, level), configArbitrary, configArbitrary, (levels, defaults, needs) => {
        const rows = Object.fromEntries(
          levels.map(([kind, config], at): [string, GrantReading] => {
            const record = grant({ principalId: packId(['a', 'a__b'][at]!), config })
            return [
              record.principalId,
              kind === 'good' ? record : kind === 'forged' ? { ...record, epoch: 9 } : undefined,
            ]
          }),
        )
        const works = (kept: Readonly<Record<string, GrantReading>>) => {
          const decided = decideGrant(ask(kept, 'a__b', defaults))
          return decided.allowed && coversNeeds(decided.config, needs)
        }
        const suggested = suggestGrants(ask(rows, 'a__b', defaults), needs)
        for (const request of suggested) expect(grantRequestSchema.parse(request)).toEqual(request)
        expect(works(apply(rows, suggested))).toBe(true)
        expect(works(rows)).toBe(suggested.length === 0)
        for (const left of suggested) {
          expect(
            works(
              apply(
                rows,
                suggested.filter((other) => other !== left),
              ),
            ),
          ).toBe(false)
        }
      }),
    )
  })

  it('asks for nothing beyond the needs where nothing was granted', () => {
    fc.assert(
      fc.property(configArbitrary, (needs) => {
        const [request] = suggestGrants(ask({}, 'a'), needs)
        for (const probe of probes) if (permits(request?.config, probe)) expect(permits(needs, probe)).toBe(true)
      }),
    )
  })
})

describe('coversNeeds', () => {
  it('holds exactly when everything needed is permitted', () => {
    // An amount counts as needed when it is the limit that the need names.
    const isNeeded = (needs: JsonObject, [path, kind, value]: (typeof probes)[number]) => {
      if (!permits(needs, [path, kind, value])) return false
      const outer = needs[path[0]!]
      const named = path.length === 1 ? outer : isJsonObject(outer) ? outer[path[1]!] : undefined
      return kind !== 'amount' || named === value
    }
    fc.assert(
      fc.property(configArbitrary, configArbitrary, (config, needs) => {
        const permitted = probes.every((probe) => !isNeeded(needs, probe) || permits(config, probe))
        expect(coversNeeds(config, needs)).toBe(permitted)
      }),
    )
  })
})
