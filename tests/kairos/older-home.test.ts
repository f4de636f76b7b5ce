import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chainHead, genesisBlock, readChainText, verifyChain } from '@rumi/skills/chain'
import { testChain, testChainBytes } from '../../packages/skills/src/chain/test-chain.ts'
import { kairosRb } from '../../packages/skills/src/ruby/test-kairos-rb.ts'
import { entriesOf, startKairos, type KairosSystem } from './kairos-system.ts'

/** Settings as the older system wrote them: keys that nothing reads any more, and one of them twice. */
const olderSettings = `enabled: true
evolution_enabled: true
instructions_mode: developer
max_evolutions_per_session: 3
require_human_approval: true
immutable_skills:
  - core_safety
kairos_meta_skills: [l0_governance, core_safety]
layers:
  L1: { enabled: true }
storage:
  backend: file
kairos_meta_skills: [core_safety]
`
const document = (name: string, body: string): string =>
  `---\nname: ${name}\ndescription: about ${name}\nversion: "1.0"\nlayer: L1\ntags: [example]\n---\n\n${body}\n`

let kairos: KairosSystem
beforeAll(async () => {
  kairos = await startKairos({
    init: false,
    evolution: false,
    files: {
      '.kairos/skills/kairos.rb': kairosRb,
      '.kairos/skills/kairos.md': '# Philosophy\n\n## [ABC-010] One\n\nText.\n',
      '.kairos/skills/config.yml': olderSettings,
      '.kairos/skills/versions/kairos_20260225_120000.rb': 'skill :old do\nend\n',
      '.kairos/skills/action_log.jsonl': '{"timestamp":"2026-02-25T12:00:00Z","action":"skill_evolved"}\n',
      '.kairos/knowledge/pets/pets.md': document('pets', 'Cats and dogs.'),
      '.kairos/knowledge/pets/scripts/count.py': 'print(2)\n',
      '.kairos/knowledge/.archived/birds/birds.md': document('birds', 'Old birds.'),
      '.kairos/context/session_20260225_120000_abcdef01/guess/guess.md': document('guess', 'A guess.'),
      '.kairos/storage/blockchain.json': testChainBytes(),
      '.kairos/storage/snapshots/snapshot_20260225_120000_abcdef01.json': '{}',
    },
  })
})
afterAll(async () => kairos.close())

