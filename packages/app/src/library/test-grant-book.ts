import { z } from 'zod'
import { packIdSchema, type Clock } from '@rumi/kernel/base'
import {
  decideGrant,
  deriveGrantKey,
  formatGrantId,
  grantCollection,
  permissionIdSchema,
  type GrantRecord,
  type GrantRequest,
} from '@rumi/kernel/grant'
import type { SandboxDriver } from '@rumi/kernel/sandbox'
import type { StateStore } from '@rumi/kernel/state'
import { GrantBook, type GrantKeys } from './grant-book.ts'

export const packId = (text: string) => packIdSchema.parse(text)
export const permission = (text: string) => permissionIdSchema.parse(text)
export const read = permission('secrets.get')
export const actor = 'operator/http'
export const id = formatGrantId(packId('a'), read)

/** A key file: what is in it outlives the book. */
// eslint-disable-next-line typescript/explicit-function-return-type
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

/** What a test gives the book to work with. */
interface Parts {
  readonly clock: Clock
  readonly state: StateStore
  readonly sandbox: SandboxDriver
}

/** A book of grants, and the questions that tests ask of it. */
// eslint-disable-next-line typescript/explicit-function-return-type
export function setUpBook<Given extends Parts>(parts: Given) {
  const { state } = parts
  const keyFile = createKeyFile()
  const open = (): GrantBook => new GrantBook({ ...parts, keys: keyFile.open() })
  const book = open()
  const grant = async (principal: string, more: Partial<GrantRequest> = {}, on = book): Promise<GrantRecord> => {
    const own = more.permission_id === undefined || more.permission_id === read
    const config: GrantRequest['config'] = own ? { allowed_keys: ['X'] } : {}
    const request = { principal_id: principal, permission_id: read, config, ...more }
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
  /** As somebody does who can write the database, but not sign. */
  const put = (at: string, record: object) =>
    state.write((writer) => writer.putDocument({ name: grantCollection.name, schema: z.unknown() }, at, record))
  return { ...parts, keyFile, book, open, grant, decide, reasons, put }
}
