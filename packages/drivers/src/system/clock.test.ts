import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { systemClock, systemRandom } from './clock.ts'

describe('the clock of the system', () => {
  it('calls back once, and not at all when it was told not to', async () => {
    let calls = 0
    systemClock.after(1, () => (calls += 100))()
    await new Promise<void>((resolve) => {
      systemClock.after(1, () => {
        calls += 1
        resolve()
      })
    })
    expect(calls).toBe(1)
  })

  it('keeps no process alive', () => {
    const module = JSON.stringify(new URL('clock.ts', import.meta.url).href)
    const script = `import { systemClock } from ${module}; systemClock.after(3_600_000, () => undefined); console.log('over')`
    const node = ['--input-type=module-typescript', '-e', script]
    expect(spawnSync(process.execPath, node, { encoding: 'utf8', timeout: 20_000 }).stdout.trim()).toBe('over')
  })

  it('never goes back', () => {
    const seen = Array.from({ length: 1000 }, () => systemClock.monotonicMs())
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen)
  })
})

describe('chance', () => {
  it('has as many bytes as asked for, and never the same', () => {
    expect([0, 1, 32].map((count) => systemRandom.bytes(count).length)).toEqual([0, 1, 32])
    const drawn = Array.from({ length: 100 }, () => Buffer.from(systemRandom.bytes(16)).toString('hex'))
    expect(new Set(drawn).size).toBe(100)
  })
})
