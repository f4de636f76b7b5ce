import { afterEach, describe, expect, it } from 'vitest'
import { packIdSchema, treeHashSchema, type JsonValue } from '@rumi/kernel/base'
import { defaultLimits, type BlockCall, type BlockLimits, type BlockOutcome } from '@rumi/kernel/sandbox'
import { frameKind } from '../channel/index.ts'
import { Lane, lanePolicies, type LanePolicy } from './lane.ts'
import { ScriptedWorker } from './test-worker.ts'

const lanes: Lane[] = []
afterEach(async () => {
  await Promise.all(lanes.splice(0).map((lane) => lane.close()))
})

function open(kind: keyof typeof lanePolicies, changes: Partial<LanePolicy> = {}, idleMs = 60_000) {
  const workers: ScriptedWorker[] = []
  const policy = { ...lanePolicies[kind], spares: 0, posture: 'bubblewrap_fresh', ...changes } as const
  const lane = new Lane(
    policy,
    async (events) => {
      const worker = new ScriptedWorker(events)
      workers.push(worker)
      return worker
    },
    idleMs,
  )
  lanes.push(lane)
  return { lane, workers }
}

function call(limits: Partial<BlockLimits> = {}, input: JsonValue = null): BlockCall {
  return {
    packId: packIdSchema.parse('pack'),
    treeHash: treeHashSchema.parse(`sha256:${'0'.repeat(64)}`),
    treePath: '/tree',
    subdir: '',
    file: 'a.py',
    runtime: 'python',
    isolation: 'fresh',
    input,
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

async function isSettled(outcome: Promise<BlockOutcome>): Promise<boolean> {
  await turn()
  return Promise.race([outcome.then(() => true), Promise.resolve(false)])
}

describe('a lane', () => {
  it('sends a call when a worker is ready, and gives its answer', async () => {
    const { lane, workers } = open('warm')
    const outcome = lane.execute(call({}, 'in'), never)
    await turn()
    expect(workers.map((worker) => worker.calls)).toEqual([[]])
    const worker = await ready(workers)
    expect(worker.calls).toEqual([1])
    worker.says(frameKind.stdout, 1, 'printed')
    worker.answers(1, 'out')
    expect(await outcome).toEqual({ ok: true, value: 'out', log: 'printed', posture: 'bubblewrap_fresh' })
  })

  it('keeps workers ready as calls come, and no more of them than there were calls', async () => {
    const { lane, workers } = open('single', { spares: 2 })
    const started: number[] = []
    const greeted = new Set<ScriptedWorker>()
    for (let number = 1; number <= 4; number += 1) {
      const outcome = lane.execute(call(), never)
      await turn()
      for (const worker of [...workers]) {
        if (!greeted.has(worker)) worker.says(frameKind.ready)
        greeted.add(worker)
      }
      workers.find((worker) => worker.calls.includes(number))?.answers(number, null)
      await outcome
      await turn()
      started.push(workers.length)
    }
    expect(started).toEqual([2, 4, 5, 6])
  })

  it('LIM-17: hears nothing of a call that it has given up, and answers only when its worker is gone', async () => {
    const { lane, workers } = open('warm')
    const outcome = lane.execute(call({ wallMs: 5 }), never)
    const worker = await ready(workers)
    worker.holdsOn = true
    while (worker.kills === 0) await turn()
    worker.answers(1, 'late')
    worker.says(frameKind.result, 1, 'no answer at all')
    expect(await isSettled(outcome)).toBe(false)
    worker.exit('SIGKILL')
    expect(await outcome).toMatchObject({ ok: false, errorType: 'timeout', posture: 'bubblewrap_fresh' })
  })

  it.each([
    ['a late or forged answer', (worker: ScriptedWorker) => worker.answers(7, 'forged')],
    [
      'the end of a call, which only a fork server tells',
      (worker: ScriptedWorker) => worker.says(frameKind.end, 1, '{}'),
    ],
    ['a second greeting', (worker: ScriptedWorker) => worker.says(frameKind.ready, 1)],
    ['a question nobody answers', (worker: ScriptedWorker) => worker.says(frameKind.ask, 1)],
    ['bytes that are no frame', (worker: ScriptedWorker) => worker.violates()],
  ])('IPC-02: kills a worker for %s, and tells the call that was in it', async (_, violate) => {
    const { lane, workers } = open('warm')
    const outcome = lane.execute(call(), never)
    const worker = await ready(workers)
    violate(worker)
    worker.answers(1, 'as if nothing had been')
    expect(await outcome).toMatchObject({ ok: false, errorType: 'bad_output' })
    expect(worker.dead).toBe(true)
    const next = lane.execute(call(), never)
    const other = await ready(workers)
    expect(other).not.toBe(worker)
    other.answers(2, 'own')
    expect(await next).toMatchObject({ ok: true, value: 'own' })
  })

  it('IPC-02: takes neither of two answers that come together', async () => {
    const { lane, workers } = open('warm')
    const outcome = lane.execute(call(), never)
    const worker = await ready(workers)
    worker.answers(1, 'first')
    worker.answers(1, 'second')
    expect(await outcome).toMatchObject({ ok: false, errorType: 'bad_output' })
    expect(worker.dead).toBe(true)
  })

  it('adds to the log what comes by the raw streams in the turn of the answer', async () => {
    const { lane, workers } = open('warm')
    const outcome = lane.execute(call(), never)
    const worker = await ready(workers)
    worker.answers(1, 'out')
    worker.prints('from a subprocess')
    expect(await outcome).toMatchObject({ ok: true, value: 'out', log: 'from a subprocess' })
  })

  it('answers for a worker that ends by itself', async () => {
    const { lane, workers } = open('warm')
    for (const [reason, errorType] of [
      ['exit 3', 'bad_output'],
      ['exit 137', 'oom'],
      ['SIGKILL', 'oom'],
      ['exit 134: JavaScript heap out of memory', 'oom'],
    ] as const) {
      const outcome = lane.execute(call(), never)
      const worker = await ready(workers)
      worker.exit(reason)
      expect(await outcome).toMatchObject({ ok: false, errorType, posture: 'bubblewrap_fresh' })
    }
  })

  it('kills a warm worker that prints while it serves no call, and leaves one that prints a little', async () => {
    const { lane, workers } = open('warm')
    const outcome = lane.execute(call(), never)
    const worker = await ready(workers)
    worker.answers(1, 1)
    await outcome
    worker.prints('x'.repeat(60_000))
    worker.says(frameKind.stdout, 1, 'late')
    expect(worker.dead).toBe(false)
    worker.prints('x'.repeat(60_000))
    expect(worker.dead).toBe(true)
  })

  it('lets a worker go that nobody used for a while, and one that served as many calls as it may', async () => {
    const { lane, workers } = open('warm', { callsInAll: 2 }, 5)
    for (const number of [1, 2]) {
      const outcome = lane.execute(call(), never)
      const worker = number === 1 ? await ready(workers) : workers[0]
      worker?.answers(number, number)
      await outcome
      await turn()
      expect(worker?.dead).toBe(number === 2)
    }
    const outcome = lane.execute(call(), never)
    const idle = await ready(workers)
    idle.answers(3, 3)
    await outcome
    await idle.ended
    expect(lane.workers).toBe(0)
  })
})

describe('calls that do not reach a worker', () => {
  it('are rejected when their input is too large, the run is over, or too many wait', async () => {
    const { lane, workers } = open('warm', { maxWaiting: 2, maxWorkers: 1 })
    const large = 'x'.repeat(100)
    expect(await lane.execute(call({ inputBytes: 50 }, large), never)).toMatchObject({ errorType: 'too_large' })
    expect(await lane.execute(call(), AbortSignal.abort())).toMatchObject({ errorType: 'cancelled' })
    const waiting = [lane.execute(call(), never), lane.execute(call(), never)]
    const refused = await lane.execute(call(), never)
    expect(refused).toMatchObject({ ok: false, errorType: 'busy', posture: 'rejected' })
    const worker = await ready(workers)
    worker.answers(1, 1)
    await waiting[0]
    worker.answers(2, 2)
    expect(await Promise.all(waiting)).toMatchObject([{ value: 1 }, { value: 2 }])
  })

  it('are rejected as well when what waits is too large together', async () => {
    const { lane } = open('warm')
    const large = 'x'.repeat(30 * 1024 * 1024)
    const limits = { inputBytes: 40 * 1024 * 1024 }
    const waiting = [lane.execute(call(limits, large), never), lane.execute(call(limits, large), never)]
    expect(await lane.execute(call(limits, large), never)).toMatchObject({ ok: false, errorType: 'busy' })
    await lane.close()
    expect(await Promise.all(waiting)).toMatchObject([{ errorType: 'cancelled' }, { errorType: 'cancelled' }])
  })

  it('are rejected when the run is cancelled while they wait', async () => {
    const { lane, workers } = open('warm', { maxWorkers: 1 })
    const end = new AbortController()
    const outcome = lane.execute(call(), end.signal)
    end.abort()
    expect(await outcome).toMatchObject({ ok: false, errorType: 'cancelled', posture: 'rejected' })
    expect((await ready(workers)).calls).toEqual([])
  })

  it('are rejected when a worker does not start, ends too early, or is not ready in time', async () => {
    const failing = new Lane(
      { ...lanePolicies.warm, posture: 'bubblewrap_warm' },
      () => Promise.reject(new Error('why')),
      1,
    )
    const unavailable = { ok: false, errorType: 'sandbox_unavailable', posture: 'rejected' }
    expect(await failing.execute(call(), never)).toMatchObject({
      ...unavailable,
      message: expect.stringContaining('why'),
    })

    const early = open('warm')
    const ended = early.lane.execute(call(), never)
    await turn()
    early.workers[0]?.exit('exit 1: no permission')
    expect(await ended).toMatchObject({ ...unavailable, message: expect.stringContaining('no permission') })

    const late = open('warm', { readyWithinMs: 5 })
    expect(await late.lane.execute(call(), never)).toMatchObject(unavailable)
    expect(late.workers[0]?.dead).toBe(true)
  })
})

describe('a lane of a fork server', () => {
  const several = { maxWorkers: 1, callsAtOnce: 8 }

  it('gives it several calls at once, and a place only when a process has ended', async () => {
    const { lane, workers } = open('forking', several)
    const outcomes = Array.from({ length: 9 }, () => lane.execute(call(), never))
    const server = await ready(workers)
    expect(server.calls).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    server.answers(1, 'first')
    expect(await outcomes[0]).toMatchObject({ value: 'first' })
    expect(server.calls).toHaveLength(8)
    server.says(frameKind.end, 1, '{"signal":9}')
    expect(server.calls).toHaveLength(9)
    expect(workers).toHaveLength(1)
  })

  it('does not start another server for the moment in which an answered call is still ending', async () => {
    const { lane, workers } = open('forking')
    for (const number of [1, 2, 3]) {
      const outcome = lane.execute(call(), never)
      const server = number === 1 ? await ready(workers) : workers[0]
      if (number > 1) server?.says(frameKind.end, number - 1, '{"signal":9}')
      server?.answers(number, number)
      expect(await outcome).toMatchObject({ ok: true, value: number })
    }
    expect(workers).toHaveLength(1)
  })

  it('ends one call by its own means, and answers when that process has ended', async () => {
    const { lane, workers } = open('forking', several)
    const [stopped, beside] = [lane.execute(call({ wallMs: 5 }), never), lane.execute(call(), never)]
    const server = await ready(workers)
    while (!server.sent.some((frame) => frame.kind === frameKind.kill)) await turn()
    expect(server.sent.at(-1)).toMatchObject({ kind: frameKind.kill, call: 1 })
    expect(await isSettled(stopped)).toBe(false)
    server.says(frameKind.end, 1, '{"signal":9}')
    expect(await stopped).toMatchObject({ ok: false, errorType: 'timeout' })
    server.answers(2, 'beside')
    expect(await beside).toMatchObject({ ok: true, value: 'beside' })
    expect(server.kills).toBe(0)
  })

  it('is killed when it does not end a call, and its other calls are told', async () => {
    const { lane, workers } = open('forking', several)
    const [stopped, beside] = [lane.execute(call({ wallMs: 5 }), never), lane.execute(call(), never)]
    const server = await ready(workers)
    expect(await stopped).toMatchObject({ ok: false, errorType: 'timeout' })
    expect(await beside).toMatchObject({ ok: false, errorType: 'cancelled' })
    expect(server.dead).toBe(true)
  })

  it('ends only the call that sends what it may not', async () => {
    const { lane, workers } = open('forking', several)
    const [asking, beside] = [lane.execute(call(), never), lane.execute(call(), never)]
    const server = await ready(workers)
    server.says(frameKind.ask, 1)
    server.says(frameKind.end, 1, '{"signal":9}')
    expect(await asking).toMatchObject({ ok: false, errorType: 'bad_output' })
    server.answers(2, 'beside')
    expect(await beside).toMatchObject({ ok: true, value: 'beside' })
  })
})

describe('closing a lane', () => {
  it('IPC-10: ends when every worker is gone; a call in progress is told only then', async () => {
    const { lane, workers } = open('warm')
    const outcome = lane.execute(call(), never)
    const worker = await ready(workers)
    worker.holdsOn = true
    let closed = false
    const closing = lane.close().then(() => (closed = true))
    expect(await isSettled(outcome)).toBe(false)
    expect(closed).toBe(false)
    worker.exit('SIGKILL')
    await closing
    expect(await outcome).toMatchObject({ ok: false, errorType: 'cancelled', posture: 'bubblewrap_fresh' })
  })

  it('IPC-10: waits for a worker that is just being started, and ends it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let late: ScriptedWorker | undefined
    const lane = new Lane(
      { ...lanePolicies.warm, posture: 'bubblewrap_warm' },
      async (events) => {
        await promise
        late = new ScriptedWorker(events)
        return late
      },
      1000,
    )
    const outcome = lane.execute(call(), never)
    const closing = lane.close()
    expect(await outcome).toMatchObject({ ok: false, errorType: 'cancelled', posture: 'rejected' })
    resolve()
    await closing
    expect(late?.dead).toBe(true)
    expect(late?.calls).toEqual([])
  })
})
