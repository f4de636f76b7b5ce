import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findControlGroups } from '../../packages/drivers/src/sandbox/control-group.ts'
import { answerOf, attack, createHostileDriver, hostileSettings, type HostileDriver } from './support/hostile-driver.ts'
import { createProcessName, eventually, findProcess, findProcessesNamed } from './support/processes.ts'

const settings = hostileSettings()
let driver: HostileDriver
let groups: 'v1' | 'v2' | 'none'

beforeAll(async () => {
  groups = (await findControlGroups(settings.owner)).form
  driver = createHostileDriver(settings)
  expect(await driver.selfTest()).toMatchObject({ passed: true })
})

afterAll(async () => driver.close())

/** What a bomb says about how far it came; the pack is its own, so that no other test waits for what is left of it. */
async function explode(file: string, how: string): Promise<{ readonly started: number; readonly stopped: string }> {
  const answer = await answerOf(attack(driver, file, { pack: 'bomb', input: { how } }))
  return answer as { started: number; stopped: string }
}

describe('a block that takes what it can get', () => {
  it('LIM-03: starts no more processes than it may', async () => {
    expect(await explode('bomb.py', 'forks')).toEqual({ started: expect.any(Number), stopped: 'EAGAIN' })
    expect((await explode('bomb.py', 'forks')).started).toBeLessThan(32)
    const node = await explode('bomb.mjs', 'forks')
    expect(node.stopped).toBe('EAGAIN')
    expect(node.started).toBeLessThan(64)
  })

  it('LIM-03: gets nothing but its deadline for a fork bomb, and nothing of it is left', async () => {
    const name = createProcessName()
    const call = { pack: 'bomb', input: { how: 'fork bomb', name }, limits: { wallMs: 500 } }
    // Or before its deadline, by what so many processes take of its memory.
    const outcome = await attack(driver, 'bomb.py', call)
    expect(outcome).toMatchObject({ ok: false, errorType: expect.stringMatching(/^(timeout|oom)$/) })
    expect(findProcessesNamed(name)).toEqual([])
    expect(await attack(driver, 'hello.py', { pack: 'bomb', input: 1 })).toMatchObject({
      ok: true,
      value: { hello: 1 },
    })
  })

  it('LIM-04: starts no more threads than it may, and enough of them to work with', async () => {
    const { started, stopped } = await explode('bomb.py', 'threads')
    expect(stopped).toBe("can't start new thread")
    expect(started).toBeLessThan(32)
    expect(started).toBeGreaterThan(16)
  })

  it('LIM-04: is ended when a Node block starts threads without end', async () => {
    const outcome = await attack(driver, 'bomb.mjs', { pack: 'bomb', input: { how: 'threads' } })
    expect(outcome).toMatchObject({ ok: false, errorType: expect.stringMatching(/oom|block_error|bad_output/) })
  })

  it('LIM-11: opens no more files than it may', async () => {
    for (const file of ['bomb.py', 'bomb.mjs']) {
      const { started, stopped } = await explode(file, 'files')
      expect(stopped).toBe('EMFILE')
      expect(started).toBeLessThan(64)
    }
  })

  it('LIM-12: writes no larger file than it may', async () => {
    for (const file of ['bomb.py', 'bomb.mjs']) {
      const limits = { fileBytes: 1024 * 1024 }
      const answer = await answerOf(attack(driver, file, { pack: 'bomb', input: { how: 'large file' }, limits }))
      expect(answer).toEqual({ started: 1024 * 1024, stopped: 'EFBIG' })
    }
  })

  it('LIM-13: is ended when it has used up its processor time, long before its deadline', async () => {
    const call = { pack: 'bomb', input: { how: 'spin alone' }, limits: { cpuSeconds: 1, wallMs: 60_000 } }
    const [python, node] = await Promise.all([attack(driver, 'bomb.py', call), attack(driver, 'bomb.mjs', call)])
    expect(python).toMatchObject({
      ok: false,
      errorType: 'timeout',
      message: expect.stringContaining('processor time'),
    })
    // Killed by the machine in the same way as for want of memory: which of the two it was, Node cannot tell us.
    expect(node).toMatchObject({ ok: false, errorType: 'oom' })
  })

  it.each([
    ['bomb.py', 'memory'],
    ['bomb.mjs', 'memory'],
    ['bomb.mjs', 'heap'],
  ])('answers oom when %s takes %s without end', async (file, how) => {
    const outcome = await attack(driver, file, { pack: 'bomb', input: { how } })
    expect(outcome).toMatchObject({ ok: false, errorType: 'oom' })
  })
})

