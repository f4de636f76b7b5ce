import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blockFlow, packFiles, startTestSystem, type TestSystem } from './system.ts'

const script = 'export async function run(input, context) {\n  return { hello: input.name, step: context.step_id }\n}\n'
const typed = `import type { Block } from '@rumi/pack-sdk'

export const run: Block<{ readonly name: string }> = async (input, context) => {
  return { hello: input.name, step: context.step_id }
}
`
const blocks: Readonly<Record<string, string>> = {
  'a.py': 'def run(input_data, context=None):\n    return {"hello": input_data["name"], "step": context["step_id"]}\n',
  'a.ts': typed,
  'a.mts': typed,
  'a.js': script,
  'a.mjs': script,
}

const network = `def run(input_data, context=None):
    reply = context["http_request"](method="GET", url="https://example.com/", timeout_seconds=1.0)
    return [context["network_check"]("example.com", 443)["allowed"], reply["success"], reply["error_type"]]
`
const abort = 'def run(input_data, context=None):\n    return {"__flow_control": "abort", "reason": "Invalid input"}\n'

describe('a block', () => {
  let rumi: TestSystem
  beforeAll(async () => {
    const all = { ...blocks, 'network.py': network, 'abort.py': abort }
    rumi = await startTestSystem({
      files: {
        ...packFiles('kinds', {
          ...Object.fromEntries(Object.entries(all).map(([name, text]) => [`blocks/${name}`, text])),
          ...Object.fromEntries(
            Object.keys(all).map((name) => [`flows/${name}.flow.json`, blockFlow(`kinds.${name}`, name)]),
          ),
        }),
        'user_data/shared/flows/wired.flow.json': JSON.stringify({
          flow_id: 'wired',
          outputs: { first: 'object', second: 'object' },
          phases: ['main'],
          steps: [
            {
              ...{ id: 'a', phase: 'main', type: 'block', owner_pack: 'kinds', file: 'a.py' },
              ...{ input: { name: '${ctx.name}' }, output: 'first' },
            },
            {
              ...{ id: 'b', phase: 'main', type: 'block', owner_pack: 'others', file: 'echo.ts' },
              ...{ input: { from: '${ctx.first.hello}' }, output: 'second' },
            },
          ],
        }),
        ...packFiles('others', { 'blocks/echo.ts': 'export const run = (input: unknown): unknown => input\n' }),
        ...packFiles('kept', {
          'ecosystem.json': JSON.stringify({ pack_id: 'kept', pack_identity: 'local:kept', isolation: 'warm' }),
          'blocks/count.py': 'calls = 0\n\ndef run(_):\n    global calls\n    calls += 1\n    return calls\n',
          'flows/count.flow.json': blockFlow('kept.count', 'count.py'),
        }),
      },
    })
    for (const packId of ['kinds', 'others', 'kept']) await rumi.ask('POST', `/api/packs/${packId}/approve`)
  })
  afterAll(async () => rumi.close())

  const run = async (flowId: string) =>
    (await rumi.ask('POST', `/api/flows/${flowId}/run`, { inputs: { name: 'Ada' } })).body.data

  it.each(Object.keys(blocks))('runs by the ending of its file: %s', async (name) => {
    expect(await run(`kinds.${name}`)).toMatchObject({
      success: true,
      result: { answer: { hello: 'Ada', step: 'call' } },
    })
  })

  it('of one pack and a block of another are wired by a flow of the operator; neither knows the other', async () => {
    expect(await run('wired')).toMatchObject({
      success: true,
      result: { first: { hello: 'Ada' }, second: { from: 'Ada' } },
    })
  })

  it('is told by its context that there is no network, in the form of an answer', async () => {
    expect(await run('kinds.network.py')).toMatchObject({ result: { answer: [false, false, 'egress_denied'] } })
  })

  it('that aborts ends the run, which says so: status, step and reason', async () => {
    expect(await run('kinds.abort.py')).toMatchObject({
      success: false,
      status: 'aborted',
      failed_step: 'call',
      error: 'step "call": Invalid input',
      diagnostics: expect.arrayContaining(['call: aborted: Invalid input']),
      result: null,
    })
  })

  it('is kept warm when its approved manifest asks for it, and the journal says so', async () => {
    expect([(await run('kept.count')).result, (await run('kept.count')).result]).toEqual([{ answer: 1 }, { answer: 2 }])
    const [newest] = (await rumi.ask('GET', '/api/runs')).body.data.runs
    const shown = await rumi.ask('GET', `/api/runs/${newest.run_id}`)
    expect(shown.body.data.steps).toMatchObject([{ sandbox: 'bubblewrap_warm' }])
  })
})
