import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { denialCollection } from '@rumi/kernel/gate'
import { afterAll, expect, it } from 'vitest'
import { removeFolder } from '../support/remove-folder.ts'
import { createGateHome } from './gate-home.ts'
import { isChange, judgeChanges, judgeStores, readJournal } from './gate-judge.ts'
import { countRuns, judgeHome, type Said } from './judge.ts'
import { createChance, killKernel } from './kill-kernel.ts'
import type { Mode } from './system.ts'

/** Kernels to kill, in both modes together; more for a longer look. */
const ROUNDS = Number(process.env['RUMI_CRASH_ROUNDS'] ?? 5)
/** Another number is another choice of moments. */
const SEED = Number(process.env['RUMI_CRASH_SEED'] ?? 1)

const workload = new URL('gate-workload.ts', import.meta.url)
const homes: string[] = []
afterAll(() => {
  for (const home of homes) removeFolder(home)
})

interface Tally {
  /** Changes of stores. */
  writes: number
  /** Changes of stores that their pack is known to have been told, or whose run has ended. */
  acknowledged: number
  /** Changes of grants and secrets that were answered. */
  changes: number
}

async function killAgainAndAgain(mode: Mode, rounds: number): Promise<Tally> {
  const chance = createChance(SEED + (mode === 'strict' ? 1_000_000 : 0))
  const home = await createGateHome()
  homes.push(home)
  const journal = join(home, 'journal')
  const tally: Tally = { writes: 0, acknowledged: 0, changes: 0 }
  let trusted: string | undefined
  // On a busy machine a mode may need more kills until there was something of each kind to lose.
  const isEmpty = (): boolean => tally.writes === 0 || tally.changes === 0
  for (let round = 0; round < rounds || (isEmpty() && round < rounds * 4); round += 1) {
    const victim = { program: workload, arguments: [home, mode, journal] }
    const lines = await killKernel({ ...victim, chance, windowMs: mode === 'strict' ? 1000 : 600 })
    const said = lines.filter((line) => !isChange(line)) as readonly Said[]
    const changes = lines.filter(isChange)
    const verdict = await judgeHome(home, said, {
      trusted,
      judge: (system, entries) => {
        judgeChanges(system, changes)
        judgeStores(system, entries, readJournal(journal))
        tally.writes = entries.filter(({ kind }) => kind === 'capability.call').length
      },
    })
    trusted = verdict.checkpoint
    tally.acknowledged += countRuns(said)
    tally.changes += changes.filter(({ done }) => done).length
  }
  tally.acknowledged += readJournal(journal).filter((line) => line.startsWith('done ')).length
  return tally
}

it(
  'STO-01: a kernel that is killed while packs write and grants and secrets change loses nothing it acknowledged and leaves nothing half done',
  async () => {
    const strict = Math.ceil(ROUNDS / 3)
    const tallies = await Promise.all([
      killAgainAndAgain('permissive', ROUNDS - strict),
      killAgainAndAgain('strict', strict),
    ])
    if (process.env['RUMI_CRASH_ROUNDS'] !== undefined) process.stdout.write(`${JSON.stringify(tallies)}\n`)
    // Otherwise there was nothing to lose.
    for (const { writes, changes } of tallies) {
      expect(writes).toBeGreaterThan(0)
      expect(changes).toBeGreaterThan(0)
    }
  },
  120_000 + ROUNDS * 5000,
)

it('AUD-01: a denial is on the ledger when its block reads it, also when the kernel is killed in that moment', async () => {
  const home = await createGateHome()
  homes.push(home)
  const program = fileURLToPath(new URL('deny-once.ts', import.meta.url))
  const kernel = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, home])
  await once(kernel, 'close')
  expect(kernel.signalCode).toBe('SIGKILL')
  await judgeHome(home, [], {
    judge: ({ services }, entries) => {
      expect(entries.filter(({ kind }) => kind === 'capability.deny')).toMatchObject([
        { actor: 'writer', subject: 'nowhere', data: { permission_id: 'store.get', reason: 'writer: no-grant' } },
      ])
      expect(services.state.read((state) => state.documents.list(denialCollection))).toMatchObject([
        { record: { principalId: 'writer', subject: 'nowhere', count: 1 } },
      ])
    },
  })
})
