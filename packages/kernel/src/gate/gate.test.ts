import { describe, expect, it } from 'vitest'
import { formatGrantId, grantCollection, signGrant } from '../grant/index.ts'
import type { CapabilityUse } from './capability.ts'
import { createTestGate, testGrantKey } from '../testing/index.ts'
import { answer, gateway, packId, permission, seen, testCapability } from './test-gate.ts'

const denied =
  '{"success":false,"output":{"success":false,"error":"Permission denied","error_type":"grant_denied"},"error":"Permission denied","error_type":"grant_denied"}'
const things = { allowed_things: ['x'] }
const note = { name: 'note', schema: grantCollection.schema } as const
const write = (use: CapabilityUse) => use.commit((state) => state.putStoreEntry('s', 'k', '1'))

describe('a call through the gate', () => {
  it('is read, then asked about, then granted, limited and paid for, and only then run', async () => {
    const log: string[] = []
    const add = (name: string) => log.push(name) > 0
    const capability = testCapability(
      async () => {
        add('run')
        return answer()
      },
      { admit: () => void add('admit') },
    )
    const gate = createTestGate([], {
      findCapability: () => (add('trust') ? { ...capability, read: (args) => capability.read(args) } : undefined),
      grants: () => (add('grant') ? grants() : grants()),
      rateOf: () => (add('rate') ? { limit: 9, windowMs: 1 } : undefined),
      spendUses: async (chain) => (add('spend') ? chain : undefined),
    })
    const { grants } = gate
    await gate.grant('a', 'test.do', things)
    expect(await gate.call(gate.open(), 'test.do')).toMatchObject({ success: true, output: 1 })
    expect(log).toEqual(['trust', 'admit', 'grant', 'rate', 'spend', 'run'])
  })

  it('needs the grant of the principal and of every ancestor, and reaches as far as all of them', async () => {
    const configs: unknown[] = []
    const gate = createTestGate([
      testCapability(async (use) => {
        configs.push(use.config)
        return answer()
      }),
    ])
    const outcomes: unknown[] = []
    const ask = async () => outcomes.push((await gate.call(gate.open('a__b__c'), 'test.do')).success)
    const grant = (principal: string, config: object) => gate.grant(principal, 'test.do', { ...config })
    await grant('a__b__c', { allowed_things: ['x', 'y'], max_n: 9 })
    await ask()
    await grant('a', { allowed_things: ['x', 'z'], max_n: 5 })
    await ask()
    await grant('a__b', { allowed_things: ['z'], max_n: 7 })
    await ask()
    await grant('a__b', { allowed_things: ['z', 'x'], max_n: 7 })
    await ask()
    expect(outcomes).toEqual([false, false, false, true])
    expect(configs).toEqual([{ allowed_things: ['x'], max_n: 5 }])
    expect(gate.denials().map(({ reasons }) => reasons)).toEqual([['not-covered']])
  })

  it('is told who asks by the channel', async () => {
    const callers: unknown[] = []
    const gate = createTestGate([
      testCapability(async ({ caller }) => {
        callers.push(caller.principalId)
        return answer()
      }),
    ])
    await gate.grant('a', 'test.do', things)
    await gate.grant('victim', 'test.do', things)
    await gate.call(gate.open(), 'test.do', { principal_id: 'victim' }, { principal_id: 'victim' })
    await gate.call(gate.open('b'), 'test.do', { owner_pack: 'victim' }, { pack_id: 'victim' })
    expect(callers).toEqual(['a'])
  })

  it.each<[string, number, number]>([
    ['its own number of seconds', 5, 5_000],
    ['two minutes at most', 9_999, 120_000],
  ])('times out after %s', async (_name, seconds, timeoutMs) => {
    const started = gateway()
    const gate = createTestGate([
      testCapability((_use, signal) => {
        started.open()
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ kind: 'failed', errorType: 'handler_error' }))
        })
      }),
    ])
    await gate.grant('a', 'test.do', things)
    const session = gate.open()
    const asking = gate.call(session, 'test.do', {}, { timeout_seconds: seconds })
    await started.passed
    gate.clock.pass(timeoutMs - 1)
    expect(gate.clock.waiting).toBe(1)
    gate.clock.pass(1)
    expect(await asking).toMatchObject({ success: false, error_type: 'timeout', latency_ms: timeoutMs })
    expect(session.finish()).toMatchObject([{ data: { outcome: 'timeout', count: 1 } }])
  })

  it('leaves no timer behind', async () => {
    const gate = createTestGate([testCapability(async () => answer())])
    await gate.grant('a', 'test.do', things)
    await gate.call(gate.open(), 'test.do')
    expect(gate.clock.waiting).toBe(0)
  })

  it.each([
    ['an answer', answer('x'.repeat(1023))],
    [
      'the details of a refusal',
      {
        kind: 'refused' as const,
        errorType: 'conflict' as const,
        message: 'no',
        details: { current_value: 'x'.repeat(1024) },
      },
    ],
  ])('gives no more than the bytes that are allowed, also in %s', async (_name, result) => {
    const gate = createTestGate([testCapability(async () => result)])
    await gate.grant('a', 'test.do', things)
    const given = await gate.call(gate.open(), 'test.do')
    expect(given).toMatchObject({ success: false, error_type: 'response_too_large' })
    expect(JSON.stringify(given)).not.toContain('xxxx')
  })

  it('gives as many bytes as are allowed', async () => {
    const gate = createTestGate([testCapability(async () => answer('x'.repeat(1022)))])
    await gate.grant('a', 'test.do', things)
    expect((await gate.call(gate.open(), 'test.do')).success).toBe(true)
  })

  it('hides a fault of ours and tells whoever watches', async () => {
    const fault = new Error('secret path /x')
    const gate = createTestGate([testCapability(() => Promise.reject(fault))])
    await gate.grant('a', 'test.do', things)
    const given = await gate.call(gate.open(), 'test.do')
    expect(given).toMatchObject({ success: false, error: 'Internal error', error_type: 'internal_error' })
    expect(gate.exceptions).toEqual([fault])
  })

  it('says nothing any more when the call of the block has ended', async () => {
    const gate = createTestGate([testCapability(() => Promise.reject(new Error('cancelled')))])
    await gate.grant('a', 'test.do', things)
    const ended = AbortSignal.abort()
    expect(await gate.open().ask({ kind: 'capability', permission_id: 'test.do' }, ended)).toBeNull()
    expect(gate.exceptions).toEqual([])
  })

  it.each([
    [{}],
    [{ kind: 'other' }],
    [[]],
    ['capability'],
    [null],
    [{ kind: 'capability' }],
    [{ kind: 'capability', permission_id: 'no permission' }],
    [{ kind: 'capability', permission_id: 'test.do', args: [] }],
    [{ kind: 'capability', permission_id: 'test.do', timeout_seconds: -1 }],
  ])('must be one: %j', async (message) => {
    const gate = createTestGate([testCapability(async () => answer())])
    await gate.grant('a', 'test.do', things)
    const given = await gate.open().ask(message, new AbortController().signal)
    expect(given).toMatchObject({ success: false, error: 'Invalid request', error_type: 'invalid_request' })
  })

  it('says what is wrong with its arguments to those who hold a grant only', async () => {
    const gate = createTestGate([testCapability(async () => answer())])
    const stranger = seen(await gate.call(gate.open(), 'test.do', { thing: 7 }))
    await gate.grant('a', 'test.do', {})
    const session = gate.open()
    expect([stranger, await gate.call(session, 'test.do', { thing: 7 })]).toMatchObject([
      denied,
      { error: '"thing" is wrong', error_type: 'validation_error' },
    ])
    expect(session.finish()).toMatchObject([{ data: { outcome: 'validation_error' } }])
  })

  it('is limited by the monotonic clock, whatever the wall clock says', async () => {
    const gate = createTestGate([testCapability(async () => answer())], {
      rateOf: () => ({ limit: 2, windowMs: 60_000 }),
    })
    await gate.grant('a', 'test.do', things)
    await gate.grant('b', 'test.do', things)
    const session = gate.open()
    const ask = async () => (await gate.call(session, 'test.do')).error_type
    const outcomes = [await ask(), await ask(), await ask()]
    gate.clock.setWall(gate.clock.now() + 3_600_000)
    outcomes.push(await ask(), (await gate.call(gate.open('b'), 'test.do')).error_type)
    gate.clock.pass(60_000)
    outcomes.push(await ask())
    expect(outcomes).toEqual([null, null, 'rate_limited', 'rate_limited', null, null])
    expect(session.finish().map(({ data }) => [data['outcome'], data['count']])).toEqual([
      ['ok', 3],
      ['rate_limited', 2],
    ])
  })
})

