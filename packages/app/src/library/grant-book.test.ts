import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packIdSchema, type JsonObject } from '@rumi/kernel/base'
import {
  decideGrant,
  deriveGrantKey,
  formatGrantId,
  grantCollection,
  permissionIdSchema,
  signGrant,
  type GrantRecord,
  type GrantRequest,
} from '@rumi/kernel/grant'
import { answered, createFixedClock, createMemoryState, createScriptedSandbox } from '@rumi/kernel/testing'
import { GrantBook, type GrantKeys } from './grant-book.ts'

const packId = (text: string) => packIdSchema.parse(text)
const permission = (text: string) => permissionIdSchema.parse(text)
const read = permission('secrets.get')
const actor = 'operator/http'
const id = formatGrantId(packId('a'), read)

/** A key file: what is in it outlives the book. */
function createKeyFile() {
  const file = { seeds: [1] }
  const open = (): GrantKeys => ({
    keys: file.seeds.map((seed) => deriveGrantKey(Buffer.alloc(32, seed))),
    addKey: () => replace([Math.max(...file.seeds) + 1, ...file.seeds]),
    dropOldKeys: () => replace(file.seeds.slice(0, 1)),
  })
  const replace = (seeds: number[]): GrantKeys => {
    file.seeds = seeds
    return open()
  }
  return { file, open }
}

function setUp() {
  const clock = createFixedClock()
  const state = createMemoryState(clock)
  const sandbox = createScriptedSandbox(() => answered(null))
  const keyFile = createKeyFile()
  const open = (): GrantBook => new GrantBook({ state, clock, sandbox, keys: keyFile.open() })
  const book = open()
  const grant = async (principal: string, more: Partial<GrantRequest> = {}, on = book): Promise<GrantRecord> => {
    const request = { principal_id: principal, permission_id: read, config: { allowed_keys: ['X'] }, ...more }
    const granted = await on.grant(request, actor)
    if (!granted.ok) throw new Error(granted.error.message)
    return granted.value
  }
  const decide = (on = book, principal = 'a') =>
    decideGrant({ ...on.state(), principalId: principal, permissionId: read, defaults: {} })
  const reasons = (on = book, principal = 'a'): unknown => {
    const decision = decide(on, principal)
    return decision.allowed ? 'allowed' : decision.denials.map(({ reason }) => reason)
  }
  const put = (at: string, record: object) =>
    state.write((writer) => writer.putDocument(grantCollection, at, record as GrantRecord))
  return { clock, state, sandbox, keyFile, book, open, grant, decide, reasons, put }
}

