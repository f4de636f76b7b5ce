import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { getOperation, operations } from '@rumi/app/operations'
import { blockFlow, expectProblem, packFiles, startTestSystem, type TestSystem } from './system.ts'
import { testChainBytes } from '../../packages/skills/src/chain/test-chain.ts'

let rumi: TestSystem
let runId = ''
let treeHash = ''
let handlerKey = ''
let denialIds: readonly string[] = []
/** A skill as it is delivered. */
let delivered = ''
/** Proposals: an approved one, and two that wait. */
let proposals: readonly { readonly id: string; readonly hash: string }[] = []

beforeAll(async () => {
  rumi = await startTestSystem({
    files: {
      'older.json': testChainBytes(),
      ...packFiles('known', {
        'ecosystem.json': JSON.stringify({
          pack_id: 'known',
          pack_identity: 'github:example/known',
          version: '1.0.0',
          stores: [{ store_id: 'own' }],
          required_network: ['api.example.com'],
        }),
        'permissions.json': JSON.stringify({ permissions: [{ type: 'network', domains: ['a.example.com'] }] }),
        'blocks/a.py': 'def run(input_data, context=None):\n    print("seen")\n    return input_data\n',
        'blocks/b.py': 'def run(input_data, context=None):\n    raise ValueError("no")\n',
        'flows/a.flow.json': blockFlow('known.a', 'a.py'),
        'flows/b.flow.json': blockFlow('known.b', 'b.py'),
        'blocks/ask.py': askingBlock,
        'flows/ask.flow.json': blockFlow('known.ask', 'ask.py'),
        'share/capability_handlers/hello/handler.json': JSON.stringify({ handler_id: 'h', permission_id: 'hello.say' }),
        'share/capability_handlers/hello/handler.py': 'def execute(context, args):\n    return args\n',
      }),
      ...packFiles('other', {}),
      'ecosystem/broken/ecosystem.json': '{',
      'flows/broken.flow.yaml': 'flow_id: [',
      '.kairos/skills/config.yml': 'evolution_enabled: true\nskill_behavior_enabled: true\n',
      'standard/pets/SKILL.md': '---\nname: pets\ndescription: About pets\n---\n\n# Pets\n',
    },
  })
  treeHash = (await rumi.ask('POST', '/api/packs/known/approve')).body.data.approved_hash
  runId = (await rumi.ask('POST', '/api/flows/known.a/run', { inputs: { name: 'x' } })).body.data.run_id
  await rumi.ask('POST', '/api/flows/known.ask/run', {})
  denialIds = (await rumi.ask('GET', '/api/denials')).body.data.denials.map(({ id }: { id: string }) => id)
  await rumi.ask('POST', '/api/capability/candidates/scan', {})
  handlerKey = encodeURIComponent((await rumi.ask('GET', '/api/capability/requests')).body.data.items[0].candidate_key)
  await rumi.ask('POST', '/api/kairos/init', {})
  delivered = (await rumi.ask('GET', '/api/skills/layer_awareness')).body.data.source
  proposals = [await propose('1.1'), await propose('1.2'), await propose('1.3')]
  await rumi.ask('POST', `/api/skills/proposals/${proposals[0]?.id}/approve`, { hash: proposals[0]?.hash })
})
afterAll(async () => rumi.close())

/** Another version of a skill. */
function changeTo(version: string): { readonly source: string; readonly reason: string } {
  return { source: delivered.replace("version: '1.0'", `version: '${version}'`), reason: 'another version' }
}

async function propose(version: string): Promise<(typeof proposals)[number]> {
  const { proposal } = (await rumi.ask('POST', '/api/skills/propose', changeTo(version))).body.data
  return { id: proposal.proposal_id, hash: proposal.hash }
}

/** Is refused three times, each for another reason. */
const askingBlock = `import rumi_capability, rumi_syscall

def run(input_data, context=None):
    rumi_capability.call("store.get", args={"store_id": "s", "key": "k"})
    rumi_capability.call("nobody.answers")
    return rumi_syscall.get("https://api.example.com/")
`

