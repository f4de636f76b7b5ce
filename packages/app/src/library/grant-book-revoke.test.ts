import { describe, expect, it } from 'vitest'
import { formatGrantId, type GrantRecord } from '@rumi/kernel/grant'
import { answered, createFixedClock, createMemoryState, createScriptedSandbox, tellLate } from '@rumi/kernel/testing'
import { GrantBook } from './grant-book.ts'
import { actor, id, packId, permission, read, setUpBook } from './test-grant-book.ts'

const setUp = () => {
  const clock = createFixedClock()
  const sandbox = createScriptedSandbox(() => answered(null))
  return setUpBook({ clock, state: tellLate(createMemoryState(clock)), sandbox })
}

describe('a revocation', () => {
  it('has ended what runs of the pack and of its descendants when it is answered', async () => {
    const { clock, state, sandbox, keyFile, book, grant, reasons } = setUp()
    await grant('a')
    const activePacks = () => new Set(['a__b', 'a__b__c', 'ab', 'b__a'].map(packId))
    const running = new GrantBook({ state, clock, sandbox: { ...sandbox, activePacks }, keys: keyFile.open() })
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
    const first = grant('c')
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve() // it is written with the old key, and not told of
    await Promise.all([
      book.revoke(packId('a'), read, { actor }),
      grant('b', { config: { allowed_keys: ['Y'] } }),
      book.rotateKeys(actor),
      first,
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

describe('a grant that replaces another', () => {
  it('ends what runs of the pack when it reaches less far, and nothing when it reaches further', async () => {
    const { grant, sandbox } = setUp()
    await grant('a', { config: { allowed_keys: ['X', 'Y'] } })
    await grant('a', { config: { allowed_keys: ['X', 'Y', 'Z'] } })
    expect(sandbox.evicted).toEqual([])
    await grant('a', { config: { allowed_keys: ['X', 'Z'] } })
    expect(sandbox.evicted).toEqual(['a'])
  })

  it('is refused for a binding that could never match', async () => {
    const { book } = setUp()
    const bind = (binding: string) =>
      book.grant(
        { principal_id: 'a', permission_id: permission('secrets.inject'), config: { allowed_bindings: [binding] } },
        'me',
      )
    expect((await bind('API@api.example.com:443')).ok).toBe(true)
    for (const odd of [
      'API',
      'API@api.example.com',
      'API@LOCALHOST:1',
      'API@localhost.:1',
      '*@x:443',
      'API@*:443',
      'API@a@b:443',
    ])
      expect(await bind(odd)).toMatchObject({ error: { code: 'grant.config' } })
  })
})
