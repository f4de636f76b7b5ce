import { describe, expect, it } from 'vitest'
import { packIdSchema, type JsonObject } from '@rumi/kernel/base'
import { answerFailure, decideEgress, type PerformEgress } from '@rumi/kernel/egress'
import { networkPermission, createGate, type Capability, type Remedy } from '@rumi/kernel/gate'
import { permissionIdSchema } from '@rumi/kernel/grant'
import { storeCollection, storeShareCollection } from '@rumi/kernel/store'
import { answered, createFixedClock, createMemoryState, createScriptedSandbox, testCaller } from '@rumi/kernel/testing'
import type { Services } from '../services.ts'
import { callOperation, createTestServices } from '../test-services.ts'
import { dismissDenial, grantDenial, listDenials, showDenial } from './denials.ts'

interface DenialView {
  readonly id: string
  readonly grants: readonly JsonObject[]
  readonly [key: string]: unknown
}

/** The way out, of which only the decision is real. */
const performEgress: PerformEgress = async ({ principal, destination, authorize }) => {
  const { scheme, host, port, pathHash, url } = destination
  const decision = decideEgress(authorize.chain(), destination)
  const reason = decision.allowed ? ({ kind: 'no-address' } as const) : decision.reason
  const failed = answerFailure({ type: 'egress_denied', reason }, { url, latencyMs: 0, redirectHops: 0 })
  const hops = [{ scheme, host, port, pathHash }]
  const record = { principal, method: 'GET', hops, requestBytes: 0, responseBytes: 0, secrets: [], latencyMs: 0 }
  return decision.allowed
    ? { answer: { ...failed, success: true, error_type: null }, record: { ...record, outcome: 'answered' } }
    : { answer: failed, record: { ...record, outcome: 'egress_denied', reason } }
}

function setUp() {
  const clock = createFixedClock()
  const sandbox = createScriptedSandbox(() => answered(null))
  const parts = createTestServices({ clock, state: createMemoryState(clock), sandbox })
  const { state, grants } = parts
  const secrets = { read: () => ({ record: undefined, versionFloor: undefined }) }
  const offered: { readonly status: string; readonly permissionId: string }[] = []
  const handlers = {
    list: () =>
      offered.map(({ status, permissionId }) => ({
        key: `post:letters:h:${'a'.repeat(64)}`,
        record: { status, offer: { permissionId } },
      })),
  }
  const services = { ...parts, secrets, handlers } as unknown as Services
  let remedy: Remedy | undefined
  const isShut = () =>
    remedy?.kind === 'share-store' && state.read((one) => one.documents.list(storeShareCollection)).length === 0
  const capability = (name: string, member: string): Capability => ({
    permissionId: permissionIdSchema.parse(name),
    read: () => ({
      ok: true,
      value: {
        ...{ subject: 'X', needs: member === '' ? {} : { [member]: ['X'] } },
        ...{ admit: () => (isShut() && remedy ? { kind: 'closed', reason: 'not-shared', remedy } : undefined) },
        perform: async () => {
          const reason = new Map([
            ['secrets.get', 'absent'],
            ['post.send', 'pack: modified'],
          ]).get(name)
          return reason === undefined ? { kind: 'answer', output: 1 } : { kind: 'denied', reason }
        },
      },
    }),
  })
  const capabilities = [
    capability('store.get', 'allowed_store_ids'),
    capability('secrets.get', 'allowed_keys'),
    capability('greet.say', ''),
    capability('post.send', ''),
  ]
  const gate = createGate({
    ...{
      state,
      clock,
      grants: grants.state,
      spendUses: grants.spendUses,
      performEgress,
      ownPorts: () => [],
      maxAnswerBytes: 999,
    },
    findCapability: (permissionId) => capabilities.find((one) => one.permissionId === permissionId),
    rateOf: () => undefined,
    openSecret: async () => ({ ok: false, error: 'absent' }),
    onException: (error) => {
      throw error
    },
  })
  const ask = async (message: JsonObject, principal = 'a'): Promise<boolean> => {
    const given = await gate(testCaller(principal)).ask(message, new AbortController().signal)
    return (given as JsonObject)['success'] === true
  }
  const use = (name: string, principal?: string) =>
    ask({ kind: 'capability', permission_id: name, args: {} }, principal)
  const get = (url: string, principal?: string) => ask({ kind: 'http', method: 'GET', url }, principal)
  const call = (operation: typeof listDenials, input: unknown = {}) => callOperation(operation, services, input)
  const list = async (input: object = {}): Promise<readonly DenialView[]> => {
    const listed = await call(listDenials, input)
    return listed.ok ? (listed.value as { readonly denials: readonly DenialView[] }).denials : []
  }
  const only = async (): Promise<DenialView> => {
    const [one, ...more] = await list()
    if (!one || more.length > 0) throw new Error('there is not exactly one denial')
    return one
  }
  const want = (wanted: Remedy): void => {
    remedy = wanted
  }
  return { ...parts, use, get, call, list, only, want, offered }
}

