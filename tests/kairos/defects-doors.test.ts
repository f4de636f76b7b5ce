import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectProblem } from '../http/system.ts'
import { startKairos, type KairosSystem } from './kairos-system.ts'

// What was wrong with an older system of this kind, one test each. The numbers are those of docs/compatibility.md.

let kairos: KairosSystem
let settings: string
beforeAll(async () => {
  kairos = await startKairos()
  settings = kairos.read('skills/config.yml') ?? ''
})
afterEach(() => kairos.write('skills/config.yml', settings))
afterAll(async () => kairos.close())

const raised = [["version: '1.0'", "version: '1.1'"]] as const

describe('doors', () => {
  it.each([
    ['K17', '/admin/static/../../../../etc/passwd'],
    ['K17', '/admin/static/..%2f..%2fetc%2fpasswd'],
    ['K18', '/api/knowledge/..'],
    ['K18', '/api/knowledge/%2e%2e'],
    ['K18', '/api/knowledge/..%2f..%2fuser_data'],
    ['K18', '/api/context/../x'],
    ['K24', '/meeting/v1/introduce'],
    ['K24', '/meeting/v1/skills'],
    ['K29', '/admin/chain/status'],
    ['K29', '/admin/knowledge/x'],
  ])('%s: %s gives nothing away and does not fail inside', async (_, path) => {
    const answer = await kairos.ask('GET', path)
    expect([answer.status < 500, answer.status >= 400, answer.body.data]).toEqual([true, true, null])
    expect(JSON.stringify(answer.body)).not.toContain('root:')
  })

  it('K18: no name of a document leads out of its folder', async () => {
    for (const name of ['..', '.', '../x', '/etc', 'a/b', 'a\\b', '%2e%2e', '.hidden', 'x.bak']) {
      const created = await kairos.ask('POST', '/api/knowledge', { name, content: 'x' })
      expect([name, created.status >= 400 && created.status < 500]).toEqual([name, true])
      const saved = await kairos.ask('POST', `/api/context/${encodeURIComponent(name)}/notes`, { content: 'x' })
      expect([name, saved.status >= 400 && saved.status < 500]).toEqual([name, true])
    }
    expect(readdirSync(join(kairos.home, '.kairos')).toSorted()).not.toContain('notes')
  })

  it('K19: a delegate makes no token and changes no L0, whatever it calls itself', async () => {
    const forOperator = ['/api/kairos/init', '/api/kairos/upgrade', '/api/skills/reset', '/api/chain/import']
    for (const path of forOperator)
      expectProblem(await kairos.askDelegate('POST', path, { role: 'owner' }), 403, 'auth.forbidden')
    expectProblem(await kairos.askDelegate('POST', '/api/skills/core_safety/run', {}), 403, 'auth.forbidden')
  })

  it('K20, K21: no cookie holds a token, a page elsewhere is refused, and bodies are bounded', async () => {
    const answer = await kairos.ask('GET', '/api/skills')
    expect([answer.headers.get('set-cookie'), answer.headers.get('access-control-allow-origin')]).toEqual([null, null])
    const foreign = await fetch(`${kairos.rumi.server.url}/api/skills`, { headers: { origin: 'https://example.com' } })
    expect(foreign.status).toBe(403)
    const large = { name: 'large', content: 'x'.repeat(1024 * 1024 + 1) }
    expectProblem(await kairos.ask('POST', '/api/knowledge', large), 400, 'request.invalid')
  })

  it('K22: every setting that ships is honoured, and one that is not known is told', async () => {
    kairos.write('skills/config.yml', `${kairos.read('skills/config.yml')}safe_root: .\n`)
    const { diagnostics } = await kairos.must('GET', '/api/skills')
    expect(diagnostics).toMatchObject([{ severity: 'warning', file: 'skills/config.yml' }])
  })

  it('K23: nobody else reads the keys, the state or the skills', async () => {
    const modes = [
      'user_data/keys',
      'user_data/keys/operator.token',
      'user_data/rumi.db',
      '.kairos/skills',
      '.kairos/skills/core_safety.skill.ts',
    ].map((path) => statSync(join(kairos.home, path)).mode & 0o077)
    expect(modes).toEqual([0, 0, 0, 0, 0])
  })

  it('K25: a document may bring scripts, and they are told and never run by reading, importing or searching', async () => {
    kairos.rumi.write({
      'in/tool/SKILL.md': '---\nname: tool\ndescription: a tool\n---\nUse it.\n',
      'in/tool/scripts/run.sh': `#!/bin/sh\ntouch ${kairos.home}/ran\n`,
      'in/tool/.hidden': 'hidden',
    })
    const taken = await kairos.must('POST', '/api/knowledge-import', { path: join(kairos.home, 'in') })
    expect(taken.documents.map(({ name }: { name: string }) => name)).toEqual(['tool'])
    await kairos.must('GET', '/api/skills/search?query=tool')
    await kairos.must('GET', '/api/knowledge/tool')
    expect(existsSync(join(kairos.home, 'ran'))).toBe(false)
    expect(kairos.read('knowledge/tool/.hidden')).toBe('hidden')
  })
})

