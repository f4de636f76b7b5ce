import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findControlGroups } from '../../packages/drivers/src/sandbox/control-group.ts'
import {
  answerOf,
  attack,
  createHostileDriver,
  hostileCall,
  hostileSettings,
  type HostileDriver,
} from './support/hostile-driver.ts'
import { createProcessName, eventually, findProcessesNamed } from './support/processes.ts'
import { startKernel } from './support/start-kernel.ts'

let driver: HostileDriver

beforeAll(async () => {
  driver = createHostileDriver()
  expect(await driver.selfTest()).toMatchObject({ passed: true })
})

afterAll(async () => driver.close())

/** A block that does not end, in every way a block can run, and one that works in the same way. */
const ways = [
  { file: 'stay.py', isolation: 'fresh', next: 'hello.py' },
  { file: 'stay.py', isolation: 'warm', next: 'hello.py' },
  { file: 'stay.mjs', isolation: 'fresh', next: 'hello.mjs' },
  { file: 'stay.mjs', isolation: 'warm', next: 'hello.mjs' },
] as const

describe.concurrent.each(ways)('a block that does not end ($isolation $file)', ({ file, isolation, next }) => {
  it.each(['spin', 'sleep'])(
    'LIM-01: is gone at its deadline, whatever it ignores and holds open, when the outcome arrives (%s)',
    async (how) => {
      const name = createProcessName()
      const call = { pack: 'stay', isolation, input: { name, how }, limits: { wallMs: 1500 } } as const
      let seen = 0
      const watch = setInterval(() => (seen = Math.max(seen, findProcessesNamed(name).length)), 20)
      const outcome = await attack(driver, file, call)
      const left = findProcessesNamed(name)
      clearInterval(watch)
      expect(outcome).toMatchObject({ ok: false, errorType: 'timeout', log: 'half a line' })
      expect(left).toEqual([])
      expect(seen).toBeGreaterThan(0)
      expect(await answerOf(attack(driver, next, { pack: 'stay', isolation, input: 'next' }))).toEqual({
        hello: 'next',
      })
    },
  )

  it('LIM-07: takes its daemons with it at its deadline', async () => {
    const name = createProcessName()
    const input = { name, how: 'sleep', daemon: true }
    const running = attack(driver, file, { pack: 'stay', isolation, input, limits: { wallMs: 1500 } })
    expect(await eventually(() => findProcessesNamed(name).length >= 2, 5000)).toBe(true)
    expect(await running).toMatchObject({ ok: false, errorType: 'timeout' })
    expect(findProcessesNamed(name)).toEqual([])
  })

  it('LIM-01: is gone when the run is cancelled', async () => {
    const name = createProcessName()
    const end = new AbortController()
    const running = driver.execute(
      hostileCall(file, { pack: 'stay', isolation, input: { name, how: 'spin' } }),
      end.signal,
    )
    expect(await eventually(() => findProcessesNamed(name).length > 0, 5000)).toBe(true)
    end.abort()
    expect(await running).toMatchObject({ ok: false, errorType: 'cancelled' })
    expect(findProcessesNamed(name)).toEqual([])
  })

  it('LIM-01: does not run at all when the run was cancelled before', async () => {
    const name = createProcessName()
    const call = hostileCall(file, { pack: 'stay', isolation, input: { name, how: 'spin' } })
    expect(await driver.execute(call, AbortSignal.abort())).toMatchObject({ ok: false, errorType: 'cancelled' })
    expect(findProcessesNamed(name)).toEqual([])
  })

  it('LIM-17: is not heard when it answers after its deadline, and neither is anybody after it', async () => {
    const late = { pack: 'late', isolation, input: { seconds: 0.5 }, limits: { wallMs: 300 } } as const
    const sleeper = file === 'stay.py' ? 'sleep.py' : 'sleep.mjs'
    const running = attack(driver, sleeper, late)
    expect(await running).toMatchObject({ ok: false, errorType: 'timeout' })
    const answers = await Promise.all(
      [1, 2, 3].map((input) => answerOf(attack(driver, next, { pack: 'late', isolation, input }))),
    )
    expect(answers).toEqual([{ hello: 1 }, { hello: 2 }, { hello: 3 }])
  })
})

describe('a call that has answered', () => {
  it.each([
    ['stay.py', 'fresh'],
    ['stay.mjs', 'fresh'],
  ] as const)('LIM-07: leaves no daemon behind (%s, %s)', async (file, isolation) => {
    const name = createProcessName()
    const input = { name, how: 'answer', daemon: true }
    expect(await answerOf(attack(driver, file, { pack: 'stay', isolation, input }))).toBe('answered')
    expect(await eventually(() => findProcessesNamed(name).length === 0, 1000)).toBe(true)
  })

  it('LIM-07: is ended even when it answered by itself and stays', async () => {
    const name = createProcessName()
    // More of them than the fork server runs at once: each that stayed would keep a place for ever.
    for (let call = 0; call < 10; call += 1) {
      expect(await answerOf(attack(driver, 'linger.py', { pack: 'linger', input: { name } }))).toBe('early')
    }
    expect(await eventually(() => findProcessesNamed(name).length === 0, 1000)).toBe(true)
    expect(await answerOf(attack(driver, 'hello.py', { pack: 'linger', input: 1 }))).toEqual({ hello: 1 })
  })

  it('LIM-07: leaves a daemon to the next call of a warm worker, and to nobody after the worker', async () => {
    const name = createProcessName()
    const input = { name, how: 'answer', daemon: true }
    const outcome = attack(driver, 'stay.py', { pack: 'daemon', isolation: 'warm', input })
    expect(await answerOf(outcome)).toBe('answered')
    expect(findProcessesNamed(name)).toHaveLength(1)
    await driver.evict('daemon' as never)
    expect(findProcessesNamed(name)).toEqual([])
  })
})

