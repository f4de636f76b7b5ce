import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packIdSchema } from '@rumi/kernel/base'
import { createHome } from './home.ts'
import { judgeHome } from './judge.ts'
import { ask, openHome } from './system.ts'
import { findUnflushed, readTrace, type Call } from './trace.ts'
import { removeFolder } from '../support/remove-folder.ts'

/** Moments to die at; all of them when many rounds are asked for. */
const POINTS = Number(process.env['RUMI_CRASH_ROUNDS'] ?? 12) > 100 ? 1000 : 4

const program = fileURLToPath(new URL('approve-once.ts', import.meta.url))
const watched = 'write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,mkdir,chmod,fchmod,unlink,rmdir,ftruncate'
const flip = packIdSchema.parse('flip')
// Skipped where processes may not be traced.
const canTrace = spawnSync('strace', ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', 'true']).status === 0

let home = ''
let contents = 0
beforeAll(async () => {
  home = await createHome()
})
afterAll(() => {
  removeFolder(home)
})

/** Approves new content of the pack under strace; answers what was said and, in order, what was called. */
function approveTraced(...injection: readonly string[]): { readonly said: string; readonly calls: readonly Call[] } {
  contents += 1
  writeFileSync(join(home, 'ecosystem/flip/blocks/a.py'), `# ${contents}`)
  const file = join(home, 'trace')
  // Stops at what is watched only, which is faster; what is injected would then not be.
  const quick = injection.length === 0 ? ['--seccomp-bpf'] : []
  const strace = [...quick, '-f', '-y', '-qq', '-s', '16', '-o', file, '-e', `trace=${watched}`, ...injection]
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', program, home]
  const { stdout } = spawnSync('strace', [...strace, ...node], { encoding: 'utf8' })
  return { said: stdout, calls: readTrace(readFileSync(file, 'utf8')) }
}

/** The calls from the moment the home is open to the moment the approval is acknowledged. */
function approving(calls: readonly Call[]): readonly Call[] {
  const said = (word: string): number =>
    calls.findIndex(({ name, text }) => name === 'write' && text.includes(`"${word}`))
  return calls.slice(said('open') + 1, said('approved'))
}

describe('an approval that is acknowledged', () => {
  it.skipIf(!canTrace)(
    'STO-15: has been flushed: each file after it was written, each folder after a name in it changed',
    () => {
      const { said, calls } = approveTraced()
      expect(said).toMatch(/^open\napproved sha256:/)
      const made = approving(calls)
      const names = new Set(made.map(({ name }) => name))
      expect(['pwrite64', 'rename', 'fsync'].filter((name) => !names.has(name) && !names.has(`${name}at`))).toEqual([])
      expect(findUnflushed(made, home)).toEqual({ files: [], folders: [], early: [] })
    },
  )
})

describe('an approval that is cut off at any call', () => {
  it.skipIf(!canTrace)(
    'STO-01: was made or was not made, and can be made again',
    async () => {
      const made = approving(approveTraced().calls)
      const main = made.filter(({ thread, path }) => thread === made.at(-1)?.thread && path.startsWith(home))
      const step = Math.max(1, main.length / POINTS)
      const points = Array.from(
        { length: Math.min(POINTS, main.length) },
        (_, index) => main[Math.floor(index * step)]!,
      )
      const outcomes: string[] = []
      for (const { name, count } of points) {
        const before = await approvedHash()
        const { said } = approveTraced('-e', `inject=${name}:signal=SIGKILL:when=${count}`)
        await judgeHome(home, [])
        const after = await approvedHash()
        const acknowledged = /approved (\S+)/.exec(said)?.[1]
        if (acknowledged !== undefined) expect(after).toBe(acknowledged)
        outcomes.push(after === before ? 'not made' : 'made')
        expect(await approveAgain()).toBe('approved')
      }
      expect(outcomes).toContain('not made')
    },
    120_000,
  )
})

async function approvedHash(): Promise<string | undefined> {
  const system = await openHome(home, 'permissive')
  const record = system.services.state.read((state) => state.packs.find(flip))
  await system.close()
  return record?.status === 'approved' ? record.approvedHash : undefined
}

async function approveAgain(): Promise<string> {
  const system = await openHome(home, 'permissive')
  const { status } = await ask(system, 'packs.approve', { pack_id: 'flip' })
  await system.close()
  return status
}
