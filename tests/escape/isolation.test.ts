import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '@rumi/kernel/base'
import { answerOf, attack, createHostileDriver, type HostileDriver } from './support/hostile-driver.ts'
import { createProcessName } from './support/processes.ts'

let driver: HostileDriver

beforeAll(async () => {
  driver = createHostileDriver()
  expect(await driver.selfTest()).toMatchObject({ passed: true })
})

afterAll(async () => driver.close())

const nothing = {
  module: 0,
  builtins: false,
  library: false,
  environment: false,
  files: [],
  folder: '/tmp',
  daemon: false,
  pid: 1,
}

describe.each(['plant.py', 'plant.mjs'])('what a call leaves behind (%s)', (file) => {
  it('IPC-07: is not there for the next fresh call', async () => {
    for (let call = 0; call < 3; call += 1) {
      expect(await answerOf(attack(driver, file, { pack: 'plant' }))).toEqual(nothing)
    }
  })

  it('IPC-07: is not there for a fresh call at the same time', async () => {
    const calls = Array.from({ length: 6 }, () => answerOf(attack(driver, file, { pack: 'plant' })))
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 6 }, () => nothing))
  })

  it('IPC-07: is there for the next call of a warm worker, as the pack was approved for', async () => {
    const call = { pack: 'warm-plant', isolation: 'warm' } as const
    expect(await answerOf(attack(driver, file, call))).toEqual(nothing)
    expect(await answerOf(attack(driver, file, call))).toEqual({
      module: 1,
      builtins: true,
      library: true,
      environment: true,
      files: ['/tmp', '/dev/shm'],
      folder: '/dev',
      daemon: true,
      pid: 1,
    })
  })

  it('IPC-07: is not there for the warm worker of another pack, of another tree, or after an eviction', async () => {
    const call = { pack: 'warm-plant-2', isolation: 'warm' } as const
    await answerOf(attack(driver, file, call))
    expect(await answerOf(attack(driver, file, { ...call, pack: 'warm-plant-3' }))).toEqual(nothing)
    expect(await answerOf(attack(driver, file, { ...call, version: 'f' }))).toEqual(nothing)
    await driver.evict('warm-plant-2' as never)
    expect(await answerOf(attack(driver, file, call))).toEqual(nothing)
  })
})

describe('the memory of the fork server', () => {
  // Both kinds of content that pass through it: requests on their way in, answers on their way out.
  const secret = (index: number): string => `SECRET-${'abcdefgh'[index]?.repeat(8)}`

  it('IPC-07: holds nothing of an earlier call for a later one to find', async () => {
    for (let index = 0; index < 8; index += 1) {
      // Of many sizes: freed memory of each is found in another place.
      const keep = `${secret(index)}-${'x'.repeat(4 ** index * 8)}-${secret(index)}`
      expect(await answerOf(attack(driver, 'remains.py', { pack: 'remains', input: { keep } }))).toEqual({ kept: keep })
    }
    const found = await answerOf(
      attack(driver, 'remains.py', { pack: 'remains', input: { pattern: 'SECRET-[a-h]{8}', own: '' } }),
    )
    expect(found).toEqual([])
  })

  it('the search finds what is there: its own request', async () => {
    const input = { pattern: 'OWN-[0-9]{8}', own: 'OWN-12345678' }
    expect(await answerOf(attack(driver, 'remains.py', { pack: 'remains', input }))).toEqual(['OWN-12345678'])
  })
})

describe('two calls of a pack at the same time', () => {
  /** One call listens, the other tells; they serve two people. */
  async function meet(means: string, isolation: 'fresh' | 'warm' = 'fresh'): Promise<readonly unknown[]> {
    const input: JsonObject = { name: createProcessName(), means, seconds: 0.4 }
    const ask = (role: string) =>
      answerOf(attack(driver, 'neighbour.py', { pack: 'neighbours', isolation, input: { ...input, role } }))
    return Promise.all([ask('listen'), ask('tell')])
  }

  it.each(['socket', 'terminal', 'file', 'shared memory', 'message queue', 'signal'])(
    'IPC-07: do not meet by a %s',
    async (means) => {
      const [heard, told] = await meet(means)
      expect(heard).toBeNull()
      expect(told).toBe('nobody listened')
    },
  )

  it('IPC-07: keep apart when there are as many as run at once', async () => {
    const input = { name: createProcessName(), means: 'socket', seconds: 0.4 }
    const calls = ['listen', 'tell', 'listen', 'tell', 'listen', 'tell', 'listen', 'tell'].map((role, index) =>
      // Listeners of the same name would refuse each other if they shared a network.
      answerOf(attack(driver, 'neighbour.py', { pack: 'neighbours', input: { ...input, role, index } })),
    )
    expect(await Promise.all(calls)).toEqual(
      ['listen', 'tell', 'listen', 'tell', 'listen', 'tell', 'listen', 'tell'].map((role) =>
        role === 'listen' ? null : 'nobody listened',
      ),
    )
  })
})