describe('a pack that is called without end', () => {
  // Of its own: what other tests left to end by itself must not be counted.
  let driver: HostileDriver

  beforeAll(async () => {
    driver = createHostileDriver()
    expect(await driver.selfTest()).toMatchObject({ passed: true })
    await Promise.all(['self-test-python', 'self-test-node'].map((pack) => driver.evict(pack as never)))
  })

  afterAll(async () => driver.close())

  it('LIM-15: gets a bounded number of workers and of waiting calls; another pack still answers', async () => {
    const calls = Array.from({ length: 500 }, (_, index) =>
      attack(driver, 'sleep.py', { pack: 'many', input: { seconds: 0.01, answer: index } }),
    )
    const innocent = Promise.all(
      [1, 2, 3].map((input) => answerOf(attack(driver, 'hello.py', { pack: 'innocent', input }))),
    )
    let workers = 0
    const watch = setInterval(() => {
      workers = Math.max(workers, driver.workerPids().length)
    }, 10)
    expect(await innocent).toEqual([{ hello: 1 }, { hello: 2 }, { hello: 3 }])
    expect(driver.activePacks().has('many' as never)).toBe(true)
    const outcomes = await Promise.all(calls)
    clearInterval(watch)
    expect(workers).toBeLessThanOrEqual(16) // eight fork servers of each pack
    const answered = outcomes.flatMap((outcome, index) => (outcome.ok ? [outcome.value === index] : []))
    const refused = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.errorType]))
    expect(answered).not.toContain(false)
    expect(answered.length).toBeGreaterThanOrEqual(256)
    expect(new Set(refused)).toEqual(new Set(['busy']))
    expect(refused.length).toBeGreaterThanOrEqual(500 - 256 - 16)
  })

  it('LIM-15: gets a bounded number of Node processes', async () => {
    const before = new Set(driver.workerPids())
    const end = new AbortController()
    const calls = Array.from({ length: 500 }, () =>
      driver.execute(hostileCall('stay.mjs', { pack: 'many', input: { name: 'many', how: 'sleep' } }), end.signal),
    )
    await eventually(() => driver.workerPids().filter((pid) => !before.has(pid)).length >= 4, 5000)
    expect(await answerOf(attack(driver, 'hello.mjs', { pack: 'innocent', input: 1 }))).toEqual({ hello: 1 })
    await driver.evict('innocent' as never)
    expect(driver.workerPids().filter((pid) => !before.has(pid))).toHaveLength(4)
    end.abort()
    const errors = (await Promise.all(calls)).map((outcome) => (outcome.ok ? 'ok' : outcome.errorType))
    expect(new Set(errors)).toEqual(new Set(['busy', 'cancelled']))
    expect(errors.filter((error) => error === 'busy').length).toBeGreaterThanOrEqual(500 - 256 - 4)
    await driver.evict('many' as never)
    expect(driver.workerPids().filter((pid) => !before.has(pid))).toEqual([])
  })
})

describe('a kernel that is killed', () => {
  it('LIM-16: leaves no process behind, not even those that left its session, and the next one its groups', async () => {
    const { owner } = hostileSettings()
    const names = [createProcessName(), createProcessName()]
    const [python = '', node = ''] = names
    const calls = [
      { file: 'stay.py', isolation: 'fresh', input: { name: python, how: 'sleep', daemon: true }, waits: false },
      { file: 'stay.py', isolation: 'fresh', input: { name: python, how: 'spin', daemon: true }, waits: false },
      { file: 'stay.py', isolation: 'warm', input: { name: python, how: 'sleep', daemon: true }, waits: false },
      { file: 'stay.mjs', isolation: 'fresh', input: { name: node, how: 'sleep', daemon: true }, waits: false },
      { file: 'stay.mjs', isolation: 'warm', input: { name: node, how: 'sleep', daemon: true }, waits: false },
    ] as const
    const count = (): number => names.flatMap((name) => findProcessesNamed(name)).length
    const kernel = startKernel({ closesInherited: true, owner, calls, staysMs: 60_000 })
    const ended = new Promise((resolve) => kernel.on('exit', resolve))
    const started = await eventually(() => count() >= 10, 15_000)
    kernel.kill('SIGKILL')
    await ended
    expect(started).toBe(true)
    expect(await eventually(() => count() === 0, 2000)).toBe(true)

    const { form } = await findControlGroups(owner)
    const groups = `/sys/fs/cgroup/memory/rumi-${owner}`
    if (form === 'v1') expect(existsSync(groups)).toBe(true)
    const next = createHostileDriver({ owner })
    expect(await answerOf(attack(next, 'hello.py', { input: 'next' }))).toEqual({ hello: 'next' })
    await next.close()
    expect(existsSync(groups)).toBe(false)
  })
})
