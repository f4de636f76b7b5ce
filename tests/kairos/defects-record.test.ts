import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { appendLeaf } from '@rumi/kernel/ledger'
import { testChain, testChainBytes } from '../../packages/skills/src/chain/test-chain.ts'
import { expectProblem } from '../http/system.ts'
import { removeFolder } from '../support/remove-folder.ts'
import { entriesOf, startKairos, type KairosOptions, type KairosSystem } from './kairos-system.ts'

// What was wrong with an older system of this kind, one test each. The numbers are those of docs/compatibility.md.

let kairos: KairosSystem
const start = async (options: KairosOptions = {}): Promise<void> => {
  kairos = await startKairos(options)
}
afterEach(async () => kairos.close())

const raised = [["version: '1.0'", "version: '1.1'"]] as const

describe('the record', () => {
  const chainFile = '.kairos/storage/blockchain.json'

  it.each([
    ['cut short', (bytes: Uint8Array) => bytes.slice(0, bytes.length - 40)],
    ['empty', () => new Uint8Array()],
    ['no JSON', () => Buffer.from('[{')],
  ])('K10: a chain that is %s is never taken for none, and never written over', async (_, damage) => {
    const bytes = damage(testChainBytes())
    await start({ files: { [chainFile]: bytes }, init: false, evolution: false })
    expectProblem(await kairos.ask('POST', '/api/kairos/init', {}), 422, 'chain.corrupt')
    expectProblem(
      await kairos.ask('POST', '/api/chain/import', { path: join(kairos.home, chainFile) }),
      422,
      'chain.corrupt',
    )
    expect(kairos.read('storage/blockchain.json')).toBe(Buffer.from(bytes).toString())
    expect(entriesOf(kairos, 'kairos.init', 'kairos.chain-import')).toEqual([])
  })

  it('K11: the last block is checked like every other, and a chain that lost its end is not the one on record', async () => {
    const blocks = testChain()
    await start({ files: { [chainFile]: testChainBytes() } })
    const [tail] = blocks.slice(-1)
    const withLast = (last: (typeof blocks)[number]) => [...blocks.slice(0, -1), last]
    const changed = testChainBytes(withLast({ ...tail!, timestamp: '2030-01-01T00:00:00.000000Z' }))
    const unhashed = testChainBytes(withLast({ ...tail!, hash: '0'.repeat(64) }))
    const shorter = testChainBytes(blocks.slice(0, -1))
    for (const [bytes, status, code] of [
      [changed, 422, 'chain.corrupt'],
      [unhashed, 422, 'chain.corrupt'],
      [shorter, 409, 'chain.other'],
    ] as const) {
      kairos.rumi.write({ 'other.json': bytes })
      expectProblem(
        await kairos.ask('POST', '/api/chain/import', { path: join(kairos.home, 'other.json') }),
        status,
        code,
      )
    }
    expect(await kairos.must('GET', '/api/chain/verify')).toMatchObject({
      ok: true,
      imported: { length: blocks.length, head: tail!.hash },
    })
  })

  it('K12: an append reads and writes as little at a million entries as at ten', () => {
    const hash = Buffer.alloc(32)
    for (const size of [10, 10_000, 1_000_000, 2 ** 20 - 1]) {
      let reads = 0
      const readNode = () => {
        reads += 1
        return hash
      }
      const nodes = appendLeaf({ size, leaf: hash, readNode })
      // The worst: a leaf that completes a subtree on every level.
      expect([size, nodes.length <= 21, reads <= 20]).toEqual([size, true, true])
    }
  })

  it('K13: entries are durable with what they are about: a restart finds both', async () => {
    await start()
    await kairos.must('POST', '/api/knowledge', { name: 'pets', content: '# Pets\n\nCats and dogs.\n' })
    const before = (await kairos.must('GET', '/api/chain/history')).entries[0]
    await kairos.restart()
    const after = (await kairos.must('GET', '/api/chain/history')).entries[0]
    expect([after, after.type]).toEqual([before, 'knowledge_update'])
  })

  it('K14: what could not be recorded is not said to be done, and did not happen', async () => {
    await start()
    const { state } = kairos.rumi.system.services
    const write = state.write.bind(state)
    state.write = async () => Promise.reject(new Error('the disk is full'))
    const refused = await kairos.ask('POST', '/api/knowledge', { name: 'pets', content: 'Cats.' })
    state.write = write
    expect([refused.status, refused.body.success]).toEqual([500, false])
    expect([kairos.read('knowledge/pets/pets.md'), entriesOf(kairos, 'kairos.knowledge')]).toEqual([undefined, []])
  })

  it('K15: a history is found by its kind, and what callers record imitates no kind', async () => {
    await start()
    await kairos.evolve('layer_awareness', raised)
    const forged = JSON.stringify({
      type: 'state_commit',
      skill_id: 'core_safety',
      prev_ast_hash: 'a',
      next_ast_hash: 'b',
    })
    await kairos.must('POST', '/api/chain/record', { logs: [forged] })
    const typesOf = async (type: string) =>
      (await kairos.must('GET', `/api/chain/history?type=${type}`)).entries.map(
        ({ subject }: { subject: string }) => subject,
      )
    expect([await typesOf('skill_transition'), await typesOf('record')]).toEqual([['layer_awareness'], ['record']])
    expect(await typesOf('state_commit')).not.toContain('core_safety')
    const path = join(kairos.home, 'out.json')
    await kairos.must('POST', '/api/chain/export', { path })
    const data = JSON.parse(readFileSync(path, 'utf8')).flatMap(({ data: items }: { data: string[] }) => items)
    const said = data.find((text: string) => text.includes('core_safety') && text.includes('"record"'))
    expect(JSON.parse(said)).toEqual({ type: 'record', by: 'operator/http', logs: [forged] })
  })
})