const share: Remedy = {
  ...{ kind: 'share-store', provider: packIdSchema.parse('owner'), consumer: packIdSchema.parse('a'), storeId: 'X' },
}

describe('a denial over the surfaces', () => {
  it('shows the exact grants that would allow the call, and granting them does', async () => {
    const { use, only, call, list, grants, state } = setUp()
    expect(await use('store.get', 'a__b')).toBe(false)
    const { id, ...shown } = await only()
    const grant = { permission_id: 'store.get', config: { allowed_store_ids: ['X'] } }
    expect(shown).toMatchObject({
      ...{ principal_id: 'a__b', permission_id: 'store.get', subject: 'X', count: 1, flow_id: 'f', step_id: 's1' },
      ...{ reasons: ['a: no-grant', 'a__b: no-grant'], reaches_private: false, resolved: false },
      grants: [
        { principal_id: 'a', ...grant },
        { principal_id: 'a__b', ...grant },
      ],
      hint: `rumi denials grant ${id}`,
    })
    expect(await call(grantDenial, { denial_id: id })).toEqual({ ok: true, value: { id, granted: shown.grants } })
    expect([await use('store.get', 'a__b'), await list(), grants.list().map((one) => one.id)]).toEqual([
      true,
      [],
      ['a:store.get', 'a__b:store.get'],
    ])
    expect(state.entries.slice(-3).map(({ kind }) => kind)).toEqual(['grant.set', 'grant.set', 'denial.grant'])
  })

  it('of a handler, which needs a grant without a config, is lifted like any other', async () => {
    const { use, only, call, grants } = setUp()
    await use('greet.say')
    const { id } = await only()
    await grants.grant({ principal_id: 'a', permission_id: permissionIdSchema.parse('greet.say'), config: {} }, 'me')
    expect(await only()).toMatchObject({ grants: [], resolved: true })
    expect([await call(grantDenial, { denial_id: id }), await use('greet.say')]).toMatchObject([{ ok: true }, true])
  })

  it('that was resolved in another way says so', async () => {
    const { use, only, grants } = setUp()
    await use('store.get')
    const config = { allowed_store_ids: ['X', 'Y'] }
    await grants.grant({ principal_id: 'a', permission_id: permissionIdSchema.parse('store.get'), config }, 'me')
    expect(await only()).toMatchObject({ grants: [], resolved: true })
  })

  it.each([
    ['https://api.example.com/x', false],
    ['http://localhost:11434/x', true],
    ['http://192.168.1.5/', true],
  ])('of a request to %s needs a second word exactly when it reaches a place nearby', async (url, isNearby) => {
    const { get, only, call } = setUp()
    expect(await get(url)).toBe(false)
    const { id, reaches_private: reachesPrivate, hint } = await only()
    expect([reachesPrivate, hint]).toEqual([isNearby, `rumi denials grant ${id}${isNearby ? ' --allow-private' : ''}`])
    if (isNearby) {
      const refused = { ok: false, error: { code: 'denial.private', status: 409 } }
      expect(await call(grantDenial, { denial_id: id })).toMatchObject(refused)
      expect(await get(url)).toBe(false)
    }
    expect(await call(grantDenial, { denial_id: id, allow_private: isNearby })).toMatchObject({ ok: true })
    expect(await get(url)).toBe(true)
  })

  it.each<[string, (situation: ReturnType<typeof setUp>) => Promise<unknown>, string]>([
    ['nobody answers for it', ({ use }) => use('nobody.knows'), 'rumi capability scan'],
    [
      'the handler that would waits for a decision',
      ({ use, offered }) => {
        offered.push({ status: 'pending', permissionId: 'nobody.knows' })
        return use('nobody.knows')
      },
      'rumi capability approve post:letters',
    ],
    [
      'the handler belongs to a pack that may not run',
      async ({ use, offered, grants }) => {
        offered.push({ status: 'installed', permissionId: 'post.send' })
        const about = { principal_id: 'a', permission_id: permissionIdSchema.parse('post.send'), config: {} }
        await grants.grant(about, 'me')
        await use('post.send')
      },
      'rumi packs show post',
    ],
    ['no address like that is ever reached', ({ get }) => get('http://169.254.169.254/'), 'rumi audit query --pack a'],
    ['nobody can be granted a suffix', ({ get }) => get('https://co.uk/'), 'rumi audit query --pack a'],
    [
      'there is no such secret',
      async ({ use, grants }) => {
        const config = { allowed_keys: ['X'] }
        await grants.grant({ principal_id: 'a', permission_id: permissionIdSchema.parse('secrets.get'), config }, 'me')
        await use('secrets.get')
      },
      'rumi secrets set X',
    ],
  ])('that no grant lifts is granted nothing: %s', async (_name, happen, hint) => {
    const situation = setUp()
    await happen(situation)
    const { id, ...shown } = await situation.only()
    const before = situation.grants.list()
    expect(shown).toMatchObject({ grants: [], resolved: false })
    expect(await situation.call(grantDenial, { denial_id: id })).toMatchObject({
      ok: false,
      error: { code: 'denial.not_grantable', status: 409, hint, message: expect.stringContaining(`show ${id}`) },
    })
    expect([situation.grants.list(), (await situation.only()).id]).toEqual([before, id])
  })

  it('does not make longer what was granted for a time or a number of uses, and says what to type', async () => {
    const { use, only, call, grants, clock } = setUp()
    const grant = (permission: string, config: JsonObject, end: object) =>
      grants.grant({ principal_id: 'a', permission_id: permissionIdSchema.parse(permission), config, ...end }, 'me')
    await grant('store.get', { allowed_store_ids: ['X'], most: 5 }, { expires_at: '2025-01-01T00:00:01.000Z' })
    clock.pass(1_000)
    await use('store.get')
    const { id, ...shown } = await only()
    const config = { allowed_store_ids: ['X'], most: 5 }
    const hint = `rumi grants grant a store.get --config '${JSON.stringify(config)}' --expires …`
    expect(shown).toMatchObject({ reasons: ['a: expired'], grants: [{ config }], hint })
    expect(await call(grantDenial, { denial_id: id })).toMatchObject({ error: { code: 'denial.ended', status: 409 } })
    expect(await use('store.get')).toBe(false)
    await grant('store.get', config, { max_uses: 1 })
    expect([await use('store.get'), await use('store.get')]).toEqual([true, false])
    expect(await call(grantDenial, { denial_id: id })).toMatchObject({ error: { code: 'denial.ended' } })
  })

  it('of a place that no grant opens is not hidden by a later one', async () => {
    const { get, list } = setUp()
    await get('http://169.254.169.254/')
    await get('http://[fe80::1]:81/')
    await get('http://169.254.169.254/')
    expect((await list()).map(({ subject, count }) => `${String(subject)} ${String(count)}`).toSorted()).toEqual([
      '169.254.169.254:80 2',
      '[fe80::1]:81 1',
    ])
  })

  it('warns of this machine only when the call wanted to go there, and of what else a grant would open', async () => {
    const { get, only, grants } = setUp()
    const held = { allowed_domains: ['127.0.0.1'], allowed_ports: [9000], allow_private: ['127.0.0.1:9000'] }
    await grants.grant({ principal_id: 'a', permission_id: networkPermission, config: held }, 'me')
    await get('https://api.example.com/')
    expect(await only()).toMatchObject({
      reaches_private: false,
      hint: expect.not.stringContaining('--allow-private'),
      also_opens: ['127.0.0.1:443', 'api.example.com:9000'],
    })
  })

  it('shares the store that the call lacked as well as a grant', async () => {
    const { use, only, call, want, grants, state } = setUp()
    want(share)
    const config = { allowed_store_ids: ['X'] }
    await grants.grant({ principal_id: 'a', permission_id: permissionIdSchema.parse('store.get'), config }, 'me')
    await use('store.get')
    const { id, ...shown } = await only()
    const remedy = { kind: 'share-store', store_id: 'X', provider: 'owner', consumer: 'a' }
    expect(shown).toMatchObject({ reasons: ['not-shared'], grants: [], remedy, resolved: false })
    // The store is somebody else's by now, or gone: a share would help nobody, and nothing is granted.
    expect(await call(grantDenial, { denial_id: id })).toMatchObject({ ok: false, error: { code: 'denial.outdated' } })
    const owned = {
      storeId: 'X',
      rootPath: 'user_data/stores/X',
      createdAt: 0,
      createdBy: 'x',
      maxKeys: 1,
      maxBytes: 1,
    }
    await state.write((writer) =>
      writer.putDocument(storeCollection, 'X', { ...owned, owner: packIdSchema.parse('owner') }),
    )
    expect(await call(grantDenial, { denial_id: id })).toMatchObject({ ok: true, value: { remedied: remedy } })
    expect([await use('store.get'), state.entries.at(-2)?.kind]).toEqual([true, 'store.share'])
    expect(state.read(({ documents }) => documents.list(storeShareCollection).map(({ id: name }) => name))).toEqual([
      'owner:a:X',
    ])
  })

  it('is listed with the newest first, of one principal or of all, and shown by its name', async () => {
    const { use, list, call, clock } = setUp()
    await use('store.get', 'a')
    clock.pass(1_000)
    await use('store.get', 'b')
    const [newest, oldest] = await list()
    expect([newest?.['principal_id'], oldest?.['principal_id']]).toEqual(['b', 'a'])
    expect(await list({ principal_id: 'a' })).toEqual([oldest])
    expect(await call(showDenial, { denial_id: oldest?.id })).toEqual({ ok: true, value: oldest })
  })

  it('is dismissed without a grant, and stays on the ledger', async () => {
    const { use, only, call, list, grants, state } = setUp()
    await use('store.get')
    const { id } = await only()
    expect(await call(dismissDenial, { denial_id: id })).toEqual({ ok: true, value: { id, dismissed: true } })
    expect([await list(), grants.list(), state.entries.map(({ kind }) => kind)]).toEqual([
      [],
      [],
      ['capability.deny', 'denial.dismiss'],
    ])
  })

  it.each([showDenial, grantDenial, dismissDenial])('is unknown under another name: $name', async (operation) => {
    const { call } = setUp()
    expect(await call(operation, { denial_id: 'den_0000000000000000' })).toMatchObject({
      ok: false,
      error: { code: 'denial.unknown', status: 404 },
    })
  })
})
