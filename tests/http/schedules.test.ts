import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createFixedClock } from '@rumi/kernel/testing'
import { packFiles, startTestSystem, type TestSystem } from './system.ts'

const setFlow = (flowId: string, schedule: unknown): string =>
  JSON.stringify({
    flow_id: flowId,
    schedule,
    outputs: ['by'],
    phases: ['main'],
    steps: [{ id: 's', phase: 'main', type: 'set', input: { key: 'by', value: '${ctx._triggered_by}' } }],
  })

const clock = createFixedClock()
let rumi: TestSystem
beforeAll(async () => {
  rumi = await startTestSystem({
    systemClock: clock,
    files: {
      ...packFiles('watch', { 'flows/tick.flow.json': setFlow('watch.tick', { interval: 300 }) }),
      'flows/daily.flow.json': setFlow('daily', { cron: '30 9 * * 1-5', timezone: 'Europe/Berlin' }),
      'flows/lost.flow.json': setFlow('lost', { cron: '0 0 * * *', timezone: 'Mars/Olympus' }),
      'flows/never.flow.json': setFlow('never', { cron: '0 0 31 2 *' }),
    },
  })
})
afterAll(async () => rumi.close())

const listSchedules = async () => (await rumi.ask('GET', '/api/schedules')).body.data
const scheduleOf = async (flowId: string) =>
  (await listSchedules()).schedules.find(({ flow_id: id }: { flow_id: string }) => id === flowId)
/** Lets a second pass, and more, until something holds. */
const passUntil = async (durationMs: number, check: () => Promise<void>) => {
  clock.pass(durationMs)
  await vi.waitFor(check, { timeout: 5000, interval: 20 })
}

describe('schedules', () => {
  it('of flows that may run are listed, and nothing starts in a home that is only open', async () => {
    const { schedules, count, active } = await listSchedules()
    expect([count, active]).toEqual([3, false])
    expect(schedules).toEqual([
      { flow_id: 'daily', cron: '30 9 * * 1-5', timezone: 'Europe/Berlin', next_run: null, diagnostics: [] },
      {
        flow_id: 'lost',
        cron: '0 0 * * *',
        timezone: 'Mars/Olympus',
        next_run: null,
        diagnostics: [expect.objectContaining({ code: 'schedule.timezone', severity: 'warning' })],
      },
      {
        flow_id: 'never',
        cron: '0 0 31 2 *',
        next_run: null,
        diagnostics: [
          expect.objectContaining({ code: 'schedule.cron', severity: 'error', file: 'flows/never.flow.json' }),
        ],
      },
    ])
    const { diagnostics } = (await rumi.ask('GET', '/api/flows')).body.data
    expect(diagnostics.map(({ code }: { code: string }) => code)).toEqual(['schedule.timezone', 'schedule.cron'])
  })

  it('of a pack fire once it is approved, 300 s later, under the name of the schedule', async () => {
    await rumi.ask('POST', '/api/packs/watch/approve')
    rumi.system.services.scheduler.start((error) => rumi.exceptions.push(error))
    await passUntil(1000, async () => {
      expect(await scheduleOf('watch.tick')).toMatchObject({ pack_id: 'watch', next_run: '2025-01-01T00:05:01.000Z' })
    })
    expect(await scheduleOf('daily')).toMatchObject({ next_run: '2025-01-01T08:30:00.000Z' })
    await passUntil(300_000, async () => {
      expect(await scheduleOf('watch.tick')).toMatchObject({
        last_run: '2025-01-01T00:05:01.000Z',
        last_status: 'completed',
        last_run_id: expect.stringMatching(/^run_/),
        next_run: '2025-01-01T00:10:01.000Z',
      })
    })
    const [run] = (await rumi.ask('GET', '/api/runs')).body.data.runs
    expect(run).toMatchObject({ flow_id: 'watch.tick', caller: 'schedule/watch.tick', status: 'completed' })
    expect((await rumi.ask('GET', `/api/runs/${run.run_id}`)).body.data).toMatchObject({
      inputs: { _triggered_by: 'scheduler' },
      result: { by: 'scheduler' },
    })
    const kinds = rumi.system.services.ledger.entries(0, 1000).map(({ kind }) => kind)
    expect(kinds.filter((kind) => /^(?:schedule|run)\./.test(kind))).toEqual(['schedule.run', 'run.start', 'run.end'])
  })

  it('of a pack that was changed are skipped, and it is said why', async () => {
    rumi.write({ 'ecosystem/watch/new.py': '' })
    await passUntil(300_000, async () => {
      expect(await scheduleOf('watch.tick')).toMatchObject({
        last_status: 'completed',
        last_skip: '2025-01-01T00:10:01.000Z',
        skip_reason: 'pack.modified',
      })
    })
    expect((await rumi.ask('GET', '/api/runs')).body.data.count).toBe(1)
  })
})

describe('CAP-14: a flow that would start all the time', () => {
  it.each([
    ['zero', { interval: 0 }, 'flow.interval'],
    ['less than nothing', { interval: -1 }, 'flow.interval'],
    ['a fraction', { interval: 0.001 }, 'flow.interval'],
    ['a million million', { interval: 1e12 }, 'flow.schedule'],
    ['no number', { interval: 'NaN' }, 'flow.schedule'],
    ['six fields', { cron: '* * * * * *' }, 'flow.schedule'],
  ])('because its schedule is %s does not', async (_what, schedule, code) => {
    rumi.write({ 'flows/greedy.flow.json': setFlow('greedy', schedule) })
    const { diagnostics } = (await rumi.ask('GET', '/api/flows')).body.data
    expect(diagnostics).toContainEqual(expect.objectContaining({ code, file: 'flows/greedy.flow.json' }))
    const found = await scheduleOf('greedy')
    expect(found?.interval).toBe(code === 'flow.interval' ? 10 : undefined)
    expect(rumi.exceptions).toEqual([])
  })
})
