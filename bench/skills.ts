import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSystem, type System } from '../packages/app/src/compose/index.ts'
import { readSettings } from '../packages/app/src/config/index.ts'
import { diffSkills, parseSkillSource } from '../packages/skills/src/language/index.ts'
import { defaultSkillSources } from '../packages/skills/src/setup/index.ts'
import { verifySkill } from '../packages/skills/src/verification/index.ts'
import { measure, type Series } from './measure.ts'

type Add = (name: string, series: Series, more?: { readonly goal?: number; readonly goalOf?: 'p50' | 'p99' }) => void

interface Shape {
  readonly documents: number
  /** Of each. */
  readonly files: number
}

const words = ['ledger', 'skill', 'sandbox', 'grant', 'approval', 'layer', 'record', 'evidence', 'context', 'review']

/** Measures skills: reading, verifying and comparing one; search and state commits over ten thousand documents. */
export async function measureSkills(add: Add): Promise<void> {
  await measureLanguage(add)
  await withHome({ documents: 10_000, files: 1 }, async (system, home) => {
    await measureSearch(system, add)
    await measureCommits(system, home, (what, series) =>
      add(`state commit over 10,000 folders of one file, ${what}`, series),
    )
  })
  await withHome({ documents: 2000, files: 5 }, async (system, home) =>
    measureCommits(system, home, (what, series) => {
      add(`state commit over 2,000 folders of five files, ${what}`, series, { goal: 200 })
    }),
  )
}

async function withHome(shape: Shape, work: (system: System, home: string) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'rumi-bench-skills-'))
  const system = await open(home)
  try {
    expectOk(await system.services.kairos.setup.init('bench', false))
    fill(home, shape)
    await work(system, home)
  } finally {
    await system.close()
    rmSync(home, { recursive: true, force: true })
  }
}

async function measureLanguage(add: Add): Promise<void> {
  const source = defaultSkillSources.get('l0_governance') ?? ''
  const parsed = parseSkillSource(source, 'a.skill.ts')
  if (!parsed.ok) throw new Error('the skill of the bench')
  const { tree } = parsed.value
  const other = { ...tree, version: '9', content: `${tree.content}\nmore` }
  const bindings = { find: () => ({ bound: false as const }), canEvolve: () => true, deniesAll: () => false }
  const times = { count: 500 }
  add('parse a skill', await measure(async () => parseSkillSource(source, 'a.skill.ts'), times))
  add('verify a skill', await measure(async () => verifySkill(tree, bindings), times))
  add('compare two versions of a skill', await measure(async () => diffSkills(tree, other), times))
}

async function measureSearch({ services }: System, add: Add): Promise<void> {
  const { search } = services.kairos
  await search.find('ledger', { limit: 10 })
  let turn = 0
  const ask = async (): Promise<void> => {
    turn += 1
    const query = `${words[turn % words.length]} ${words[(turn * 7) % words.length]} ${turn}`
    await search.find(query, { limit: 10 })
  }
  add('search over 10,000 documents', await measure(ask, { count: 200 }), { goal: 20, goalOf: 'p99' })
}

async function measureCommits(
  { services }: System,
  home: string,
  tell: (what: string, series: Series) => void,
): Promise<void> {
  const { commits } = services.kairos
  const commit = async (): Promise<void> =>
    expectOk(await commits.commit({ reason: 'bench', by: 'bench', force: true, trigger: null }))
  await commit()
  await new Promise((resolve) => setTimeout(resolve, 2500)) // files that were just written are read again
  tell('nothing changed', await measure(commit, { count: 10, warmUps: 2 }))
  let turn = 0
  const change = async (): Promise<void> => {
    turn += 1
    writeFileSync(join(home, '.kairos/knowledge/doc1/doc1.md'), `# Changed ${turn}\n`)
    await commit()
  }
  tell('one changed', await measure(change, { count: 10, warmUps: 1 }))
}

async function open(home: string): Promise<System> {
  const settings = readSettings({}, { home, port: 0 }, (path) => path)
  if (!settings.ok) throw new Error(settings.error.message)
  const opened = await openSystem(settings.value, {
    environment: process.env,
    onBroken: () => process.exit(1),
    onException: (error) => {
      throw error
    },
  })
  if (!opened.ok) throw new Error(opened.error.message)
  return opened.value
}

/** Documents of some two kilobytes, as an editor would have left them. */
function fill(home: string, { documents, files }: Shape): void {
  for (let index = 0; index < documents; index += 1) {
    const folder = join(home, '.kairos/knowledge', `doc${index}`)
    mkdirSync(folder, { recursive: true })
    const body = Array.from({ length: 300 }, (_, at) => words[(index * 31 + at * at) % words.length]).join(' ')
    const text = `---\nname: doc${index}\ndescription: number ${index}\n---\n# Document ${index}\n\n${body}\n`
    writeFileSync(join(folder, `doc${index}.md`), text)
    for (let more = 1; more < files; more += 1) writeFileSync(join(folder, `note${more}.txt`), `${index} ${more}\n`)
  }
}

function expectOk(outcome: { readonly ok: boolean }): void {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome))
}