describe('a grant', () => {
  it('and its ledger entry are one write, and count once they are durable', async () => {
    const { state, book, grant, reasons } = setUp()
    const during: unknown[] = []
    state.beforeCommit = (after) => {
      const kept = after.documents.find(grantCollection, id)
      during.push(typeof kept, after.ledger.entries(0, 9).map(({ kind }) => kind), reasons())
    }
    const record = await grant('a', { max_uses: 2, expires_at: '2026-01-01T00:00:00+01:00' })
    expect(during).toEqual(['object', ['grant.set'], ['no-grant']])
    expect(state.entries).toMatchObject([
      {
        ...{ kind: 'grant.set', actor, subject: 'a' },
        data: {
          ...{ principal_id: 'a', permission_id: 'secrets.get', epoch: 1, config: { allowed_keys: ['X'] } },
          ...{ uses_left: 2, expires_at: '2025-12-31T23:00:00.000Z' },
        },
      },
    ])
    expect([reasons(), book.list()]).toEqual(['allowed', [{ id, record }]])
  })

  it('that could not be written down does not count', async () => {
    const { state, grant, reasons } = setUp()
    state.beforeCommit = () => {
      throw new Error('the disk is full')
    }
    await expect(grant('a')).rejects.toThrow('full')
    expect(reasons()).toEqual(['no-grant'])
  })

  it('is there after a restart, with everything that was decided since', async () => {
    const { open, grant, book, decide, reasons } = setUp()
    await grant('a')
    await grant('b')
    await grant('a', { config: { allowed_keys: ['Y'] } })
    await book.revoke(packId('b'), read, { actor })
    const again = open()
    expect([decide(again), reasons(again, 'b'), again.list()]).toEqual([decide(), ['no-grant'], book.list()])
    expect(decide(again)).toMatchObject({ config: { allowed_keys: ['Y'] } })
  })

  it.each<[string, JsonObject]>([
    ['no pack', { principal_id: '../a' }],
    ['a name that can be cut in two ways', { principal_id: 'a___b' }],
    ['something that is over', { expires_at: '2020-01-01T00:00:00Z' }],
    ['everything', { config: { allowed_keys: ['X', '*'] } }],
    ['no host', { permission_id: 'network.request', config: { allowed_domains: ['*'], allowed_ports: [443] } }],
    ['a suffix', { permission_id: 'network.request', config: { allowed_domains: ['com'], allowed_ports: [443] } }],
    [
      'a shared suffix',
      { permission_id: 'network.request', config: { allowed_domains: ['*.co.uk'], allowed_ports: [443] } },
    ],
    ['port 0', { permission_id: 'network.request', config: { allowed_domains: ['a.example'], allowed_ports: [0] } }],
    [
      'port 65536',
      { permission_id: 'network.request', config: { allowed_domains: ['a.example'], allowed_ports: [65_536] } },
    ],
    [
      'half a port',
      { permission_id: 'network.request', config: { allowed_domains: ['a.example'], allowed_ports: [1.5] } },
    ],
    [
      'a port as a text',
      { permission_id: 'network.request', config: { allowed_domains: ['a.example'], allowed_ports: ['443'] } },
    ],
    [
      'a private place without a port',
      { permission_id: 'network.request', config: { allowed_domains: ['localhost'], allow_private: ['localhost'] } },
    ],
    [
      'an unknown limit',
      { permission_id: 'network.request', config: { allowed_domains: ['a.example'], allowed_hosts: [] } },
    ],
    [
      'requests one by one',
      {
        permission_id: 'network.request',
        config: { allowed_domains: ['a.example'], allowed_ports: [1] },
        max_uses: 1,
      },
    ],
  ])('of %s is refused and leaves nothing', async (_name, more) => {
    const { state, book } = setUp()
    const request = { principal_id: 'a', permission_id: read, config: {}, ...more } as unknown as GrantRequest
    const granted = await book.grant(request, actor)
    expect([granted.ok, !granted.ok && granted.error.status, book.list(), state.entries]).toEqual([false, 400, [], []])
  })
})

describe('what is kept', () => {
  it('is no grant after it was replaced or revoked, and then put back', async () => {
    const { grant, put, open, reasons, book } = setUp()
    const first = await grant('a')
    await grant('a', { config: {} })
    await put(id, first)
    const replaced = reasons(open())
    await book.revoke(packId('a'), read, { actor })
    await put(id, first)
    expect([replaced, reasons(open())]).toEqual([['epoch-stale'], ['epoch-stale']])
  })

  it('is no grant when a use was spent since', async () => {
    const { grant, put, open, reasons, book } = setUp()
    const first = await grant('a', { max_uses: 1 })
    await book.spendUses([first])
    expect(reasons(open())).toEqual(['exhausted'])
    await put(id, first)
    expect(reasons(open())).toEqual(['epoch-stale'])
  })

  it('is no grant under the name of another principal or permission', async () => {
    const { grant, put, open, reasons } = setUp()
    const record = await grant('a')
    await grant('b', { config: {} })
    await put(formatGrantId(packId('b'), read), record)
    await put(id, await grant('a', { permission_id: permission('store.get') }))
    const book = open()
    expect([reasons(book, 'b'), reasons(book)]).toEqual([['principal-mismatch'], ['permission-mismatch']])
  })

  it.each<[string, (record: GrantRecord) => object, string]>([
    ['a wider config', (record) => ({ ...record, config: { allowed_keys: ['X', 'Y'] } }), 'signature-invalid'],
    ['a later epoch', (record) => ({ ...record, epoch: 9 }), 'signature-invalid'],
    ['no end', ({ expiresAt: _expiresAt, ...record }) => record, 'signature-invalid'],
    ['more uses', (record) => ({ ...record, usesLeft: 99 }), 'signature-invalid'],
    ['a key of its own', (record) => ({ ...record, keyId: 'f'.repeat(16) }), 'unknown-key'],
    ['the signature of a stranger', (record) => signGrant(record, deriveGrantKey(Buffer.alloc(32, 7))), 'unknown-key'],
    ['no signature', ({ signature: _signature, ...record }) => record, 'unreadable'],
    ['an empty signature', (record) => ({ ...record, signature: '' }), 'unreadable'],
    ['nothing in it', () => ({}), 'unreadable'],
  ])('is no grant with %s', async (_name, forge, reason) => {
    const { grant, put, open, reasons } = setUp()
    const record = await grant('a', { max_uses: 2, expires_at: '2026-01-01T00:00:00Z' })
    await put(id, forge(record))
    expect(reasons(open())).toEqual([reason])
  })

  it('is no grant when any one bit of its signature differs', async () => {
    const { grant, put, open, reasons } = setUp()
    const record = await grant('a')
    const bit = fc.nat(255)
    await fc.assert(
      fc.asyncProperty(bit, async (at) => {
        const bytes = Buffer.from(record.signature, 'hex')
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7))
        await put(id, { ...record, signature: bytes.toString('hex') })
        expect(reasons(open())).toEqual(['signature-invalid'])
      }),
      { numRuns: 30 },
    )
  })

  it('is no grant when the ledger never heard of it', async () => {
    const [first, second] = [setUp(), setUp()]
    await second.put(id, await first.grant('a'))
    expect(second.reasons(second.open())).toEqual(['epoch-unknown'])
  })
})