describe('robustness', () => {
  it('K26: one broken document hides no other, in no list and no state', async () => {
    kairos.write('knowledge/broken/broken.md', '---\nname: [unclosed\n---\nBody.\n')
    kairos.write('knowledge/good/good.md', '---\nname: good\n---\nBody.\n')
    const { documents } = await kairos.must('GET', '/api/knowledge')
    const names = documents.map(({ name, problem }: { name: string; problem: unknown }) => [name, problem !== null])
    expect(names).toContainEqual(['broken', true])
    expect(names).toContainEqual(['good', false])
    // An edit in the folder is found within seconds; a change through the system makes the search look at once.
    await kairos.must('POST', '/api/context/monday/other', { content: 'Another.' })
    expect((await kairos.must('POST', '/api/state/commit', { reason: 'r' })).number).toBe(1)
    expect(
      (await kairos.must('GET', '/api/skills/search?query=body')).results.map(({ name }: { name: string }) => name),
    ).toEqual(expect.arrayContaining(['good', 'broken']))
  })

  it.each(['(', '[', '*', '"', 'NEAR(', 'a OR b AND', '\\', "'; DROP TABLE x", '(a+)+$', '日本', '\u0000', '-'])(
    'K27: %j is a question like any other',
    async (query) => {
      const found = await kairos.ask('GET', `/api/skills/search?query=${encodeURIComponent(query)}`)
      expect(found.status).toBe(200)
    },
  )

  it('K28: whatever is asked is answered', async () => {
    for (const [method, path] of [
      ['GET', '/ping'],
      ['PUT', '/api/skills'],
      ['POST', '/api/nothing'],
    ] as const) {
      const answer = await kairos.ask(method, path)
      expect([answer.body.success, typeof answer.body.error]).toEqual([false, 'string'])
    }
  })

  it('K30: everything lies in the home, wherever the process stands, and the server listens to this machine only', async () => {
    const here = process.cwd()
    const before = readdirSync(here)
    await kairos.must('POST', '/api/state/commit', { reason: 'r', force: true })
    await kairos.must('GET', '/api/skills/search?query=layer')
    expect([readdirSync(here), kairos.rumi.server.url.startsWith('http://127.0.0.1:')]).toEqual([before, true])
  })

  it('K31: no setting is dead: each one that ships changes what the system does or is refused when it is wrong', async () => {
    const keys = settings
      .split('\n')
      .filter((line) => /^\s*[a-z_0-9]+:/.test(line))
      .map((line) => line.trim().split(':', 1)[0] ?? '')
    const wrong = []
    for (const key of keys) {
      kairos.write('skills/config.yml', settings.replace(new RegExp(`^(\\s*${key}:).*$`, 'm'), '$1 {wrong: 1}'))
      if ((await kairos.must('GET', '/api/skills')).diagnostics.length === 0) wrong.push(key)
    }
    expect([keys.length > 10, wrong]).toEqual([true, []])
  })

  it('K33: an upgrade loses no edit of a user, and new settings arrive beside the old ones', async () => {
    kairos.write('skills/config.yml', 'evolution_enabled: true # mine\n')
    kairos.write('knowledge/kairos_guide/kairos_guide.md', 'mine\n')
    const plan = await kairos.must('POST', '/api/kairos/upgrade', {})
    expect(
      plan.steps.find(({ path }: { path: string }) => path === 'knowledge/kairos_guide/kairos_guide.md').action,
    ).toBe('keep')
    expect(kairos.read('knowledge/kairos_guide/kairos_guide.md')).toBe('mine\n')
    expect(kairos.read('skills/config.yml')).toContain('evolution_enabled: true # mine')
  })

  it('K34: the default skills have definitions that are checked against this moment, and differences are structural', async () => {
    const { skills } = await kairos.must('GET', '/api/skills')
    expect(skills.map(({ nodes }: { nodes: number }) => nodes > 0)).toEqual(Array.from({ length: 8 }, () => true))
    const report = await kairos.must('POST', '/api/skills/core_safety/verify', {})
    expect([report.verdict, report.summary]).toMatchObject(['satisfied', { satisfied: 4, unknown: 0 }])
    await kairos.evolve('layer_awareness', [...raised, ["steps: ['L2', 'L1', 'L0']", "steps: ['L2', 'L1']"]])
    const diff = await kairos.must('POST', '/api/skills/diff', {
      before: 'layer_awareness@1',
      after: 'layer_awareness',
    })
    expect(diff.changes.map(({ path }: { path: string }) => path)).toEqual([
      '/version',
      '/definition/promotion_path/options/steps',
    ])
  })
})
