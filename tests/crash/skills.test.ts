import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { sha256Hex } from '@rumi/kernel/base'
import { probeGovernance } from '../support/probe-governance.ts'
import { removeFolder } from '../support/remove-folder.ts'
import { createChance, killKernel } from './kill-kernel.ts'
import { ask, openHome } from './system.ts'

const ROUNDS = Number(process.env['RUMI_CRASH_ROUNDS'] ?? 4)
const SEED = Number(process.env['RUMI_CRASH_SEED'] ?? 1)

/** Without commits of the state, which would take most of the time. */
const settings = `evolution_enabled: true
max_evolutions_per_session: 1000
state_commit: { auto_commit: { enabled: false } }
`

/** What a kernel said. */
interface Said {
  readonly begin?: 'skill' | 'document'
  readonly done?: 'skill' | 'document' | 'open'
  readonly version?: string
  readonly name?: string
}

const homes: string[] = []
afterAll(() => {
  for (const home of homes) removeFolder(home)
})

async function createSkillHome(): Promise<string> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'rumi-crash-')))
  homes.push(home)
  mkdirSync(join(home, '.kairos/skills'), { recursive: true })
  writeFileSync(join(home, '.kairos/skills/l0_governance.skill.ts'), probeGovernance)
  writeFileSync(join(home, '.kairos/skills/probe.skill.ts'), "export default skill('probe', { version: '0' })\n")
  writeFileSync(join(home, '.kairos/skills/config.yml'), settings)
  const system = await openHome(home, 'permissive')
  await ask(system, 'kairos.init', {})
  await system.close()
  return home
}

/** Opens what is left: everything that was answered is there, files and record say the same, and the ledger verifies. */
async function judge(home: string, said: readonly Said[]): Promise<void> {
  const system = await openHome(home, 'permissive')
  try {
    const read = (path: string): string => readFileSync(join(home, '.kairos', path), 'utf8')
    const { source, version } = await ask(system, 'skills.show', { skill_id: 'probe' })
    expect(read('skills/probe.skill.ts')).toBe(source)
    expect((await ask(system, 'skills.list', {})).diagnostics).toEqual([])
    const done = Number(said.findLast((line) => line.done === 'skill')?.version ?? 0)
    const begun = Number(said.findLast((line) => line.begin === 'skill')?.version ?? 1e9)
    expect([Number(version) >= done, Number(version) <= begun]).toEqual([true, true])
    for (const { name = '' } of said.filter((line) => line.done === 'document')) {
      expect([read(`knowledge/${name}/${name}.md`), read(`knowledge/${name}/scripts/a.sh`)]).toEqual([
        expect.stringContaining(`# ${name}\n`),
        name,
      ])
    }
    for (const { name = '' } of said.filter((line) => line.begin === 'document')) {
      const folder = join(home, '.kairos/knowledge', name)
      const parts = [`${name}.md`, 'scripts/a.sh'].map((path) => existsSync(join(folder, path)))
      expect(new Set(parts).size).toBe(1) // all of it or nothing
    }
    const kinds = ['kairos.knowledge']
    const entries = system.services.state.read(({ ledger }) => ledger.latest(kinds, { limit: 100_000 }))
    for (const { subject, data } of entries)
      expect(sha256Hex(read(`knowledge/${subject}/${subject}.md`))).toBe(data['next_hash'])
    expect(await ask(system, 'ledger.verify', {})).toMatchObject({ ok: true, problems: [] })
  } finally {
    await system.close()
  }
}

it(
  'STO-01: a kernel that is killed while skills and documents change loses nothing it acknowledged, and files follow the record',
  async () => {
    const home = await createSkillHome()
    const chance = createChance(SEED)
    const program = new URL('skills-workload.ts', import.meta.url)
    const tally = { skill: 0, document: 0 }
    for (let round = 0; round < ROUNDS; round += 1) {
      const said = (await killKernel({ program, arguments: [home], chance, windowMs: 600 })) as readonly Said[]
      await judge(home, said)
      for (const { done } of said) if (done === 'skill' || done === 'document') tally[done] += 1
    }
    if (process.env['RUMI_CRASH_ROUNDS'] !== undefined) process.stdout.write(`${JSON.stringify(tally)}\n`)
    // Otherwise there was nothing to lose.
    expect([tally.skill > 0, tally.document > 0]).toEqual([true, true])
  },
  60_000 + ROUNDS * 5000,
)
