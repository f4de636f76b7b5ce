import { describe, expect, it } from 'vitest'
import { deriveGrantKey, grantCollection, signGrant } from '../grant/index.ts'
import { denialCollection } from './denial.ts'
import { createTestGate } from '../testing/index.ts'
import { answer, gateway, packId, permission, seen, testCapability } from './test-gate.ts'

const things = { allowed_things: ['x'] }
type Gate = ReturnType<typeof createTestGate>

const forged = (gate: Gate) => {
  const statement = { principalId: packId('a'), permissionId: permission('test.do'), config: things, epoch: 1 }
  const record = signGrant({ ...statement, grantedAt: 0 }, deriveGrantKey(Buffer.alloc(32, 9)))
  return gate.state.write((state) => state.putDocument(grantCollection, 'a:test.do', record))
}

describe('a denial', () => {
  it('is the same bytes whatever the reason, and the reason is for the operator', async () => {
    const reasons: unknown[] = []
    const ask = async (prepare: (gate: Gate) => Promise<unknown>, ...parts: Parameters<typeof createTestGate>) => {
      const gate = createTestGate(...parts)
      await prepare(gate)
      const given = seen(await gate.call(gate.open('a'), 'test.do'))
      reasons.push(gate.denials()[0]?.reasons.join())
      return given
    }
    const grant = (gate: Gate) => gate.grant('a', 'test.do', things)
    const fine = testCapability(async () => answer())
    const closed = testCapability(async () => answer(), { admit: () => ({ kind: 'closed', reason: 'not-shared' }) })
    const refusing = testCapability(async () => ({ kind: 'denied', reason: 'trust: digest-mismatch' }))
    const answers = [
      await ask(grant, []),
      await ask(async () => undefined, [fine]),
      await ask((gate) => gate.grant('a', 'test.do', { allowed_things: ['y'] }), [fine]),
      await ask((gate) => gate.grant('a', 'test.do', {}), [fine]),
      await ask((gate) => gate.grant('a', 'test.do', things, { expiresAt: gate.clock.now() }), [fine]),
      await ask((gate) => gate.grant('a', 'test.do', things, { usesLeft: 0 }), [fine]),
      await ask(forged, [fine]),
      await ask(grant, [closed]),
      await ask(grant, [refusing]),
      await ask(grant, [fine], { spendUses: async () => undefined }),
    ]
    expect(new Set(answers)).toEqual(
      new Set([
        '{"success":false,"output":{"success":false,"error":"Permission denied","error_type":"grant_denied"},"error":"Permission denied","error_type":"grant_denied"}',
      ]),
    )
    expect(reasons).toEqual([
      'no-handler',
      'a: no-grant',
      'not-covered',
      'not-covered',
      'a: expired',
      'a: exhausted',
      'a: unknown-key',
      'not-shared',
      'trust: digest-mismatch',
      'exhausted',
    ])
  })

  it('is durable before the block hears of it', async () => {
    const gate = createTestGate()
    const [reached, go] = [gateway(), gateway()]
    const onDisk: unknown[] = []
    gate.state.beforeCommit = async (after) => {
      onDisk.push(after.documents.list(denialCollection).length, after.ledger.entries(0, 9)[0]?.kind)
      reached.open()
      await go.passed
    }
    let isAnswered = false
    const asking = gate.call(gate.open(), 'test.do').then((given) => {
      isAnswered = true
      return given
    })
    await reached.passed
    await new Promise((resolve) => setImmediate(resolve))
    expect([isAnswered, onDisk, gate.kinds()]).toEqual([false, [1, 'capability.deny'], []])
    go.open()
    expect([(await asking).error_type, gate.kinds()]).toEqual(['grant_denied', ['capability.deny']])
  })

  it('that cannot be written down is no answer', async () => {
    const gate = createTestGate()
    gate.state.beforeCommit = () => {
      throw new Error('the disk is full')
    }
    expect(await gate.call(gate.open(), 'test.do')).toMatchObject({ error_type: 'internal_error' })
    expect(gate.exceptions).toHaveLength(1)
  })

  it('says what would lift it and where it happened', async () => {
    const remedy = { kind: 'share-store', provider: packId('b'), consumer: packId('a'), storeId: 's' } as const
    const gate = createTestGate([
      testCapability(async () => answer(), { admit: () => ({ kind: 'closed', reason: 'not-shared', remedy }) }),
    ])
    await gate.grant('a', 'test.do', things)
    await gate.call(gate.open(), 'test.do')
    const [denial] = gate.denials()
    expect(denial).toEqual({
      id: expect.stringMatching(/^den_[0-9a-f]{16}$/),
      ...{ principalId: 'a', permissionId: 'test.do', subject: 'x', reasons: ['not-shared'], needs: things, remedy },
      ...{ count: 1, firstAt: gate.clock.now(), lastAt: gate.clock.now() },
      ...{ runId: `run_${'1'.repeat(24)}`, flowId: 'f', stepId: 's1' },
    })
    expect(gate.state.entries).toMatchObject([
      {
        ...{ kind: 'capability.deny', actor: 'a', subject: 'x' },
        data: { permission_id: 'test.do', reason: 'not-shared', denial_id: denial?.id, step_id: 's1' },
      },
    ])
  })

  it('is kept of a refusal that has a remedy as well, which the block is told', async () => {
    const remedy = { kind: 'create-store', storeId: 's' } as const
    const result = { kind: 'refused', errorType: 'store_not_found', message: 'There is no "s"', remedy } as const
    const gate = createTestGate([testCapability(async () => result)])
    await gate.grant('a', 'test.do', things)
    expect(await gate.call(gate.open(), 'test.do')).toMatchObject({ error_type: 'store_not_found' })
    expect(gate.denials()).toMatchObject([{ reasons: ['store_not_found'], remedy }])
  })

  it('is one record with all before it that want the same, and another when it wants something else', async () => {
    const gate = createTestGate([testCapability(async () => answer())])
    const first = gate.clock.now()
    await gate.call(gate.open(), 'test.do', { thing: 'x' })
    gate.clock.pass(1_000)
    await gate.call(gate.open(), 'test.do', { thing: 'x' })
    await gate.call(gate.open(), 'test.do', { thing: 'y' })
    await gate.call(gate.open('b'), 'test.do', { thing: 'x' })
    expect(
      gate
        .denials()
        .map(({ principalId, subject, ...one }) => [
          principalId,
          subject,
          one.count,
          one.firstAt - first,
          one.lastAt - first,
        ]),
    ).toEqual(
      expect.arrayContaining([
        ['a', 'x', 2, 0, 1_000],
        ['a', 'y', 1, 1_000, 1_000],
        ['b', 'x', 1, 1_000, 1_000],
      ]),
    )
    expect(gate.denials()).toHaveLength(3)
    expect(gate.kinds()).toHaveLength(4)
  })

  it('takes the place of a record that cannot be read', async () => {
    const gate = createTestGate()
    await gate.call(gate.open(), 'test.do')
    const id = gate.denials()[0]?.id ?? ''
    await gate.state.write((state) => state.putDocument(denialCollection, id, {} as never))
    await gate.call(gate.open(), 'test.do')
    expect(gate.denials()).toMatchObject([{ id, count: 1 }])
  })

  it('has an entry of its own 120 times a minute for each principal; more are counted', async () => {
    const gate = createTestGate()
    const session = gate.open()
    for (let index = 0; index < 125; index += 1) await gate.call(session, 'test.do')
    await gate.call(gate.open('b'), 'test.do')
    expect([gate.kinds().length, gate.denials().map(({ count }) => count)]).toEqual([
      121,
      expect.arrayContaining([120, 1]),
    ])
    expect(session.finish()).toMatchObject([
      { kind: 'capability.use', subject: 'test.do', data: { outcome: 'denied', count: 5 } },
    ])
    gate.clock.pass(60_000)
    await gate.call(session, 'test.do')
    expect([gate.kinds().length, session.finish()]).toEqual([122, []])
  })

  it('has a record of its own 200 times for each principal; more are on the ledger only', async () => {
    const gate = createTestGate([testCapability(async () => answer())])
    for (let index = 0; index < 210; index += 1) {
      await gate.call(gate.open(), 'test.do', { thing: `t${index}` })
      gate.clock.pass(1_000)
    }
    await gate.call(gate.open(), 'test.do', { thing: 't0' })
    await gate.call(gate.open('b'), 'test.do')
    expect(gate.denials().filter(({ principalId }) => principalId === 'a')).toHaveLength(200)
    expect([gate.denials().length, gate.kinds().length]).toEqual([201, 212])
    expect(gate.denials().filter(({ count }) => count === 2)).toMatchObject([{ subject: 't0' }])
  })
})

