import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { getOperation, type Services } from '@rumi/app/operations'
import { err } from '@rumi/kernel/base'
import type { RunRequest } from '@rumi/kernel/run'
import { blockFlow, expectProblem, packFiles, startTestSystem, type Answer, type TestSystem } from './system.ts'

const setFlow = (flowId: string, key: string, value: unknown) =>
  JSON.stringify({
    flow_id: flowId,
    inputs: { word: { type: 'string', default: 'none' }, must: { type: 'string', required: flowId === 'strict' } },
    outputs: { [key]: 'any' },
    phases: ['main'],
    steps: [{ id: 's', phase: 'main', type: 'set', input: { key, value } }],
  })

let rumi: TestSystem
beforeAll(async () => {
  rumi = await startTestSystem({
    environment: { RUMI_MAX_RESPONSE_BYTES: '50', RUMI_MAX_CONCURRENT_FLOWS: '2' },
    files: {
      ...packFiles('slow', {
        'blocks/spin.py': 'def run(input_data, context=None):\n    while True:\n        pass\n',
        'blocks/quick.py': 'def run(input_data, context=None):\n    return "x" * input_data["name"]\n',
        'flows/spin.flow.json': blockFlow('slow.spin', 'spin.py', 60),
        'flows/quick.flow.json': blockFlow('slow.quick', 'quick.py'),
      }),
      'flows/strict.flow.json': setFlow('strict', 'said', '${ctx.must}'),
    },
  })
  await rumi.ask('POST', '/api/packs/slow/approve')
  await rumi.ask('POST', '/api/flows/slow.quick/run', { inputs: { name: 1 } }) // the sandbox is ready from here on
})
afterAll(async () => rumi.close())

