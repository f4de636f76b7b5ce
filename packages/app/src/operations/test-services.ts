import type { Clock, Outcome } from '@rumi/kernel/base'
import { deriveGrantKey } from '@rumi/kernel/grant'
import type { AnyOperation } from '@rumi/kernel/operation'
import type { SandboxDriver } from '@rumi/kernel/sandbox'
import type { StateStore } from '@rumi/kernel/state'
import { GrantBook } from '../library/index.ts'

/** What a test gives: state, time and a sandbox in memory. */
interface Parts {
  readonly clock: Clock
  readonly state: StateStore
  readonly sandbox: SandboxDriver
}

/** Services of which an operation under test uses a few, and a way to call it as the operator. */
// eslint-disable-next-line typescript/explicit-function-return-type
export function createTestServices<Given extends Parts>(parts: Given) {
  const keys = { keys: [deriveGrantKey(Buffer.alloc(32, 1))], addKey: () => keys, dropOldKeys: () => keys }
  const packs = { list: () => [] }
  const handlers = { find: () => undefined }
  return { packs, handlers, ...parts, grants: new GrantBook({ ...parts, keys }) }
}

/** Calls an operation as the operator does over HTTP. */
export function callOperation<Services>(
  operation: AnyOperation<Services>,
  services: Services,
  input: unknown,
): Promise<Outcome<unknown>> {
  return operation.call(services, input, {
    caller: { kind: 'operator', via: 'http' },
    signal: new AbortController().signal,
  })
}