/** Every operation at least once, also with its unusual answers. */
const calls: readonly [name: string, path: () => string, body?: () => unknown][] = [
  ['system.health', () => '/health'],
  ['system.doctor', () => '/api/doctor'],
  ['packs.list', () => '/api/packs'],
  ['packs.pending', () => '/api/packs/pending'],
  ['packs.scan', () => '/api/packs/scan', () => ({})],
  ['packs.scan', () => '/api/packs/scan', () => ({ pack_id: 'known' })],
  ['packs.show', () => '/api/packs/known'],
  ['packs.show', () => '/api/packs/other'],
  ['packs.show', () => '/api/packs/broken'],
  ['packs.status', () => '/api/packs/known/status'],
  ['packs.status', () => '/api/packs/broken/status'],
  ['packs.approve', () => '/api/packs/known/approve', () => ({ tree_hash: treeHash, notes: 'again' })],
  ['flows.list', () => '/api/flows'],
  ['flows.run', () => '/api/flows/known.a/run', () => ({ inputs: { name: { deep: [1, 'x', null] } }, timeout: 60 })],
  ['flows.run', () => '/api/flows/known.a/run'],
  ['flows.run', () => '/api/flows/known.b/run'],
  ['runs.list', () => '/api/runs?limit=10'],
  ['runs.show', () => `/api/runs/${runId}`],
  ['routes.list', () => '/api/routes'],
  ['routes.reload', () => '/api/routes/reload', () => ({})],
  ['schedules.list', () => '/api/schedules'],
  ['denials.list', () => '/api/denials'],
  ['denials.list', () => '/api/denials?principal_id=known'],
  ['denials.show', () => `/api/denials/${denialIds[0] ?? ''}`],
  ['denials.dismiss', () => `/api/denials/${denialIds[0] ?? ''}/dismiss`],
  ['denials.grant', () => `/api/denials/${denialIds[2] ?? ''}/grant`],
  ['network.grant', () => '/api/network/grant', () => ({ pack_id: 'known', allowed_domains: ['*.example.com'] })],
  [
    'network.grant',
    () => '/api/network/grant',
    () => ({ pack_id: 'nobody', allowed_domains: ['a.example.com'], allow_private: ['localhost:1'] }),
  ],
  ['network.list', () => '/api/network/list'],
  ['network.check', () => '/api/network/check', () => ({ pack_id: 'known', domain: 'a.example.com', port: 443 })],
  ['network.check', () => '/api/network/check', () => ({ pack_id: 'known', domain: 'example.org' })],
  ['network.revoke', () => '/api/network/revoke', () => ({ pack_id: 'known', reason: 'no' })],
  [
    'grants.grant',
    () => '/api/capability/grants/grant',
    () => ({ principal_id: 'known', permission_id: 'store.get', max_uses: 3, expires_at: '2999-01-01T00:00:00Z' }),
  ],
  [
    'grants.batch',
    () => '/api/capability/grants/batch',
    () => ({ grants: [{ principal_id: 'known', permission_id: 'store.set' }, { principal_id: '' }, 3] }),
  ],
  ['grants.list', () => '/api/capability/grants'],
  ['grants.list', () => '/api/capability/grants?principal_id=known'],
  ['grants.rotate', () => '/api/capability/grants/rotate'],
  [
    'grants.revoke',
    () => '/api/capability/grants/revoke',
    () => ({ principal_id: 'known', permission_id: 'store.get' }),
  ],
  ['capability.scan', () => '/api/capability/candidates/scan'],
  ['capability.requests', () => '/api/capability/requests?status=pending'],
  ['capability.approve', () => `/api/capability/requests/${handlerKey}/approve`, () => ({ notes: 'ok' })],
  ['capability.remove', () => `/api/capability/requests/${handlerKey}`],
  ['capability.scan', () => '/api/capability/candidates/scan'],
  ['capability.reject', () => `/api/capability/requests/${handlerKey}/reject`, () => ({ reason: 'no' })],
  ['capability.blocked', () => '/api/capability/blocked'],
  ['stores.create', () => '/api/stores/create', () => ({ store_id: 's', root_path: 'user_data/stores/s' })],
  ['stores.list', () => '/api/stores'],
  ['stores.shared', () => '/api/stores/shared'],
  [
    'stores.unshare',
    () => '/api/stores/shared/revoke',
    () => ({ provider_pack_id: 'known', consumer_pack_id: 'other', store_id: 's' }),
  ],
  [
    'stores.share',
    () => '/api/stores/shared/approve',
    () => ({ provider_pack_id: 'known', consumer_pack_id: 'other', store_id: 'own' }),
  ],
  ['stores.delete', () => '/api/stores/s'],
  ['secrets.set', () => '/api/secrets/set', () => ({ key: 'KNOWN', value: 'x' })],
  ['secrets.list', () => '/api/secrets'],
  ['secrets.rotate', () => '/api/secrets/rotate'],
  ['secrets.delete', () => '/api/secrets/delete', () => ({ key: 'KNOWN', reason: 'no' })],
  ['secrets.list', () => '/api/secrets'],
  ['ledger.head', () => '/api/ledger/head'],
  ['ledger.entries', () => '/api/ledger/entries?from=1&limit=5'],
  ['ledger.verify', () => '/api/ledger/verify'],
  ['ledger.export', () => '/api/ledger/export'],
  ['ledger.prove', () => '/api/ledger/proof?seq=1'],
  ['ledger.prove', () => '/api/ledger/proof?from=2&size=4'],
  ['audit.query', () => '/api/audit?limit=50'],
  ['audit.query', () => '/api/audit?category=approval&pack_id=known&outcome=success&limit=1'],
  ['audit.rebuild', () => '/api/audit/rebuild'],
  ['packs.reject', () => '/api/packs/other/reject', () => ({ reason: 'no' })],
  ['packs.remove', () => '/api/packs/other'],
  ['kairos.init', () => '/api/kairos/init', () => ({ repair: true })],
  ['kairos.upgrade', () => '/api/kairos/upgrade', () => ({ dry_run: true })],
  ['skills.list', () => '/api/skills'],
  ['skills.show', () => '/api/skills/core_safety'],
  ['skills.parse', () => '/api/skills/parse', () => ({ source: "export default skill('x', { version: '1' })" })],
  ['skills.parse', () => '/api/skills/parse', () => ({ source: 'skill :x do\n  title run\nend\n', language: 'ruby' })],
  ['definition.verify', () => '/api/skills/core_safety/verify', () => ({})],
  ['definition.verify', () => '/api/skills/audit_rules/verify', () => ({ bindings: { threshold: 0.5 } })],
  ['definition.decompile', () => '/api/skills/core_safety/decompile'],
  ['definition.drift', () => '/api/skills/core_safety/drift'],
  ['skills.propose', () => '/api/skills/propose', () => ({ ...changeTo('1.4'), dry_run: true })],
  ['skills.proposals', () => '/api/skills/proposals?open=true'],
  ['skills.proposal', () => `/api/skills/proposals/${proposals[0]?.id}`],
  ['skills.approve', () => `/api/skills/proposals/${proposals[1]?.id}/approve`, () => ({ hash: proposals[1]?.hash })],
  ['skills.reject', () => `/api/skills/proposals/${proposals[2]?.id}/reject`, () => ({ reason: 'no' })],
  ['skills.apply', () => `/api/skills/proposals/${proposals[0]?.id}/apply`],
  ['skills.proposal', () => `/api/skills/proposals/${proposals[1]?.id}`],
  ['skills.diff', () => '/api/skills/diff', () => ({ before: 'layer_awareness@1', after: 'layer_awareness' })],
  ['skills.rollback', () => '/api/skills/layer_awareness/rollback', () => ({ version: '1', reason: 'back' })],
  ['skills.reset', () => '/api/skills/reset'],
  ['skills.run', () => '/api/skills/self_inspection/run'],
  ['instructions.show', () => '/api/instructions'],
  [
    'instructions.update',
    () => '/api/instructions',
    () => ({ command: 'create', mode: 'quiet', content: 'Be brief.', reason: 'try' }),
  ],
  [
    'context.save',
    () => '/api/context/monday/find',
    () => ({ content: '# Find\n\nCats sleep.\n', tags: ['cats'], files: [{ path: 'scripts/a.sh', content: 'Ow==' }] }),
  ],
  ['context.show', () => '/api/context/monday/find'],
  ['context.list', () => '/api/context?session_id=monday'],
  [
    'skills.promote',
    () => '/api/skills/promote',
    () => ({ source_name: 'find', session_id: 'monday', reason: 'it holds' }),
  ],
  [
    'skills.promote',
    () => '/api/skills/promote',
    () => ({ source_name: 'find', from_layer: 'L1', to_layer: 'L0', reason: 'a rule' }),
  ],
  ['resources.list', () => '/api/resources?layer=L2'],
  ['resources.read', () => '/api/resource?uri=context://monday/find/scripts/a.sh'],
  ['resources.read', () => '/api/resource?uri=l0://core_safety.skill.ts'],
  ['skills.assemble', () => '/api/skills/assemble', () => ({ source_name: 'find', purpose: 'audit', language: 'ja' })],
  ['context.delete', () => '/api/context/monday/find'],
  ['context.end', () => '/api/context/monday/end'],
  ['knowledge.create', () => '/api/knowledge', () => ({ name: 'dogs', content: 'Dogs bark.', description: 'Of dogs' })],
  ['knowledge.update', () => '/api/knowledge/dogs', () => ({ name: 'dogs', content: 'Dogs bark at cats.' })],
  ['knowledge.show', () => '/api/knowledge/dogs'],
  ['knowledge.list', () => '/api/knowledge'],
  ['knowledge.search', () => '/api/knowledge-search?query=bark'],
  ['skills.search', () => '/api/skills/search?query=safety&layer=L0&limit=5'],
  ['skills.audit', () => '/api/skills/audit'],
  ['knowledge.archive', () => '/api/knowledge/dogs/archive', () => ({ reason: 'old' })],
  ['knowledge.list', () => '/api/knowledge?archived=true'],
  ['knowledge.unarchive', () => '/api/knowledge/dogs/unarchive', () => ({ reason: 'new' })],
  ['knowledge.delete', () => '/api/knowledge/dogs'],
  ['knowledge.import', () => '/api/knowledge-import', () => ({ path: `${rumi.home}/standard` })],
  ['knowledge.export', () => '/api/knowledge-export', () => ({ path: `${rumi.home}/out`, names: ['pets'] })],
  ['formalization.record', () => '/api/formalization', () => aDecision],
  ['formalization.history', () => '/api/formalization?skill_id=core_safety&category=rule'],
  ['chain.record', () => '/api/chain/record', () => ({ logs: ['seen', 'noted'] })],
  ['chain.history', () => '/api/chain/history?limit=5'],
  ['chain.history', () => '/api/chain/history?type=skill_transition'],
  ['chain.export', () => '/api/chain/export', () => ({ path: `${rumi.home}/chain.json` })],
  ['chain.import', () => '/api/chain/import', () => ({ path: `${rumi.home}/older.json` })],
  ['chain.status', () => '/api/chain/status'],
  ['chain.verify', () => '/api/chain/verify'],
  ['state.commit', () => '/api/state/commit', () => ({ reason: 'as it is', force: true })],
  ['state.status', () => '/api/state'],
  ['state.history', () => '/api/state/history?limit=3'],
  ['state.diff', () => '/api/state/diff?before=1'],
  [
    'state.restore',
    () => '/api/state/restore',
    () => ({ commit: '1', paths: ['knowledge'], reason: 'it was better', dry_run: true }),
  ],
]

