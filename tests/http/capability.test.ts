import { createFixedClock } from '@rumi/kernel/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectProblem, packFiles, startTestSystem, type Answer, type TestSystem } from './system.ts'

const clock = createFixedClock()
let rumi: TestSystem
beforeAll(async () => {
  rumi = await startTestSystem({
    systemClock: clock,
    files: packFiles('giver', {
      'share/capability_handlers/hello/handler.json': JSON.stringify({ handler_id: 'h', permission_id: 'hello.say' }),
      'share/capability_handlers/hello/handler.py': 'def execute(context, args):\n    return args\n',
    }),
  })
})
afterAll(async () => rumi.close())

const scan = async (): Promise<Answer['body']['data']> =>
  (await rumi.ask('POST', '/api/capability/candidates/scan', {})).body.data
const items = async (): Promise<Answer['body']['data']> =>
  (await rumi.ask('GET', '/api/capability/requests?status=all')).body.data.items

describe('a handler that a pack offers', () => {
  it('waits, is rejected for an hour, for good at the third time, and can be unblocked', async () => {
    expect(await scan()).toMatchObject({ scanned_count: 1, pending_created: 1, errors: [] })
    expect(await scan()).toMatchObject({ pending_created: 0, skipped_pending: 1 })
    const [{ candidate_key: key }] = await items()
    expect(key).toMatch(/^giver:hello:h:[0-9a-f]{64}$/)
    const path = `/api/capability/requests/${encodeURIComponent(key)}`
    for (const count of [1, 2]) {
      expect(await rumi.ask('POST', `${path}/reject`, { reason: 'no' })).toMatchObject({
        status: 200,
        body: { data: { status: 'rejected', reject_count: count } },
      })
      expect(await scan()).toMatchObject({ pending_created: 0, skipped_cooldown: 1 })
      expectProblem(await rumi.ask('POST', `${path}/approve`, {}), 409, 'candidate.not_waiting')
      clock.pass(3_600_000)
      expect(await scan()).toMatchObject({ pending_created: 1 })
    }
    await rumi.ask('POST', `${path}/reject`, { reason: 'never' })
    expect((await rumi.ask('GET', '/api/capability/blocked')).body.data).toMatchObject({
      count: 1,
      blocked: { [key]: { status: 'blocked', reason: 'never', reject_count: 3 } },
    })
    clock.pass(10 * 3_600_000)
    expect(await scan()).toMatchObject({ pending_created: 0, skipped_blocked: 1 })
    const unblock = `/api/capability/blocked/${encodeURIComponent(key)}/unblock`
    expect((await rumi.ask('POST', unblock, { reason: 'looked again' })).body.data).toMatchObject({
      status: 'rejected',
      reject_count: 3,
    })
    expectProblem(await rumi.ask('POST', unblock, {}), 409, 'candidate.not_blocked')
    clock.pass(3_600_000)
    expect(await scan()).toMatchObject({ pending_created: 1 })
    expect((await rumi.ask('POST', `${path}/approve`, { notes: 'fine' })).body.data).toMatchObject({
      status: 'installed',
    })
  })

  it.each(['nobody:x:h:' + 'a'.repeat(64), 'no key', '%00'])('that nobody offers (%s) is unknown', async (key) => {
    expectProblem(
      await rumi.ask('POST', `/api/capability/requests/${encodeURIComponent(key)}/approve`, {}),
      404,
      'candidate.unknown',
    )
  })
})
