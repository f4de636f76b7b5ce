import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { probeFiles } from '../gate/probe-system.ts'
import { startKairos, type KairosSystem } from './kairos-system.ts'

const source = `export default skill('probe', {
  version: '1.0',
  evolve: { allow: ['content'], deny: ['behavior'] },
  definition: [
    toolCall('read', { command: 'skills.list' }),
    toolCall('older', { command: 'chain_record' }),
    toolCall('approve', { command: 'skills.approve' }),
    toolCall('operator', { command: 'skills.approve', approver: 'operator' }),
    toolCall('nothing', { command: 'skills.lists' }),
    toolCall('granted', { command: 'store.get', principal: 'weather' }),
    check('mine', { condition: "can_evolve('content') and not can_evolve('behavior')" }),
    check('supplied', { condition: 'season == \\'winter\\'' }),
    check('overruled', { condition: 'evolution_count == 0' }),
    constraint('declared', { required: true }),
  ],
})
`
let kairos: KairosSystem
beforeAll(async () => {
  kairos = await startKairos({
    init: false,
    evolution: false,
    files: { '.kairos/skills/probe.skill.ts': source, ...probeFiles('weather') },
  })
  await kairos.must('POST', '/api/kairos/init', {})
  await kairos.must('POST', '/api/packs/scan', {})
  await kairos.must('POST', '/api/packs/weather/approve', {})
})
afterAll(async () => kairos.close())

const statuses = async (bindings: Readonly<Record<string, unknown>> = {}) => {
  const report = await kairos.must('POST', '/api/skills/probe/verify', { bindings })
  return {
    ...report,
    of: Object.fromEntries(report.nodes.map(({ name, status }: { name: string; status: string }) => [name, status])),
  }
}

describe('a definition', () => {
  it('is held against the operations there are, and who may call them', async () => {
    const { of, verdict, all_deterministic_passed: passed } = await statuses()
    expect(of).toMatchObject({
      ...{
        read: 'satisfied',
        older: 'satisfied',
        approve: 'unsatisfied',
        operator: 'satisfied',
        nothing: 'unsatisfied',
      },
      ...{ mine: 'satisfied', supplied: 'unknown', overruled: 'satisfied', declared: 'satisfied' },
    })
    expect([verdict, passed]).toEqual(['unsatisfied', false])
  })

  it('is held against the grants of this moment', async () => {
    expect((await statuses()).of.granted).toBe('unsatisfied')
    const grant = { principal_id: 'weather', permission_id: 'store.get', config: { allowed_store_ids: ['pantry'] } }
    await kairos.must('POST', '/api/capability/grants/grant', grant)
    expect((await statuses()).of.granted).toBe('satisfied')
    await kairos.must('POST', '/api/capability/grants/revoke', { principal_id: 'weather', permission_id: 'store.get' })
    expect((await statuses()).of.granted).toBe('unsatisfied')
  })

  it('takes what only the caller knows from the caller, and nothing that the system knows', async () => {
    const { of } = await statuses({ season: 'winter', evolution_count: 7, skill: 'core_safety' })
    expect([of.supplied, of.overruled]).toEqual(['satisfied', 'satisfied'])
    expect((await statuses({ season: 'summer' })).of.supplied).toBe('unsatisfied')
  })

  it('says of each value where it stood, and never that all is well when something was only declared or unknown', async () => {
    const { nodes, summary } = await statuses()
    const find = (wanted: string) => nodes.find(({ name }: { name: string }) => name === wanted)
    expect([find('overruled').used, find('supplied').missing, find('declared').basis]).toEqual([
      { evolution_count: 0 },
      ['season'],
      'declared',
    ])
    expect(summary).toMatchObject({ total: 10, unknown: 1 })
  })
})
