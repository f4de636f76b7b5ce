import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { watchMemory } from './memory-watch.ts'

const MIB = 1024 * 1024
/** A process that holds some memory itself, and lets as many others inherit it or hold some of their own. */
async function hold(own: number, children: { readonly count: number; readonly mib: number }): Promise<number> {
  const script = `import os, signal, sys, time
signal.alarm(60)
held = bytearray(os.urandom(1 << 20) * ${own})
for _ in range(${children.count}):
    if os.fork() == 0:
        more = bytearray(os.urandom(1 << 20) * ${children.mib})
        print("held", flush=True)
        time.sleep(60)
print("held", flush=True)
time.sleep(60)
`
  const child = spawn('/usr/bin/python3', ['-IS', '-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  while (said.split('held').length <= children.count + 1) await new Promise((resolve) => setTimeout(resolve, 10))
  return child.pid ?? -1
}

/** Whether a watch finds too much within a second; then the processes are ended. */
async function exceeds(pid: number, limitBytes: number): Promise<boolean> {
  let exceeded = false
  const stop = watchMemory(pid, limitBytes, () => (exceeded = true))
  const isOver = (): boolean => exceeded
  for (let look = 0; look < 100 && !isOver(); look += 1) await new Promise((resolve) => setTimeout(resolve, 10))
  stop()
  process.kill(-pid, 'SIGKILL')
  return exceeded
}

describe.concurrent('the watch over memory', () => {
  it('finds what one process holds', async () => {
    expect(await exceeds(await hold(80, { count: 0, mib: 0 }), 60 * MIB)).toBe(true)
    expect(await exceeds(await hold(20, { count: 0, mib: 0 }), 60 * MIB)).toBe(false)
  })

  it('finds what many hold together, none of them too much', async () => {
    expect(await exceeds(await hold(1, { count: 4, mib: 25 }), 60 * MIB)).toBe(true)
  })

  it('counts once what many have inherited', async () => {
    expect(await exceeds(await hold(25, { count: 4, mib: 1 }), 60 * MIB)).toBe(false)
  })

  it('finds nothing of a process that is not there', async () => {
    let exceeded = false
    const stop = watchMemory(2 ** 22 + 1, 1, () => (exceeded = true))
    await new Promise((resolve) => setTimeout(resolve, 300))
    stop()
    expect(exceeded).toBe(false)
  })
})
