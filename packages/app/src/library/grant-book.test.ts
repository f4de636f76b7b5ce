import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isoInstant, type JsonObject } from '@rumi/kernel/base'
import {
  deriveGrantKey,
  formatGrantId,
  signGrant,
  type GrantRecord,
  type GrantRequest,
  grantCollection,
} from '@rumi/kernel/grant'
import { answered, createFixedClock, createMemoryState, createScriptedSandbox } from '@rumi/kernel/testing'
import { actor, id, packId, permission, read, setUpBook } from './test-grant-book.ts'

const setUp = () => {
  const clock = createFixedClock()
  const sandbox = createScriptedSandbox(() => answered(null))
  return setUpBook({ clock, state: createMemoryState(clock), sandbox })
}

describe('a grant', () => {
  it('and its ledger entry are one write, and count once they are durable', async () => {
    const { state, book, grant, reasons } = setUp()
    const during: unknown[] = []
    state.beforeCommit = (after) => {
      const kept = after.documents.find(grantCollection, id)
      during.push(
        typeof kept,
        after.ledger.entries(0, 9).map(({ kind }) => kind),
        reasons(),
      )
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

describe('STO-13: a clock that is set', () => {
  const year = 365 * 24 * 3600 * 1000

  it('back by a year makes no grant valid again that was over, also after a restart', async () => {
    const { grant, open, clock, reasons } = setUp()
    await grant('a', { expires_at: isoInstant(clock.now() + 1000) })
    expect(reasons()).toBe('allowed')
    clock.pass(1000)
    expect(reasons()).toEqual(['expired'])
    await grant('b')
    clock.setWall(clock.now() - year)
    expect([reasons(), reasons(open())]).toEqual([['expired'], ['expired']])
  })

  it('forward by ten years ends what has an end and nothing else, and epochs go on in their order', async () => {
    const { book, grant, open, clock, reasons, put } = setUp()
    await grant('a', { expires_at: isoInstant(clock.now() + 1000) })
    const older = await grant('b')
    clock.setWall(clock.now() + 10 * year)
    expect([reasons(), reasons(book, 'b')]).toEqual([['expired'], 'allowed'])
    const newer = await grant('b')
    clock.setWall(clock.now() - 10 * year)
    expect((await grant('b')).epoch).toBe(newer.epoch + 1)
    await put(formatGrantId(packId('b'), read), older)
    expect(reasons(open(), 'b')).toEqual(['epoch-stale'])
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