const aDecision = {
  skill_id: 'core_safety',
  skill_version: '1.0',
  source_text: 'No record, no change.',
  result: 'formalized',
  rationale: 'It can be checked.',
  formalization_category: 'rule',
}

describe('what an operation answers', () => {
  it.each(calls)(
    '%s is what its schema says, and nothing more',
    async (name: string, path: () => string, body?: () => unknown) => {
      const { http, output } = getOperation(name)
      const answer = await rumi.ask(http.method, path(), body?.())
      expect(answer.status).toBe(200)
      expect(answer.body).toEqual({ success: true, data: answer.body.data, error: null })
      expect(output.parse(answer.body.data)).toEqual(answer.body.data)
    },
  )

  it('is tried for every operation; a cancelled run is tried with the runs', () => {
    const tried = new Set([...calls.map(([name]) => name), 'runs.cancel', 'capability.unblock'])
    expect(operations.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([])
  })
})

describe('a pack that is shown', () => {
  it('is shown with the hash of these very files, which approves them and nothing else', async () => {
    const show = async () => (await rumi.ask('GET', '/api/packs/reviewed')).body.data
    rumi.write(packFiles('reviewed', { 'blocks/a.py': 'first' }))
    const first = await show()
    expect(first).toMatchObject({ status: 'installed', tree_hash: expect.stringMatching(/^sha256:/) })
    rumi.write(packFiles('reviewed', { 'blocks/a.py': 'second' }))
    const refused = await rumi.ask('POST', '/api/packs/reviewed/approve', { tree_hash: first.tree_hash })
    expectProblem(refused, 409, 'pack.hash_mismatch')
    const second = await show()
    const approved = await rumi.ask('POST', '/api/packs/reviewed/approve', { tree_hash: second.tree_hash })
    expect(approved.body.data).toMatchObject({ status: 'approved', approved_hash: second.tree_hash })
    rumi.write(packFiles('reviewed', { 'blocks/a.py': 'third' }))
    const third = await show()
    expect(third).toMatchObject({
      status: 'modified',
      approved_hash: second.tree_hash,
      changes: { changed: ['blocks/a.py'] },
    })
    expect([first.tree_hash, second.tree_hash]).not.toContain(third.tree_hash)
  })
})

describe('whatever is sent to an operation', () => {
  const id = fc.oneof(
    fc.constantFrom('known', 'other', 'broken', 'known.a', '..', '__proto__'),
    fc.string({ maxLength: 80 }),
  )
  const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom('', 0, -1, 1e308, 'sha256:', [], {}, null))

  it('the answer has the one shape and is never a fault of ours', async () => {
    const request = fc.record({
      operation: fc.constantFrom(...operations.filter(({ name }) => name !== 'system.doctor' && name !== 'flows.run')),
      id,
      names: fc.uniqueArray(
        fc.constantFrom('pack_id', 'tree_hash', 'notes', 'reason', 'limit', 'from', 'size', 'seq', 'x'),
        { maxLength: 3 },
      ),
      values: fc.array(value, { minLength: 3, maxLength: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ operation, id: given, names, values }) => {
        const { method, path } = operation.http
        const members = names.map((name, index): [string, unknown] => [name, values[index]])
        const filled = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(given).replaceAll('.', '%2E'))
        const query = new URLSearchParams(
          members.map(([name, member]): [string, string] => [
            name,
            typeof member === 'string' ? member : JSON.stringify(member),
          ]),
        ).toString()
        const answer =
          method === 'GET'
            ? await rumi.ask(method, `${filled}?${query}`)
            : await rumi.ask(method, filled, Object.fromEntries(members))
        expect(answer.status).toBeLessThan(500)
        expect(answer.body.success).toBe(answer.status === 200)
        expect(Object.keys(answer.body)).toEqual([
          'success',
          'data',
          'error',
          ...(answer.body.success ? [] : ['problem']),
        ])
      }),
      { numRuns: 300 },
    )
    expect(rumi.exceptions).toEqual([])
  })
})