describe('a claim to be somebody else', () => {
  it.each([
    [{ principal_id: 'victim' }, {}],
    [{ owner_pack: 'victim' }, {}],
    [{}, { principal_id: 'victim' }],
    [{}, { owner_pack: 'victim' }],
  ])('counts for nothing and is recorded once a call: %j %j', async (more, args) => {
    const gate = createTestGate([testCapability(async () => answer())])
    await gate.grant('victim', 'test.do', things)
    const session = gate.open()
    const given = [await gate.call(session, 'test.do', args, more), await gate.call(session, 'test.do', args, more)]
    expect(given.map((one) => one.error_type)).toEqual(['grant_denied', 'grant_denied'])
    expect(gate.state.entries.filter(({ kind }) => kind === 'principal.overridden')).toMatchObject([
      { actor: 'a', subject: 'a', data: { claimed: 'victim', step_id: 's1' } },
    ])
    await gate.call(gate.open(), 'test.do', args, more)
    expect(gate.kinds().filter((kind) => kind === 'principal.overridden')).toHaveLength(2)
  })

  it('is none when it is true, or no name at all', async () => {
    const gate = createTestGate()
    await gate.call(gate.open(), 'test.do', { principal_id: 'a' }, { owner_pack: 7 })
    expect(gate.kinds()).toEqual(['capability.deny'])
  })

  it('is cut', async () => {
    const gate = createTestGate()
    await gate.call(gate.open(), 'test.do', {}, { principal_id: `\n\u001b[0m\ud800${'v'.repeat(1e6)}` })
    expect(gate.state.entries[0]?.data['claimed']).toBe(`\n\u001b[0m\ufffd${'v'.repeat(194)}`)
  })
})
