import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseSkillSource, printSkill, skillDeclarations, skillFields } from './index.ts'

const compiler = fileURLToPath(import.meta.resolve('typescript/package.json')).replace('package.json', 'bin/tsc')
const source = `import { skill, check } from '@rumi/skills'
export default skill('whole', {
  version: '1.0', title: 't', use_when: 'u', inputs: ['a'], requires: { a: [1] }, depends_on: null,
  guarantees: ['immutable', 'own'],
  evolve: { allow: ['content'], deny: ['all'], conditions: [condition('c', ruby('true'))] },
  content: 'c',
  definition: [
    constraint('a', { required: true, condition: 'x == true', own: [1], source_span: null }), constraint('a2'),
    check('b', { condition: 'c' }), plan('c', { steps: ['a'] }), toolCall('d', { command: 'x' }),
    semanticReasoning('e', { prompt: 'p' }), node('Own', 'f', { a: { b: 1 } }),
  ],
  formalization_notes: 'n',
  async behavior(kairos) {
    const [first] = await kairos.skills()
    const skill = await kairos.skill('whole')
    const { limit } = await kairos.config()
    return [first?.tree_hash, skill?.title, limit, (await kairos.history({ limit: 3 }))[0]?.at, (await kairos.counters()).a]
  },
  effects: [effect('n', { requires: ['x'], records: [], run() { return 1 } }), effect('m', { run: ruby('') })],
  tool: tool({ input: [property('n', { type: 'string', required: true })], execute(args) { return args.n } }),
})
`
/** Each is a mistake that an editor should underline. */
const mistakes = [
  "export default skill('a', { titel: 'x' })",
  "export default skill('a', { definition: [plan('a', {})] })",
  "export default skill('a', { definition: [effect('a')] })",
  "export default skill('a', { evolve: { allow: ['nonsense'] } })",
  "export default skill('a', { behavior(kairos) { return kairos.write() } })",
]

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rumi-declarations-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

it('lets an editor check a skill, and find mistakes in it', () => {
  const parsed = parseSkillSource(source, 'whole.skill.ts')
  expect(parsed).toMatchObject({ ok: true })
  if (!parsed.ok) return
  expect(Object.keys(parsed.value.tree).sort()).toEqual(['id', ...skillFields].sort())
  const files = {
    'skills.d.ts': skillDeclarations,
    'whole.skill.ts': source,
    'canonical.skill.ts': printSkill(parsed.value.tree),
    ...Object.fromEntries(mistakes.map((text, index) => [`mistake-${index}.skill.ts`, text])),
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const settings = {
    strict: true,
    noEmit: true,
    module: 'esnext',
    target: 'esnext',
    types: [],
    noUncheckedIndexedAccess: true,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: settings, files: Object.keys(files) }))
  const faulty = new Set([...compile().matchAll(/^([\w.-]+)\(/gm)].map((match) => match[1]))
  expect(faulty).toEqual(new Set(mistakes.map((_, index) => `mistake-${index}.skill.ts`)))
})

function compile(): string {
  try {
    return execFileSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    })
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout)
  }
}
