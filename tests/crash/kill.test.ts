import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { createHome } from './home.ts'
import { countRuns, judgeHome, type Said } from './judge.ts'
import { findAlive, findDescendants } from './processes.ts'
import type { Mode } from './system.ts'
import { removeFolder } from '../support/remove-folder.ts'

/** Kernels to kill, in both modes together; more for a longer look. */
const ROUNDS = Number(process.env['RUMI_CRASH_ROUNDS'] ?? 26)
/** Another number is another choice of moments. */
const SEED = Number(process.env['RUMI_CRASH_SEED'] ?? 1)

const workload = fileURLToPath(new URL('workload.ts', import.meta.url))
const homes: string[] = []
afterAll(() => {
  for (const home of homes) removeFolder(home)
})

/** Numbers from 0 to 1 that are the same for the same seed. (mulberry32) */
function createChance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Starts a kernel, kills it at some moment and answers what it had said by then. */
async function killKernel(home: string, mode: Mode, chance: () => number): Promise<readonly Said[]> {
  const kernel = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', workload, home, mode], {
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
    await pause(chance() * (mode === 'strict' ? 1200 : 500))
  }
  // Stopped first, so that it starts no other process while its processes are counted.
  kernel.kill('SIGSTOP')
  const workers = findDescendants(kernel.pid ?? -1)
  kernel.kill('SIGKILL')
  await closed
  expect([complaint, kernel.signalCode]).toEqual(['', 'SIGKILL'])
  for (let waited = 0; findAlive(workers).length > 0 && waited < 1000; waited += 1) await pause(10)
  expect(findAlive(workers)).toEqual([])
  return output.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as Said] : []))
}

interface Tally {
  runs: number
  interrupted: number
  decisions: number
}

async function killAgainAndAgain(mode: Mode, rounds: number): Promise<Tally> {
  const chance = createChance(SEED + (mode === 'strict' ? 1_000_000 : 0))
  const home = await createHome()
  homes.push(home)
  const tally: Tally = { runs: 0, interrupted: 0, decisions: 0 }
  let trusted: string | undefined
  for (let round = 0; round < rounds; round += 1) {
    const said = await killKernel(home, mode, chance)
    const verdict = await judgeHome(home, said, trusted)
    trusted = verdict.checkpoint
    tally.runs += countRuns(said)
    tally.interrupted += verdict.interruptedRuns
    tally.decisions += said.filter((one) => 'done' in one && one.done !== 'run' && one.done !== 'open').length
  }
  return tally
}

it(
  'a kernel that is killed at any moment loses nothing it acknowledged and leaves nothing half done or running',
  async () => {
    const half = Math.ceil(ROUNDS / 2)
    const tallies = await Promise.all([
      killAgainAndAgain('permissive', half),
      killAgainAndAgain('strict', ROUNDS - half),
    ])
    // Otherwise there was nothing to lose.
    for (const { runs, interrupted, decisions } of tallies) {
      expect(runs).toBeGreaterThan(0)
      expect(interrupted).toBeGreaterThan(0)
      expect(decisions).toBeGreaterThan(0)
    }
  },
  120_000 + ROUNDS * 5000,
)
