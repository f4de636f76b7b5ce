import { afterEach, describe, expect, it } from 'vitest'
import { packIdSchema, treeHashSchema, type JsonValue } from '@rumi/kernel/base'
import { defaultLimits, type BlockCall, type BlockLimits } from '@rumi/kernel/sandbox'
import { frameKind } from '../channel/index.ts'
import { Lane, lanePolicies, type LanePolicy } from './lane.ts'
import { ScriptedWorker } from './test-worker.ts'

const lanes: Lane[] = []
afterEach(async () => {
  await Promise.all(lanes.splice(0).map((lane) => lane.close()))
})

function open(kind: keyof typeof lanePolicies, changes: Partial<LanePolicy> = {}) {
  const workers: ScriptedWorker[] = []
  const policy = { ...lanePolicies[kind], spares: 0, posture: 'bubblewrap_fresh', ...changes } as const
  const lane = new Lane(
    policy,
    async (events) => {
      const worker = new ScriptedWorker(events)
      workers.push(worker)
      return worker
    },
    60_000,
  )
  lanes.push(lane)
  return { lane, workers }
}

function call(limits: Partial<BlockLimits> = {}): BlockCall {
  return {
    packId: packIdSchema.parse('pack'),
    treeHash: treeHashSchema.parse(`sha256:${'0'.repeat(64)}`),
    treePath: '/tree',
    subdir: '',
    file: 'a.py',
    runtime: 'python',
    isolation: 'fresh',
    input: null,
    context: {},
    limits: { ...defaultLimits('python', 10_000), ...limits },
  }
}

const never = new AbortController().signal
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The only worker, ready to serve. */
async function ready(workers: readonly ScriptedWorker[]): Promise<ScriptedWorker> {
  await turn()
  const worker = workers.at(-1)
  if (!worker) throw new Error('no worker was started')
  worker.says(frameKind.ready)
  return worker
}

describe('the questions of a lane’s calls', () => {
  const ask = (worker: ScriptedWorker, call: number, number: number): void =>
    worker.says(frameKind.ask, call, `\0\0\0${String.fromCodePoint(number)}{}`)
  const answersTo = (worker: ScriptedWorker) =>
    worker.sent
      .filter((frame) => frame.kind === frameKind.answer)
      .map((frame) => [frame.call, frame.body.readUInt32BE(0), frame.body.toString('utf8', 4)])
  const stop = { ok: false, errorType: 'bad_output' }

  it('are answered to the call that asked', async () => {
    const { lane, workers } = open('forking', { maxWorkers: 1, callsAtOnce: 8 })
    const outcomes = ['a', 'b'].map((name) => lane.execute(call(), never, async () => name))
    const server = await ready(workers)
    ask(server, 2, 5)
    ask(server, 1, 5)
    await turn()
    expect(answersTo(server)).toEqual([
      [2, 5, '"b"'],
      [1, 5, '"a"'],
    ])
    for (const number of [1, 2]) server.answers(number, number)
    expect(await Promise.all(outcomes)).toMatchObject([{ value: 1 }, { value: 2 }])
  })

  it.each(['warm', 'single'] as const)('are a violation after the answer of the call (%s)', async (kind) => {
    const { lane, workers } = open(kind)
    const outcome = lane.execute(call(), never, async () => 'told')
    const worker = await ready(workers)
    worker.answers(1, 'out')
    ask(worker, 1, 1)
    expect(await outcome).toMatchObject(stop)
    expect(worker.dead).toBe(true)
  })

  it.each(['warm', 'forking'] as const)('end the call when they are none (%s)', async (kind) => {
    const { lane, workers } = open(kind)
    const outcome = lane.execute(call(), never, async () => 'told')
    const worker = await ready(workers)
    ask(worker, 1, 0)
    worker.answers(1, 'as if nothing had been')
    if (kind === 'forking') worker.says(frameKind.end, 1, '{"signal":9}')
    expect(await outcome).toMatchObject(stop)
  })

  it.each<[string, (worker: ScriptedWorker, end: AbortController) => void, Partial<BlockLimits>]>([
    ['has answered', (worker) => worker.answers(1, 'out'), {}],
    ['was cancelled', (_, end) => end.abort(), {}],
    ['did not end in time', () => undefined, { wallMs: 5 }],
    ['ended by itself', (worker) => worker.exit('exit 1'), {}],
    ['spoke out of turn', (worker) => worker.says(frameKind.end, 1), {}],
  ])('IPC-02: are given up when the call %s; a late answer goes nowhere', async (_, finish, limits) => {
    const { lane, workers } = open('warm')
    const asked: { signal: AbortSignal; answer: (value: JsonValue) => void }[] = []
    const end = new AbortController()
    const outcome = lane.execute(
      call(limits),
      end.signal,
      (__, signal) => new Promise((resolve) => asked.push({ signal, answer: resolve })),
    )
    const worker = await ready(workers)
    ask(worker, 1, 1)
    expect(asked).toHaveLength(1)
    finish(worker, end)
    await outcome
    expect(asked[0]?.signal.aborted).toBe(true)
    const next = lane.execute(call(), never, async () => 'own')
    const other = worker.dead ? await ready(workers) : worker
    asked[0]?.answer('late')
    ask(other, 2, 1)
    await turn()
    expect([...new Set([worker, other])].flatMap(answersTo)).toEqual([[2, 1, '"own"']])
    other.answers(2, 'next')
    expect(await next).toMatchObject({ ok: true, value: 'next' })
  })
})