/** Starts a run that spins, and waits until its block does. */
async function spin(options: { readonly signal?: AbortSignal } = {}) {
  const known = new Set((await listRuns()).map(({ run_id: id }) => id))
  const answer = fetch(`${rumi.server.url}/api/flows/slow.spin/run`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rumi.system.operatorToken}`, 'content-type': 'application/json' },
    body: '{}',
    ...options,
  }).then(async (response) => ({ status: response.status, body: await response.json() }) as Answer)
  for (;;) {
    const started = (await listRuns()).find(({ run_id: id, status }) => !known.has(id) && status === 'running')
    if (started) return { runId: started.run_id, answer }
    await pause(10)
  }
}

async function listRuns(): Promise<readonly { readonly run_id: string; readonly status: string }[]> {
  return (await rumi.ask('GET', '/api/runs')).body.data.runs
}

describe('the time-out of a run', () => {
  it.each([
    [undefined, 300],
    [1, 1],
    [2.5, 2.5],
    [0, 1],
    [-5, 1],
    [1e-9, 1],
    [600, 600],
    [9999, 600],
    [1e308, 600],
    ['60', 300],
    ['soon', 300],
    ['', 300],
    [null, 300],
    [true, 300],
    [[5], 300],
    [{}, 300],
  ])('%j is %d seconds', async (timeout, seconds) => {
    const asked: RunRequest[] = []
    const runner = {
      run: async (request: RunRequest) => {
        asked.push(request)
        return err({ code: 'run.busy', status: 429, message: 'asked' })
      },
    }
    const services = { ...rumi.system.services, runner } as unknown as Services
    const context = { caller: { kind: 'operator', via: 'http' }, signal: new AbortController().signal } as const
    await getOperation('flows.run').call(services, { flow_id: 'strict', timeout }, context)
    expect(asked.map(({ timeoutMs }) => timeoutMs)).toEqual([seconds * 1000])
  })

  it('is told with the id of the run, which has ended by then', async () => {
    const answer = await rumi.ask('POST', '/api/flows/slow.spin/run', { timeout: 0 })
    expect({ status: answer.status, ...answer.body }).toMatchObject({
      status: 408,
      success: false,
      error: expect.stringContaining('timed out after 1 s'),
      problem: { code: 'run.timed_out' },
      data: { success: false, status: 'timed_out', run_id: expect.stringMatching(/^run_/) },
    })
    const shown = await rumi.ask('GET', `/api/runs/${answer.body.data.run_id}`)
    expect(shown.body.data).toMatchObject({ status: 'timed_out', steps: [{ step_id: 'call', status: 'interrupted' }] })
    expect(rumi.system.services.sandbox.activePacks().size).toBe(0)
  })
})

describe('the inputs of a run', () => {
  it('that a flow requires and nobody gave are named', async () => {
    const answer = await rumi.ask('POST', '/api/flows/strict/run')
    expectProblem(answer, 400, 'flow.input_missing')
    expect(answer.body.error).toContain('must')
  })

  it('may be anything else', async () => {
    const answer = await rumi.ask('POST', '/api/flows/strict/run', { inputs: { must: 1, unknown: [null] } })
    expect(answer.body.data).toMatchObject({ success: true, result: { said: 1 } })
  })
})

describe('a result', () => {
  it('larger than RUMI_MAX_RESPONSE_BYTES is replaced by a note, and the run is a success', async () => {
    const { status, body } = await rumi.ask('POST', '/api/flows/slow.quick/run', { inputs: { name: 200 } })
    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      success: true,
      status: 'completed',
      result: { _truncated: true, _reason: expect.stringContaining('50 bytes'), _keys: ['answer'] },
    })
    const shown = await rumi.ask('GET', `/api/runs/${body.data.run_id}`)
    expect(shown.body.data.result).toEqual({ answer: 'x'.repeat(200) })
  })

  it('is measured in bytes of JSON', async () => {
    const ask = async (name: number) =>
      (await rumi.ask('POST', '/api/flows/slow.quick/run', { inputs: { name } })).body.data.result
    const room = 50 - '{"answer":""}'.length
    expect(await ask(room)).toEqual({ answer: 'x'.repeat(room) })
    expect(await ask(room + 1)).toMatchObject({ _truncated: true })
  })
})

describe('while blocks spin', () => {
  it('the health check answers, one run too many is told to wait, and a cancelled run makes room again', async () => {
    const runs = [await spin(), await spin()] as const
    expect((await fetch(`${rumi.server.url}/health`)).status).toBe(200)
    expect((await rumi.ask('GET', '/api/packs/slow/status')).body.data.status).toBe('running')
    expectProblem(await rumi.ask('POST', '/api/flows/slow.quick/run', { inputs: { name: 1 } }), 429, 'run.busy')
    const cancelled = await rumi.ask('POST', `/api/runs/${runs[0].runId}/cancel`)
    expect(cancelled.body).toEqual({
      success: true,
      data: { run_id: runs[0].runId, cancelled: true, status: 'cancelled' },
      error: null,
    })
    const told = await runs[0].answer
    expect(told).toMatchObject({ status: 200, body: { data: { success: false, status: 'cancelled' } } })
    const ran = await rumi.ask('POST', '/api/flows/slow.quick/run', { inputs: { name: 1 } })
    expect(ran.body.data).toMatchObject({ success: true })
    await rumi.ask('POST', `/api/runs/${runs[1].runId}/cancel`, {})
    await runs[1].answer
  })

  it('a run that has ended cannot be cancelled, and neither can one that never was', async () => {
    const [newest] = await listRuns()
    expectProblem(await rumi.ask('POST', `/api/runs/${newest?.run_id}/cancel`), 409, 'run.ended')
    expectProblem(await rumi.ask('POST', `/api/runs/run_${'0'.repeat(24)}/cancel`), 404, 'run.unknown')
  })

  it('a client that hangs up takes its run with it', async () => {
    const client = new AbortController()
    const { runId, answer } = await spin({ signal: client.signal })
    client.abort()
    await expect(answer).rejects.toThrow()
    for (;;) {
      const { status } = (await rumi.ask('GET', `/api/runs/${runId}`)).body.data
      if (status !== 'running') {
        expect(status).toBe('cancelled')
        break
      }
      await pause(10)
    }
    expect(rumi.system.services.runner.activeCount).toBe(0)
  })

  it('a pack that is rejected loses its blocks at once', async () => {
    const { answer } = await spin()
    await rumi.ask('POST', '/api/packs/slow/reject', {})
    expect((await answer).body.data).toMatchObject({ success: false, failed_step: 'call' })
    expect(rumi.system.services.sandbox.activePacks().size).toBe(0)
    expectProblem(await rumi.ask('POST', '/api/flows/slow.quick/run', { inputs: { name: 1 } }), 403, 'pack.blocked')
  })
})