describe('a revocation', () => {
  it('has ended what runs of the pack and of its descendants when it is answered', async () => {
    const { book, grant, sandbox, reasons, state } = setUp()
    await grant('a')
    const release: (() => void)[] = []
    const busy = { ...createScriptedSandbox(() => answered(null)), ...sandbox }
    for (const name of ['a__b', 'a__b__c', 'ab', 'b__a']) release.push(() => void name)
    const running = new GrantBook({
      ...{ state, clock: createFixedClock(), keys: createKeyFile().open() },
      sandbox: { ...busy, activePacks: () => new Set(['a__b', 'a__b__c', 'ab', 'b__a'].map(packId)) },
    })
    expect(await running.revoke(packId('a'), read, { actor, reason: 'no' })).toBe(true)
    expect(sandbox.evicted.toSorted()).toEqual(['a', 'a__b', 'a__b__c'])
    expect([reasons(running), state.entries.at(-1)]).toMatchObject([
      ['no-grant'],
      { kind: 'grant.revoke', actor, subject: 'a', data: { permission_id: 'secrets.get', epoch: 2, reason: 'no' } },
    ])
    expect(await book.revoke(packId('nobody'), read, { actor })).toBe(false)
  })

  it('counts before anything is stopped, so that nothing begins anew', async () => {
    const { state, clock, grant, keyFile } = setUp()
    await grant('a')
    const seen: unknown[] = []
    const sandbox = {
      ...createScriptedSandbox(() => answered(null)),
      evict: async () => void seen.push(book.state().findGrant(packId('a'), read), state.entries.at(-1)?.kind),
    }
    const book = new GrantBook({ state, clock, sandbox, keys: keyFile.open() })
    await book.revoke(packId('a'), read, { actor })
    expect(seen).toEqual([undefined, 'grant.revoke'])
  })

  it('takes away also what cannot be read', async () => {
    const { put, open, reasons, grant } = setUp()
    const record = await grant('a')
    await put(id, {})
    expect(await open().revoke(packId('a'), read, { actor })).toBe(true)
    await put(id, record)
    expect(reasons(open())).toEqual(['epoch-stale'])
  })

  it.each([
    ['asked for after a grant', true],
    ['asked for before a grant', false],
  ])('%s in the same moment has an epoch of its own', async (_name, isLast) => {
    const { book, grant, open, put, reasons, state } = setUp()
    const first = await grant('a')
    const change = () => grant('a', { config: { allowed_keys: ['Y'] } })
    const revoke = () => book.revoke(packId('a'), read, { actor })
    const [granted] = isLast ? await Promise.all([change(), revoke()]) : [await (revoke(), change())]
    expect(state.entries.map(({ data }) => data['epoch'])).toEqual([1, 2, 3])
    expect([reasons(), reasons(open())]).toEqual(isLast ? [['no-grant'], ['no-grant']] : ['allowed', 'allowed'])
    await put(id, isLast ? granted : first)
    expect(reasons(open())).toEqual(['epoch-stale'])
  })

  it('of everything belongs to the write that removes a pack', async () => {
    const { book, grant, open, reasons, state, put } = setUp()
    const record = await grant('a')
    await grant('a', { permission_id: permission('store.get') })
    await grant('a__b')
    await grant('ab')
    await put(id, {})
    const late = grant('a', { permission_id: permission('flow.run') })
    const follow = await state.write((writer) => book.revokeAllIn(writer, packId('a'), actor))
    follow()
    await late
    expect(book.list().map((kept) => kept.id)).toEqual(['a__b:secrets.get', 'ab:secrets.get'])
    expect(open().list()).toEqual(book.list())
    const revoked = state.entries.filter(({ kind }) => kind === 'grant.revoke')
    expect(revoked.map(({ subject, data }) => [subject, data['permission_id'], data['reason']])).toEqual(
      ['flow.run', 'secrets.get', 'store.get'].map((name) => ['a', name, 'the pack was removed']),
    )
    await put(id, record)
    expect(reasons(open())).toEqual(['epoch-stale'])
  })

  it('of everything is undone with the write that fails', async () => {
    const { book, grant, reasons, state } = setUp()
    await grant('a')
    const failing = state.write((writer) => {
      book.revokeAllIn(writer, packId('a'), actor)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect([reasons(), book.list()]).toMatchObject(['allowed', [{ id }]])
  })
})

describe('a use', () => {
  it('is spent before it is given, on every level that counts', async () => {
    const { book, grant, open, state, decide, clock } = setUp()
    const chain = [await grant('a', { max_uses: 3 }), await grant('a__b'), await grant('a__b__c', { max_uses: 1 })]
    const spent = await book.spendUses(chain)
    expect(spent?.map(({ usesLeft, epoch }) => [usesLeft, epoch])).toEqual([
      [2, 2],
      [undefined, 1],
      [0, 2],
    ])
    expect(state.entries.slice(3)).toMatchObject([
      { kind: 'grant.spend', subject: 'a', data: { uses_left: 2, epoch: 2 } },
      { kind: 'grant.spend', subject: 'a__b__c', data: { uses_left: 0, epoch: 2 } },
    ])
    clock.pass(1)
    expect([decide(open()), decide(open(), 'a__b__c')]).toMatchObject([{ allowed: true }, { allowed: false }])
  })

  it('that is not counted costs nothing', async () => {
    const { book, grant, state } = setUp()
    const chain = [await grant('a')]
    expect([await book.spendUses(chain), state.entries.length]).toEqual([chain, 1])
  })

  it.each([1, 2, 5])('is given %i times and no more, however many ask at once', async (uses) => {
    const { book, grant, open, decide } = setUp()
    const record = await grant('a', { max_uses: uses })
    const asked = await Promise.all(Array.from({ length: 8 }, () => book.spendUses([record])))
    expect(asked.filter((one) => one !== undefined)).toHaveLength(uses)
    expect(decide(open()).allowed).toBe(false)
  })

  it('is not given when the write fails', async () => {
    const { book, grant, state } = setUp()
    const record = await grant('a', { max_uses: 1 })
    state.beforeCommit = () => {
      throw new Error('the disk is full')
    }
    await expect(book.spendUses([record])).rejects.toThrow('full')
  })

  it.each<[string, Partial<GrantRequest> | undefined]>([
    ['taken back', undefined],
    ['made narrower', { config: {}, max_uses: 5 }],
    ['made anew', { max_uses: 5 }],
  ])('of a grant that was %s meanwhile is not given', async (_name, change) => {
    const { book, grant, clock, state } = setUp()
    const record = await grant('a', { max_uses: 5 })
    clock.pass(1)
    if (change) await grant('a', change)
    else await book.revoke(packId('a'), read, { actor })
    expect(await book.spendUses([record])).toBeUndefined()
    expect(state.entries.filter(({ kind }) => kind === 'grant.spend')).toEqual([])
  })
})

describe('a batch', () => {
  it('grants what it can', async () => {
    const { book } = setUp()
    const items = [
      { principal_id: 'a', permission_id: 'secrets.get', config: { allowed_keys: ['X'] } },
      { principal_id: 'a__', permission_id: 'secrets.get' },
      { principal_id: 'b', permission_id: 'secrets.get', config: { allowed_keys: 'X' } },
      7,
      { principal_id: 'b', permission_id: 'store.get' },
    ]
    const outcome = await book.grantBatch(items, actor)
    expect(outcome.ok && outcome.value.map((one) => [one.item, one.outcome.ok])).toEqual(
      items.map((item, index) => [item, index === 0 || index === 4]),
    )
    expect(book.list().map((kept) => kept.id)).toEqual(['a:secrets.get', 'b:store.get'])
  })

  it('of 51 grants nothing', async () => {
    const { book } = setUp()
    const items = Array.from({ length: 51 }, (_, index) => ({
      principal_id: `p${index}`,
      permission_id: 'secrets.get',
    }))
    expect(await book.grantBatch(items, actor)).toMatchObject({ ok: false, error: { code: 'grant.batch' } })
    expect(book.list()).toEqual([])
    expect((await book.grantBatch(items.slice(1), actor)).ok).toBe(true)
    expect(book.list()).toHaveLength(50)
  })
})

describe('a rotation of the keys', () => {
  it('signs every grant anew; what the old key signed counts for nothing', async () => {
    const { book, grant, open, put, reasons, keyFile, state } = setUp()
    const old = await grant('a')
    await grant('b', { max_uses: 3 })
    const rotated = await book.rotateKeys(actor)
    const [key] = keyFile.open().keys
    expect([rotated, keyFile.file.seeds]).toEqual([{ keyId: key?.keyId, resigned: 2 }, [2]])
    expect(book.list().map(({ record }) => typeof record === 'object' && record.keyId)).toEqual([
      key?.keyId,
      key?.keyId,
    ])
    expect([reasons(), reasons(open()), reasons(open(), 'b')]).toEqual(['allowed', 'allowed', 'allowed'])
    expect(state.entries.slice(2).map(({ kind, data }) => [kind, data['epoch']])).toEqual([
      ['grant.rotate', 2],
      ['grant.rotate', 2],
    ])
    await put(id, old)
    expect(reasons(open())).toEqual(['unknown-key'])
  })

  it('loses nothing when the process ends between any two of its steps', async () => {
    const { book, grant, open, reasons, keyFile, state } = setUp()
    await grant('a')
    state.beforeCommit = () => {
      throw new Error('killed')
    }
    await expect(book.rotateKeys(actor)).rejects.toThrow('killed')
    state.beforeCommit = () => undefined
    const afterAdd = [keyFile.file.seeds, reasons(open())]
    const next = new GrantBook({
      ...{ state, clock: createFixedClock(), sandbox: createScriptedSandbox(() => answered(null)) },
      keys: {
        ...keyFile.open(),
        addKey: () => ({
          ...keyFile.open().addKey(),
          dropOldKeys: () => {
            throw new Error('killed')
          },
        }),
      },
    })
    await expect(next.rotateKeys(actor)).rejects.toThrow('killed')
    expect([afterAdd, keyFile.file.seeds, reasons(open())]).toEqual([[[2, 1], 'allowed'], [3, 2, 1], 'allowed'])
    expect([(await open().rotateKeys(actor)).resigned, keyFile.file.seeds]).toEqual([1, [4]])
  })

  it.each<[string, (record: GrantRecord) => object]>([
    ['forged', (record) => ({ ...record, config: { allowed_keys: ['X', 'Y'] } })],
    ['older', (record) => record],
  ])('makes no grant of a row that was %s', async (_name, change) => {
    const { grant, put, open, reasons } = setUp()
    const first = await grant('a')
    if (_name === 'older') await grant('a', { config: {} })
    await put(id, change(first))
    expect((await open().rotateKeys(actor)).resigned).toBe(0)
    expect(reasons(open())).not.toBe('allowed')
  })

  it('makes no grant of a row that was copied to another place, and leaves the good one as it is', async () => {
    const { grant, put, open, reasons, decide } = setUp()
    const first = await grant('a')
    await grant('a', { config: { allowed_keys: ['Y'] } })
    await grant('b')
    await put(formatGrantId(packId('b'), read), first)
    const book = open()
    expect((await book.rotateKeys(actor)).resigned).toBe(1)
    expect([reasons(book, 'b'), decide(open())]).toMatchObject([
      ['principal-mismatch'],
      { config: { allowed_keys: ['Y'] } },
    ])
  })

  it('keeps what is over as what it is', async () => {
    const { grant, open, reasons, book, clock } = setUp()
    const counted = await grant('a', { max_uses: 1 })
    await grant('b', { expires_at: '2025-01-01T00:00:01Z' })
    await book.spendUses([counted])
    clock.pass(1_000)
    await book.rotateKeys(actor)
    expect([reasons(open()), reasons(open(), 'b')]).toEqual([['exhausted'], ['expired']])
  })

  it('undoes no revocation and no change that was asked for just before it', async () => {
    const { book, grant, open, reasons, decide } = setUp()
    await grant('a')
    await grant('b')
    await Promise.all([
      book.revoke(packId('a'), read, { actor }),
      grant('b', { config: { allowed_keys: ['Y'] } }),
      grant('c'),
      book.rotateKeys(actor),
    ])
    const again = open()
    for (const one of [book, again])
      expect([reasons(one), decide(one, 'b'), reasons(one, 'c')]).toMatchObject([
        ['no-grant'],
        { config: { allowed_keys: ['Y'] } },
        'allowed',
      ])
    expect(again.list()).toEqual(book.list())
  })
})
