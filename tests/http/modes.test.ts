import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blockFlow, packFiles, startTestSystem, type TestSystem } from './system.ts'

const python = 'def run(input_data, context=None):\n    return input_data["name"]\n'
const files = {
  ...packFiles('both', {
    'blocks/a.py': python,
    'blocks/b.ts': 'export const run = (input: { name: string }): string => input.name\n',
    'flows/a.flow.json': blockFlow('both.python', 'a.py'),
    'flows/b.flow.json': blockFlow('both.typescript', 'b.ts'),
  }),
  'flows/pure.flow.json': JSON.stringify({
    flow_id: 'pure',
    outputs: { k: 'any' },
    phases: ['main'],
    steps: [{ id: 's', phase: 'main', type: 'set', input: { key: 'k', value: 1 } }],
  }),
}
const run = { inputs: { name: 'Ada' } }
const flowIds = ['both.python', 'both.typescript']

/** Every end of a block on the ledger: how it came out, and where it had run. */
async function listEnds(rumi: TestSystem): Promise<readonly unknown[]> {
  const { entries } = (await rumi.ask('GET', '/api/ledger/entries?limit=1000')).body.data
  return entries.flatMap(({ kind, data }: { kind: string; data: Record<string, unknown> }) =>
    kind === 'block.end' ? [[data['outcome'], data['posture']]] : [],
  )
}

describe('a system without a sandbox that works', () => {
  let rumi: TestSystem
  beforeAll(async () => {
    rumi = await startTestSystem({ files, environment: { RUMI_BUBBLEWRAP: '/nonexistent/bwrap' } })
    expect((await rumi.ask('POST', '/api/packs/both/approve')).body.data.status).toBe('approved')
  })
  afterAll(async () => rumi.close())

  it.each(flowIds)('runs no block of an approved pack, and says why: %s', async (flowId) => {
    const { status, body } = await rumi.ask('POST', `/api/flows/${flowId}/run`, run)
    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      success: false,
      status: 'failed',
      failed_step: 'call',
      error_type: 'sandbox_unavailable',
      error: expect.stringContaining('rumi doctor'),
    })
    const shown = await rumi.ask('GET', `/api/runs/${body.data.run_id}`)
    expect(shown.body.data.steps).toMatchObject([{ status: 'failed', sandbox: 'rejected' }])
  })

  it('does everything else', async () => {
    expect((await rumi.ask('POST', '/api/flows/pure/run')).body.data).toMatchObject({ success: true, result: { k: 1 } })
    expect((await rumi.ask('GET', '/api/packs')).body.data).toMatchObject([{ status: 'approved' }])
    expect((await rumi.ask('POST', '/api/ledger/verify')).body.data).toMatchObject({ ok: true })
    expect(await listEnds(rumi)).toEqual(flowIds.map(() => ['sandbox_unavailable', 'rejected']))
  })

  it('is told by the doctor, with what to do', async () => {
    const { data } = (await rumi.ask('GET', '/api/doctor')).body
    expect(data).toMatchObject({
      ok: false,
      mode: 'strict',
      sandbox: { driver: 'bubblewrap', passed: false, hint: expect.stringContaining('bubblewrap') },
    })
    expect(data.sandbox.checks.some(({ passed }: { passed: boolean }) => !passed)).toBe(true)
  })
})

describe('a permissive system', () => {
  let rumi: TestSystem
  beforeAll(async () => {
    rumi = await startTestSystem({ files, environment: { RUMI_SECURITY_MODE: 'permissive' } })
  })
  afterAll(async () => rumi.close())

  it('runs no block of a pack that nobody approved either', async () => {
    await rumi.ask('POST', '/api/packs/scan')
    expect((await rumi.ask('POST', '/api/flows/both.python/run', run)).body.problem?.code).toBe('pack.not_approved')
  })

  it('runs blocks on the host, and marks each of them so in the journal and on the ledger', async () => {
    await rumi.ask('POST', '/api/packs/both/approve')
    for (const flowId of flowIds) {
      const { data } = (await rumi.ask('POST', `/api/flows/${flowId}/run`, run)).body
      expect(data).toMatchObject({ success: true, result: { answer: 'Ada' } })
      const shown = await rumi.ask('GET', `/api/runs/${data.run_id}`)
      expect(shown.body.data.steps).toMatchObject([{ status: 'completed', sandbox: 'host_permissive' }])
    }
    expect(await listEnds(rumi)).toEqual(flowIds.map(() => ['ok', 'host_permissive']))
    const { entries } = (await rumi.ask('GET', '/api/ledger/entries?limit=1')).body.data
    expect(entries).toMatchObject([{ kind: 'system.start', data: { mode: 'permissive', sandbox: 'host' } }])
  })
})

describe('the doctor of a system that works', () => {
  it('tries the attacks of the self-test in real workers of both runtimes', async () => {
    const rumi = await startTestSystem()
    try {
      const { data } = (await rumi.ask('GET', '/api/doctor')).body
      expect(data).toMatchObject({ ok: true, mode: 'strict', sandbox: { driver: 'bubblewrap', passed: true } })
      const ids: readonly string[] = data.sandbox.checks.map(({ id }: { id: string }) => id)
      for (const runtime of ['python', 'node']) {
        for (const attack of ['SBX-01', 'SBX-07', 'SBX-29']) expect(ids).toContain(`${runtime}/${attack}`)
      }
    } finally {
      await rumi.close()
    }
  })
})