describe('a data folder of the older system', () => {
  it('is adopted as it is: nothing of it is written to, and its chain is taken over', async () => {
    const done = await kairos.must('POST', '/api/kairos/init', {})
    const [last] = testChain().slice(-1)
    expect([done.kind, done.written, done.skills.length, done.diagnostics]).toEqual(['adopted', [], 8, []])
    expect(done.chain).toEqual({ length: testChain().length, head: last?.hash })
    expect([kairos.read('skills/kairos.rb'), kairos.read('skills/config.yml')]).toEqual([kairosRb, olderSettings])
    expect(kairos.read('storage/blockchain.json')).toBe(Buffer.from(testChainBytes()).toString())
  })

  it('A06: has its eight skills, with definitions where they were written', async () => {
    const { skills } = await kairos.must('GET', '/api/skills')
    const nodes = Object.fromEntries(skills.map(({ id, nodes: count }: { id: string; nodes: number }) => [id, count]))
    expect(nodes).toMatchObject({ core_safety: 4, evolution_rules: 6, layer_awareness: 0 })
    const rules = (await kairos.must('GET', '/api/skills/evolution_rules')).tree.definition.nodes
    const types = rules.map(({ type }: { type: string }) => type).toSorted()
    expect(types).toEqual(['Check', 'Constraint', 'Constraint', 'Constraint', 'Plan', 'SemanticReasoning'])
    expect((await kairos.must('GET', '/api/skills/core_safety')).immutable).toBe(true)
  })

  it('J15: verifies against the settings of this moment, and leaves to a person what a person has to judge', async () => {
    const rules = await kairos.must('POST', '/api/skills/evolution_rules/verify', {})
    const limit = rules.nodes.find(({ name }: { name: string }) => name === 'session_limit')
    expect([limit.status, limit.used]).toEqual(['satisfied', { evolution_count: 0, max_evolutions_per_session: 3 }])
    expect([rules.summary.human_required, rules.verdict === 'satisfied']).toEqual([1, false])
  })

  it('lists and finds its documents, archived ones and contexts too', async () => {
    const names = async (path: string) =>
      (await kairos.must('GET', path)).documents.map(({ name }: { name: string }) => name)
    expect([await names('/api/knowledge'), await names('/api/knowledge?archived=true')]).toEqual([['pets'], ['birds']])
    const { sessions } = await kairos.must('GET', '/api/context')
    expect(sessions.map(({ session_id: id }: { session_id: string }) => id)).toEqual([
      'session_20260225_120000_abcdef01',
    ])
    const found = await kairos.must('GET', '/api/skills/search?query=cats')
    expect(found.results.map(({ name }: { name: string }) => name)).toEqual(['pets'])
  })

  it('evolves in Ruby: one skill of the file changes, every other character stays', async () => {
    const { source } = await kairos.must('GET', '/api/skills/layer_awareness')
    const changed = source.replace(/version "[^"]*"/, 'version "1.9"')
    const proposed = await kairos.must('POST', '/api/skills/propose', {
      ...{ source: changed, language: 'ruby', skill_id: 'layer_awareness', reason: 'newer' },
    })
    const { proposal_id: id, hash } = proposed.proposal
    await kairos.approve(id, hash)
    expect((await kairos.apply(id)).body).toMatchObject({ success: true })
    expect(kairos.read('skills/kairos.rb')).toBe(kairosRb.replace(source, () => changed))
    expect((await kairos.must('GET', '/api/skills/layer_awareness')).version).toBe('1.9')
    expect(
      (await kairos.must('GET', '/api/skills')).diagnostics.filter(
        ({ severity }: { severity: string }) => severity === 'error',
      ),
    ).toEqual([])
  })

  it('evolves into TypeScript: the skill leaves the Ruby file and stands in a file of its own', async () => {
    const { tree_hash: before } = await kairos.must('GET', '/api/skills/audit_rules')
    const { source } = await kairos.must('GET', '/api/skills/audit_rules')
    const parsed = await kairos.must('POST', '/api/skills/parse', { source, language: 'ruby' })
    const typescript = parsed.skills[0].canonical.replace(/version: '[^']*'/, "version: '9.9'")
    const proposed = await kairos.must('POST', '/api/skills/propose', { source: typescript, reason: 'our language' })
    expect(parsed.skills[0].tree_hash).toBe(before)
    await kairos.approve(proposed.proposal.proposal_id, proposed.proposal.hash)
    expect((await kairos.apply(proposed.proposal.proposal_id)).body).toMatchObject({ success: true })
    expect([
      kairos.read('skills/audit_rules.skill.ts'),
      kairos.read('skills/kairos.rb')?.includes('skill :audit_rules'),
    ]).toEqual([typescript, false])
    expect((await kairos.must('GET', '/api/skills')).count).toBe(8)
  })

  it('exports a chain that begins with its own blocks and goes on with what happened since', async () => {
    await kairos.must('POST', '/api/knowledge', { name: 'fish', content: '# Fish\n', reason: 'new' })
    const path = join(kairos.home, 'export.json')
    const written = await kairos.must('POST', '/api/chain/export', { path })
    const reading = readChainText(readFileSync(path))
    if (reading.state !== 'readable') throw new Error(JSON.stringify(reading))
    const older = testChain()
    expect([reading.blocks.slice(0, older.length), reading.blocks[0]]).toEqual([older, genesisBlock()])
    expect([verifyChain(reading.blocks), chainHead(reading.blocks)]).toEqual([
      [],
      { length: written.blocks, hash: written.head },
    ])
    const added = reading.blocks.slice(older.length).map(({ data }) => JSON.parse(data[0] ?? ''))
    expect(added.map(({ type, skill_id: id }) => type ?? id)).toEqual(
      expect.arrayContaining(['layer_awareness', 'audit_rules', 'knowledge_update']),
    )
    expect(entriesOf(kairos, 'kairos.chain-import')).toHaveLength(1)
  })

  it('keeps its record over a restart, and shows its older blocks behind its own entries', async () => {
    await kairos.restart()
    const { entries } = await kairos.must('GET', '/api/chain/history?limit=100')
    const origins = entries.map(({ origin }: { origin: string }) => origin)
    expect([origins[0], origins.at(-1), origins.filter((one: string) => one === 'imported').length]).toEqual([
      ...['ledger', 'imported', testChain().length],
    ])
    expect((await kairos.must('GET', '/api/chain/verify')).ok).toBe(true)
  })
})
