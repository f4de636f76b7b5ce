import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operations } from '@rumi/app/operations'
import { expectProblem } from '../http/system.ts'
import { startKairos, type KairosSystem } from './kairos-system.ts'

let kairos: KairosSystem
beforeAll(async () => {
  kairos = await startKairos()
})
afterAll(async () => kairos.close())

const decision = {
  skill_id: 'core_safety',
  skill_version: '1.0',
  source_text: 'No record, no change.',
  result: 'formalized',
  rationale: 'It can be checked.',
  formalization_category: 'rule',
}

describe('behaviours of the older system', () => {
  it.each([
    ['another result', { ...decision, result: 'maybe' }, "result must be 'formalized' or 'not_formalized'"],
    ['another category', { ...decision, formalization_category: 'law' }, 'formalization_category must be one of: '],
    ['an empty field', { ...decision, rationale: ' ' }, 'rationale: is required'],
    ['a missing field', { ...decision, source_text: undefined }, 'source_text: '],
  ])('C09: a decision about formalization with %s is refused, and says why', async (_, body, message) => {
    const refused = await kairos.askDelegate('POST', '/api/formalization', body)
    expectProblem(refused, 400, 'request.invalid')
    expect(refused.body.error).toContain(message)
  })

  it('C08: a decision about formalization is found again, and is a record of its kind', async () => {
    await kairos.must('POST', '/api/formalization', decision)
    const found = await kairos.must('GET', '/api/formalization?skill_id=core_safety')
    expect(found).toMatchObject({ count: 1, formalized: 1, entries: [{ decision }] })
    const history = await kairos.must('GET', '/api/chain/history?type=formalization_decision')
    expect(history.entries).toMatchObject([{ origin: 'ledger', subject: 'core_safety' }])
  })

  it('C10: what tools did, operations do', () => {
    const names = operations.map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining([
        ...['formalization.record', 'formalization.history'],
        ...['definition.verify', 'definition.decompile', 'definition.drift'],
      ]),
    )
  })

  it('D18: texts are recorded as a list, and nothing else is', async () => {
    expect(await kairos.must('POST', '/api/chain/record', { logs: ['a', 'b'] })).toMatchObject({ recorded: 2 })
    expectProblem(await kairos.ask('POST', '/api/chain/record', { logs: 'a' }), 400, 'request.invalid')
    const none = await kairos.ask('POST', '/api/chain/record', { logs: [] })
    expect(none.body.error).toContain('logs array is required')
  })

  it('E06: archiving needs the operator and a reason, and can be undone once', async () => {
    await kairos.must('POST', '/api/knowledge', { name: 'dogs', content: '# Dogs' })
    const reason = { reason: 'old' }
    expectProblem(await kairos.askDelegate('POST', '/api/knowledge/dogs/archive', reason), 403, 'auth.forbidden')
    expectProblem(await kairos.ask('POST', '/api/knowledge/dogs/archive', { reason: ' ' }), 400, 'request.invalid')
    expect(kairos.read('knowledge/dogs/dogs.md')).toContain('# Dogs')
    await kairos.must('POST', '/api/knowledge/dogs/archive', reason)
    expect(kairos.read('knowledge/.archived/dogs/dogs.md')).toContain('# Dogs')
    await kairos.must('POST', '/api/knowledge', { name: 'dogs', content: '# Other dogs' })
    expectProblem(await kairos.ask('POST', '/api/knowledge/dogs/unarchive', {}), 409, 'knowledge.exists')
  })

  it('E12: a state is committed once, unless it is forced, and never without a reason', async () => {
    expectProblem(await kairos.ask('POST', '/api/state/commit', { reason: ' ' }), 400, 'state.reason')
    await kairos.must('POST', '/api/state/commit', { reason: 'as it is', force: true })
    const again = await kairos.ask('POST', '/api/state/commit', { reason: 'as it is' })
    expectProblem(again, 409, 'state.unchanged')
    expect(again.body.error).toContain('No changes since last commit')
    expect(await kairos.must('POST', '/api/state/commit', { reason: 'all the same', force: true })).toMatchObject({
      changes: 0,
    })
  })
})