describe('a change', () => {
  it('and its ledger entry are one write', async () => {
    const gate = createTestGate([
      testCapability(async (use) => {
        await write(use)
        return answer()
      }),
    ])
    await gate.grant('a', 'test.do', things)
    const commits: unknown[] = []
    gate.state.beforeCommit = (after) => {
      commits.push([after.stores.find('s', 'k'), after.ledger.entries(0, 9).map(({ kind }) => kind)])
    }
    const session = gate.open()
    await gate.call(session, 'test.do', {}, { request_id: 'r\n1' })
    expect(commits).toEqual([['1', ['capability.call']]])
    expect(gate.state.entries).toMatchObject([
      {
        ...{ kind: 'capability.call', actor: 'a', subject: 'x' },
        data: { permission_id: 'test.do', outcome: 'ok', flow_id: 'f', step_id: 's1', seq: 4 },
      },
    ])
    expect(session.finish()).toEqual([])
  })

  const principalId = packId('a')
  const permissionId = permission('test.do')
  const id = formatGrantId(principalId, permissionId)
  type Gate = ReturnType<typeof createTestGate>

  it.each<[string, (gate: Gate) => Promise<void>]>([
    ['was taken back', (gate) => gate.revoke('a', 'test.do')],
    ['reaches less far', (gate) => gate.grant('a', 'test.do', {})],
    [
      'was made anew',
      async (gate) => {
        gate.clock.pass(1)
        await gate.grant('a', 'test.do', things)
      },
    ],
    ['has an end now', (gate) => gate.grant('a', 'test.do', things, { expiresAt: gate.clock.now() + 1 })],
    ['is counted now', (gate) => gate.grant('a', 'test.do', things, { usesLeft: 1 })],
    ['is an older one put back', (gate) => gate.grant('a', 'test.do', things, { epoch: 1 })],
    [
      'cannot be read',
      (gate) => gate.state.write((writer) => writer.putDocument({ ...note, name: 'grant' }, id, {} as never)),
    ],
  ])('is refused when its grant %s between decision and change', async (_name, happen) => {
    const [reached, go] = [gateway(), gateway()]
    const gate = createTestGate([
      testCapability(async (use) => {
        reached.open()
        await go.passed
        await write(use)
        return answer()
      }),
    ])
    await gate.grant('a', 'test.do', things)
    await gate.grant('a', 'test.do', things)
    const asking = gate.call(gate.open(), 'test.do')
    await reached.passed
    await happen(gate)
    go.open()
    expect(seen(await asking)).toBe(denied)
    expect(gate.state.read(({ stores }) => stores.find('s', 'k'))).toBeUndefined()
    expect([gate.kinds(), gate.denials()]).toMatchObject([['capability.deny'], [{ reasons: ['withdrawn'] }]])
  })

  it.each<[string, (gate: Gate) => Promise<void>]>([
    ['other calls spent uses of its grant', (gate) => gate.grant('a', 'test.do', things, { usesLeft: 0 })],
    ['its grant was signed with a new key', (gate) => gate.grant('a', 'test.do', things, { usesLeft: 2 })],
  ])('goes on when %s meanwhile', async (_name, happen) => {
    const gate = createTestGate([
      testCapability(async (use) => {
        await happen(gate)
        await write(use)
        return answer()
      }),
    ])
    await gate.grant('a', 'test.do', things, { usesLeft: 2 })
    expect((await gate.call(gate.open(), 'test.do')).success).toBe(true)
    expect(gate.state.read(({ stores }) => stores.find('s', 'k'))).toBe('1')
  })

  it.each<[string, boolean]>([
    ['what let it in without a grant', false],
    ['what had to hold beside its grant', true],
  ])('is refused when %s is gone', async (_name, hasGrant) => {
    let isOpen = true
    const gate = createTestGate([
      testCapability(
        async (use) => {
          isOpen = false
          await write(use)
          return answer()
        },
        {
          admit: () => {
            if (isOpen) return hasGrant ? undefined : { kind: 'granted' }
            return hasGrant ? { kind: 'closed', reason: 'not-shared' } : undefined
          },
        },
      ),
    ])
    if (hasGrant) await gate.grant('a', 'test.do', things)
    expect(seen(await gate.call(gate.open(), 'test.do'))).toBe(denied)
    expect(gate.state.read(({ stores }) => stores.find('s', 'k'))).toBeUndefined()
  })

  it('is refused for a chain that was spent meanwhile, and nothing of it runs', async () => {
    let runs = 0
    const gate = createTestGate(
      [
        testCapability(async () => {
          runs += 1
          return answer()
        }),
      ],
      { spendUses: async () => undefined },
    )
    await gate.grant('a', 'test.do', things, { usesLeft: 1 })
    expect(seen(await gate.call(gate.open(), 'test.do'))).toBe(denied)
    expect([runs, gate.denials()]).toMatchObject([0, [{ reasons: ['exhausted'] }]])
  })

  it('commits with the chain as it is after a use was spent', async () => {
    const gate = createTestGate(
      [
        testCapability(async (use) => {
          await write(use)
          return answer()
        }),
      ],
      {
        spendUses: async (chain) => {
          const spent = chain.map((record) =>
            signGrant({ ...record, usesLeft: 0, epoch: record.epoch + 1 }, testGrantKey),
          )
          await gate.state.write((state) => {
            for (const record of spent) state.putDocument(grantCollection, id, record)
          })
          return spent
        },
      },
    )
    await gate.grant('a', 'test.do', things, { usesLeft: 1 })
    expect((await gate.call(gate.open(), 'test.do')).success).toBe(true)
  })
})