describe('the processors', () => {
  // Of its own: the only worker is then the only one with a control group of this owner.
  const settings = hostileSettings()
  const driver = createHostileDriver(settings)

  afterAll(async () => driver.close())

  /** Reads a file of the control group in which the only worker runs. */
  function readGroup(controller: string, file: string): string {
    const own = readFileSync('/proc/self/cgroup', 'utf8')
    const unified = `/sys/fs/cgroup${/^0::(.*)$/m.exec(own)?.[1] ?? ''}`
    const parent = join(groups === 'v1' ? `/sys/fs/cgroup/${controller}` : unified, `rumi-${settings.owner}`)
    const found = readdirSync(parent).filter((name) => existsSync(join(parent, name, 'cgroup.procs')))
    const values = found.map((name) => readFileSync(join(parent, name, file), 'utf8').trim())
    return values.join('\n')
  }

  it('LIM-05: are shared out by a quota where this machine has control groups, and counted down where it has none', async () => {
    await driver.selfTest()
    await Promise.all(['self-test-python', 'self-test-node'].map((pack) => driver.evict(pack as never)))
    const call = { pack: 'bomb', input: { how: 'spin', seconds: 0.8 }, limits: { cpus: 0.5 } }
    const throttled = (): number => Number(/nr_throttled (\d+)/.exec(readGroup('cpu', 'cpu.stat'))?.[1])
    // On a busy machine one round may not get the half processor that the quota would take from it.
    const isSettled = (): boolean => groups === 'none' || throttled() > 0
    for (let round = 0; round < 12 && (round === 0 || !isSettled()); round += 1) {
      expect(await answerOf(attack(driver, 'bomb.py', call))).toBe('spun')
    }
    if (groups === 'v1') {
      expect(readGroup('cpu', 'cpu.cfs_period_us')).toBe('1000000')
      expect(readGroup('cpu', 'cpu.cfs_quota_us')).toBe('500000')
      expect(throttled()).toBeGreaterThan(0)
    } else if (groups === 'v2') {
      expect(readGroup('cpu', 'cpu.max')).toBe('500000 1000000')
      expect(throttled()).toBeGreaterThan(0)
    } else {
      // Without control groups each process has its seconds, see LIM-13; `doctor` says which of the two it is.
      const { checks } = await driver.selfTest()
      expect(checks.find((check) => check.id === 'control-groups')?.detail).toBe('none')
    }
  })

  it('are not taken from another pack', async () => {
    const bomb = { pack: 'bomb', input: { how: 'spin', seconds: 1 } }
    const spinning = attack(driver, 'bomb.py', bomb)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        answerOf(attack(driver, 'hello.py', { pack: 'innocent', input: index })),
      ),
    )
    expect(answers).toEqual(Array.from({ length: 20 }, (_, index) => ({ hello: index })))
    await spinning
  })
})

describe('memory taken by many processes at once', () => {
  it('ends with the call, and the next call of the same pack and of another one works', async () => {
    const bomb = { how: 'memory by many', processes: 25, mib: 20 }
    const exploding = attack(driver, 'bomb.py', { pack: 'bomb', input: bomb, limits: { wallMs: 1500 } })
    const beside = answerOf(attack(driver, 'hello.py', { pack: 'innocent', input: 'beside' }))
    expect(await beside).toEqual({ hello: 'beside' })
    expect(await exploding).toMatchObject({ ok: false, errorType: expect.stringMatching(/oom|timeout/) })
    const after = answerOf(attack(driver, 'hello.py', { pack: 'bomb', input: 'after' }))
    expect(await after).toEqual({ hello: 'after' })
  })
})

describe('a block that prints without end', () => {
  const attempts = [
    ['flood.py', 'fresh', { how: 'raw' }],
    ['flood.py', 'warm', { how: 'raw' }],
    ['flood.py', 'fresh', { how: 'stderr' }],
    ['flood.py', 'fresh', { how: 'print' }],
    ['flood.py', 'warm', { how: 'no newline' }],
    ['flood.mjs', 'fresh', { how: 'raw' }],
    ['flood.mjs', 'fresh', { how: 'print' }],
    ['flood.mjs', 'warm', { how: 'no newline' }],
  ] as const

  it.each(attempts)(
    'LIM-08: is killed at the limit, and only so much is kept (%s, %s, %o)',
    async (file, isolation, input) => {
      const outcome = await attack(driver, file, { pack: 'flood', isolation, input })
      expect(outcome).toMatchObject({ ok: false, errorType: 'output_too_large' })
      expect(Buffer.byteLength(outcome.log)).toBeLessThanOrEqual(1024 * 1024)
      const next = file === 'flood.py' ? 'hello.py' : 'probe.mjs'
      expect(await attack(driver, next, { pack: 'flood', isolation, input: [] })).toMatchObject({ ok: true })
    },
  )

  it('LIM-08: is killed as well when what it prints without end is nothing', async () => {
    const before = process.memoryUsage().rss
    const input = { how: 'empty frames', channel: 3, call: 0 }
    const outcome = await attack(driver, 'flood.py', { pack: 'flood', input, limits: { logBytes: 100_000 } })
    expect(outcome).toMatchObject({ ok: false, errorType: 'output_too_large', log: '' })
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
  })

  it('LIM-08: is killed as well when it prints while it serves no call', async () => {
    const before = new Set(driver.workerPids())
    const call = { pack: 'afterwards', isolation: 'warm', input: { how: 'afterwards' } } as const
    expect(await answerOf(attack(driver, 'flood.py', call))).toBe('done')
    const workers = driver.workerPids().filter((pid) => !before.has(pid))
    expect(workers).toHaveLength(1)
    expect(await eventually(() => workers.every((pid) => findProcess(pid) === undefined), 5000)).toBe(true)
  })
})
