import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { findAlive, findDescendants } from './processes.ts'

/** Numbers from 0 to 1 that are the same for the same seed. (mulberry32) */
export function createChance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A kernel to be killed. */
export interface Victim {
  /** What to run. */
  readonly program: URL
  readonly arguments: readonly string[]
  readonly chance: () => number
  /** It dies at some moment of this time after it said its first line. */
  readonly windowMs: number
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Starts a kernel, kills it at some moment and answers what it had said by then, a line of JSON each. */
export async function killKernel(victim: Victim): Promise<readonly unknown[]> {
  const { chance } = victim
  const program = fileURLToPath(victim.program)
  const kernel = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...victim.arguments], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let complaint = ''
  let opened = (): void => undefined
  const isOpen = new Promise<void>((resolve) => {
    opened = resolve
  })
  kernel.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.includes('\n')) opened()
  })
  kernel.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const closed = once(kernel, 'close')
  // One in five dies while it opens the home, the others while they work.
  if (chance() < 0.2) await pause(chance() * 500)
  else {
    await Promise.race([isOpen, closed])
    await pause(chance() * victim.windowMs)
  }
  // Stopped first, so that it starts no other process while its processes are counted.
  kernel.kill('SIGSTOP')
  const workers = findDescendants(kernel.pid ?? -1)
  kernel.kill('SIGKILL')
  await closed
  expect([complaint, kernel.signalCode]).toEqual(['', 'SIGKILL'])
  for (let waited = 0; findAlive(workers).length > 0 && waited < 1000; waited += 1) await pause(10)
  expect(findAlive(workers)).toEqual([])
  return output.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line)] : []))
}