describe('uses that change nothing', () => {
  it('are summed up by permission, subject and outcome at the end of the call', async () => {
    const gate = createTestGate([testCapability(async () => answer())])
    await gate.grant('a', 'test.do', { allowed_things: ['x', 'y'] })
    const session = gate.open()
    for (const thing of ['x', 'y', 'x', 'x']) await gate.call(session, 'test.do', { thing })
    expect(gate.kinds()).toEqual([])
    const about = { permission_id: 'test.do', outcome: 'ok', run_id: `run_${'1'.repeat(24)}` }
    expect(session.finish()).toMatchObject([
      { kind: 'capability.use', actor: 'a', subject: 'x', data: { ...about, count: 3 } },
      { kind: 'capability.use', actor: 'a', subject: 'y', data: { ...about, count: 1 } },
    ])
    expect(session.finish()).toEqual([])
  })

  it('are of a hundred kinds at most; the rest is one', async () => {
    const names = Array.from({ length: 130 }, (_, index) => `t${index}`)
    const gate = createTestGate([testCapability(async () => answer())])
    await gate.grant('a', 'test.do', { allowed_things: names })
    const session = gate.open()
    for (const thing of [...names, 't0']) await gate.call(session, 'test.do', { thing })
    const entries = session.finish()
    expect([entries.length, entries[0]?.data['count'], entries.at(-1)]).toMatchObject([
      101,
      2,
      { subject: 'other', data: { permission_id: 'other', count: 30 } },
    ])
  })
})
