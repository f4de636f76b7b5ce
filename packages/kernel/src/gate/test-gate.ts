import { flowIdSchema, ok, packIdSchema, runIdSchema, type JsonObject, type JsonValue } from '../base/index.ts'
import type { CapabilityAnswer } from '../capability/index.ts'
import {
  deriveGrantKey,
  formatGrantId,
  grantCollection,
  permissionIdSchema,
  signGrant,
  type GrantConfig,
  type GrantState,
  type GrantStatement,
} from '../grant/index.ts'
import { createFixedClock, createMemoryState } from '../testing/index.ts'
import type { Caller } from './caller.ts'
import type { Capability, CapabilityRequest, CapabilityResult } from './capability.ts'
import { denialCollection, type DenialRecord } from './denial.ts'
import type { GateSession } from './gate.ts'
import { createGate } from './open-gate.ts'
import type { GatePorts } from './ports.ts'

export const key = deriveGrantKey(Buffer.alloc(32, 1))
export const packId = (text: string) => packIdSchema.parse(text)
export const permission = (text: string) => permissionIdSchema.parse(text)

export const callerOf = (principalId: string): Caller => ({
  principalId: packId(principalId),
  runId: runIdSchema.parse(`run_${'1'.repeat(24)}`),
  flowId: flowIdSchema.parse('f'),
  stepId: 's1',
  seq: 4,
  flowStack: [flowIdSchema.parse('f')],
})

/** A capability that needs `{allowed_things: [args.thing]}` and does what `perform` says. */
export function testCapability(
  perform: CapabilityRequest['perform'],
  more: Partial<Omit<CapabilityRequest, 'perform'>> = {},
  name = 'test.do',
): Capability {
  return {
    permissionId: permission(name),
    read: (args) => {
      const { thing = 'x' } = args
      if (typeof thing !== 'string')
        return { ok: false, error: { kind: 'validation_error', message: '"thing" is wrong' } }
      return ok({ subject: thing, needs: { allowed_things: [thing] }, perform, ...more })
    },
  }
}

export const answer = (output: JsonValue = 1): CapabilityResult => ({ kind: 'answer', output })

/** A gate in front of capabilities, with a book of grants that only puts and removes. */
// eslint-disable-next-line typescript/explicit-function-return-type
export function createTestGate(capabilities: readonly Capability[] = [], ports: Partial<GatePorts> = {}) {
  const clock = createFixedClock()
  const state = createMemoryState(clock)
  const floors = new Map<string, number>()
  const exceptions: unknown[] = []
  const grants = (): GrantState => ({
    findGrant: (principalId, permissionId) =>
      state.read(({ documents }) => documents.find(grantCollection, formatGrantId(principalId, permissionId))),
    findEpochFloor: (principalId, permissionId) => floors.get(formatGrantId(principalId, permissionId)),
    keys: [key],
    nowMs: clock.now(),
  })
  const grant = async (
    principal: string,
    permissionId: string,
    config: GrantConfig,
    changes: Partial<GrantStatement> = {},
  ): Promise<void> => {
    const id = `${principal}:${permissionId}`
    const epoch = (floors.get(id) ?? 0) + 1
    const about = { principalId: packId(principal), permissionId: permission(permissionId) }
    const record = signGrant({ ...about, config, epoch, grantedAt: clock.now(), ...changes }, key)
    await state.write((writer) => writer.putDocument(grantCollection, id, record))
    floors.set(id, record.epoch)
  }
  const revoke = async (principal: string, permissionId: string): Promise<void> => {
    await state.write((writer) => writer.removeDocument(grantCollection, `${principal}:${permissionId}`))
  }
  const openGate = createGate({
    state,
    clock,
    grants,
    spendUses: async (chain) => chain,
    findCapability: (permissionId) => capabilities.find((one) => one.permissionId === permissionId),
    rateOf: () => undefined,
    performEgress: () => Promise.reject(new Error('no network in this test')),
    openSecret: async () => ({ ok: false, error: 'absent' }),
    onException: (error) => exceptions.push(error),
    maxAnswerBytes: 1024,
    ...ports,
  })
  const call = async (
    session: GateSession,
    permissionId: string,
    args: JsonObject = {},
    more: JsonObject = {},
  ): Promise<CapabilityAnswer> => {
    const message = { kind: 'capability', permission_id: permissionId, args, ...more }
    return (await session.ask(message, new AbortController().signal)) as unknown as CapabilityAnswer
  }
  return {
    ...{ clock, state, grants, grant, revoke, exceptions, call },
    open: (principal = 'a'): GateSession => openGate(callerOf(principal)),
    denials: (): readonly DenialRecord[] =>
      state
        .read(({ documents }) => documents.list(denialCollection))
        .flatMap(({ record }) => (record === 'unreadable' ? [] : [record])),
    kinds: (): readonly string[] => state.entries.map(({ kind }) => kind),
  }
}

/** What a block sees of an answer, but for the time it took. */
export const seen = (given: JsonValue | CapabilityAnswer): string => {
  const { latency_ms: _latency, ...rest } = given as JsonObject
  return JSON.stringify(rest)
}

/** A promise and how to fulfil it. */
// eslint-disable-next-line typescript/explicit-function-return-type
export const gateway = () => {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  return { passed: promise, open: () => resolve(undefined) }
}
