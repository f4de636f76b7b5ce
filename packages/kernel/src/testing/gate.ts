import { z } from 'zod'
import { flowIdSchema, packIdSchema, runIdSchema, type JsonObject } from '../base/index.ts'
import type { CapabilityAnswer } from '../capability/index.ts'
import {
  createGate,
  denialCollection,
  type Caller,
  type Capability,
  type DenialRecord,
  type GatePorts,
  type GateSession,
} from '../gate/index.ts'
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
import { createFixedClock } from './fixed-clock.ts'
import { createMemoryState } from './memory-state.ts'

/** Signs the grants of a test gate. */
export const testGrantKey = deriveGrantKey(Buffer.alloc(32, 1))

/** A block of a principal that asks, in the step `s1` of the flow `f`. */
export const testCaller = (principalId: string): Caller => ({
  principalId: packIdSchema.parse(principalId),
  runId: runIdSchema.parse(`run_${'1'.repeat(24)}`),
  flowId: flowIdSchema.parse('f'),
  stepId: 's1',
  seq: 4,
  flowStack: [flowIdSchema.parse('f')],
})

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
    keys: [testGrantKey],
    nowMs: clock.now(),
  })
  const grant = async (
    principal: string,
    permissionId: string,
    ...[config, changes = {}]: readonly [GrantConfig, Partial<GrantStatement>?]
  ): Promise<void> => {
    const id = `${principal}:${permissionId}`
    const epoch = (floors.get(id) ?? 0) + 1
    const about = { principalId: packIdSchema.parse(principal), permissionId: permissionIdSchema.parse(permissionId) }
    const record = signGrant({ ...about, config, epoch, grantedAt: clock.now(), ...changes }, testGrantKey)
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
    ownPorts: () => [],
    maxAnswerBytes: 1024,
    ...ports,
  })
  const call = async (
    session: GateSession,
    permissionId: string,
    ...[args = {}, more = {}]: readonly [JsonObject?, JsonObject?]
  ): Promise<CapabilityAnswer> => {
    const message = { kind: 'capability', permission_id: permissionId, args, ...more }
    return answerSchema.parse(await session.ask(message, new AbortController().signal))
  }
  return {
    ...{ clock, state, grants, grant, revoke, exceptions, call, openGate },
    open: (principal = 'a'): GateSession => openGate(testCaller(principal)),
    denials: (): readonly DenialRecord[] =>
      state
        .read(({ documents }) => documents.list(denialCollection))
        .flatMap(({ record }) => (record === 'unreadable' ? [] : [record])),
    kinds: (): readonly string[] => state.entries.map(({ kind }) => kind),
  }
}

const answerSchema = z.custom<CapabilityAnswer>(isAnswer)
function isAnswer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'error_type' in value
}