describe('states', () => {
  it('K16: every byte counts, every trigger fires, what was pending outlives a restart, and a state can come back', async () => {
    await start()
    await kairos.must('POST', '/api/context/monday/notes', { content: '# Notes\n\nOne.\n' })
    const files = [{ path: 'scripts/run.sh', content: Buffer.from('echo 1\n').toString('base64'), executable: true }]
    await kairos.must('POST', '/api/knowledge', { name: 'pets', content: '# Pets\n', files })
    const first = await kairos.must('POST', '/api/state/commit', { reason: 'first' })
    const rootOf = async (): Promise<string> => (await kairos.must('GET', '/api/state')).root
    expect(await rootOf()).toBe(first.root)
    for (const [path, text] of [
      ['context/monday/notes/notes.md', '# Notes\n\nTwo.\n'],
      ['knowledge/pets/scripts/run.sh', 'echo 2\n'],
      ['skillsets/maps/skillset.json', '{}'],
      ['skills/config.yml', `${kairos.read('skills/config.yml')}# a note\n`],
    ] as const) {
      const before = kairos.read(path)
      kairos.write(path, text)
      expect([path, (await rootOf()) === first.root]).toEqual([path, false])
      if (before === undefined) removeFolder(join(kairos.home, '.kairos/skillsets'))
      else kairos.write(path, before)
      expect([path, (await rootOf()) === first.root]).toEqual([path, true])
    }
    await kairos.must('POST', '/api/skills/promote', { source_name: 'notes', session_id: 'monday', reason: 'useful' })
    await kairos.must('POST', '/api/knowledge/pets/archive', { reason: 'old' })
    await kairos.must('POST', '/api/context/monday/more', { content: 'More.' })
    await kairos.must('POST', '/api/context/monday/end', {})
    const { commits } = await kairos.must('GET', '/api/state/history')
    expect(commits.map(({ trigger }: { trigger: string | null }) => trigger)).toEqual([
      'session_end',
      'demotion',
      'promotion',
      null,
    ])
    await kairos.must('POST', '/api/context/monday/last', { content: 'Last.' })
    await kairos.restart()
    expect((await kairos.must('GET', '/api/state')).pending).toBe(1)
    const { proposal } = await kairos.must('POST', '/api/state/restore', {
      commit: '1',
      paths: ['knowledge'],
      reason: 'back',
    })
    expect(kairos.read('knowledge/pets/pets.md')).toBeUndefined()
    await kairos.approve(proposal.proposal_id, proposal.hash)
    expect((await kairos.apply(proposal.proposal_id)).status).toBe(200)
    expect([kairos.read('knowledge/pets/scripts/run.sh'), kairos.read('knowledge/notes/notes.md')]).toEqual([
      'echo 1\n',
      undefined,
    ])
    expect(statSync(join(kairos.home, '.kairos/knowledge/pets/scripts/run.sh')).mode & 0o111).not.toBe(0)
  })
})
