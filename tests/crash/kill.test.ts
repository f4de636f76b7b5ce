import { afterAll, expect, it } from 'vitest'
import { createHome } from './home.ts'
import { countRuns, judgeHome, type Said } from './judge.ts'
import { createChance, killKernel } from './kill-kernel.ts'
import type { Mode } from './system.ts'
import { removeFolder } from '../support/remove-folder.ts'

/** Kernels to kill, in both modes together; more for a longer look. */
const ROUNDS = Number(process.env['RUMI_CRASH_ROUNDS'] ?? 6)
/** Another number is another choice of moments. */
const SEED = Number(process.env['RUMI_CRASH_SEED'] ?? 1)

const program = new URL('workload.ts', import.meta.url)
const homes: string[] = []
afterAll(() => {
  for (const home of homes) removeFolder(home)
})

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
  // On a busy machine a mode may need more kills until there was something of each kind to lose.
  const isEmpty = (): boolean => tally.runs === 0 || tally.interrupted === 0 || tally.decisions === 0
  for (let round = 0; round < rounds || (isEmpty() && round < rounds * 4); round += 1) {
    const victim = { program, arguments: [home, mode], windowMs: mode === 'strict' ? 1200 : 500 }
    const said = (await killKernel({ ...victim, chance })) as readonly Said[]
    const verdict = await judgeHome(home, said, { trusted })
    trusted = verdict.checkpoint
    tally.runs += countRuns(said)
    tally.interrupted += verdict.interruptedRuns
    tally.decisions += said.filter((one) => 'done' in one && one.done !== 'run' && one.done !== 'open').length
  }
  return tally
}

it(
  'STO-02, STO-03: a kernel that is killed at any moment loses nothing it acknowledged and leaves nothing half done or running',
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
