import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, packIdSchema, type Clock, type JsonObject } from '@rumi/kernel/base'
import { createGate, type Caller, type Capability, type OpenGate } from '@rumi/kernel/gate'
import { deriveGrantKey, permissionIdSchema } from '@rumi/kernel/grant'
import type { LedgerEntry } from '@rumi/kernel/ledger'
import type { PackFolder, TreeStore } from '@rumi/kernel/pack'
import type { SandboxDriver } from '@rumi/kernel/sandbox'
import type { StateStore } from '@rumi/kernel/state'
import { GrantBook, PackLibrary } from '../library/index.ts'
import { HandlerLibrary, HandlerRunner } from './index.ts'

export const actor = 'operator/http'
export const packId = (text: string) => packIdSchema.parse(text)
export const manifest = (more: JsonObject = {}): string =>
  JSON.stringify({ handler_id: 'greeter', permission_id: 'greet.say', entrypoint: 'handler.py:execute', ...more })
export const handlerFiles = (more: Readonly<Record<string, string>> = {}) => ({
  ...{ 'handler.json': manifest(), 'handler.py': 'def execute(context, args): ...', 'helper.py': 'x = 1', ...more },
})

/** The files of a pack. */
export const handlerPack = (pack: string, more: Readonly<Record<string, string>> = {}) => ({
  'ecosystem.json': JSON.stringify({ pack_id: pack, pack_identity: `local:${pack}` }),
  ...more,
})

/** What a pack's own capability answers, so that a handler has something to ask for. */
const notes: Capability = {
  permissionId: permissionIdSchema.parse('store.get'),
  read: () => ({
    ok: true,
    value: {
      ...{ subject: 's', needs: { allowed_store_ids: ['s'] } },
      perform: async ({ caller }) => ({ kind: 'answer', output: { asked_by: caller.principalId } }),
    },
  }),
}

/** What a test gives: everything that is not this folder's, in memory. */
interface Parts {
  /** A folder of files that exists; only the names of handlers are in it. */
  readonly home: string
  readonly clock: Clock
  readonly state: StateStore & { readonly entries: readonly LedgerEntry[] }
  readonly sandbox: SandboxDriver
  readonly memory: {
    readonly folder: PackFolder
    readonly trees: TreeStore
    place(packId: string, files: Readonly<Record<string, string>>): void
  }
  readonly caller: (principalId: string) => Caller
}

/** A pack `p` with a handler `h` in front of a gate. */
// eslint-disable-next-line typescript/explicit-function-return-type
export function setUpHandlers<Given extends Parts>(parts: Given) {
  const { clock, state, sandbox, memory } = parts
  const { folder, place } = createFolder(parts)
  memory.place('p', handlerPack('p'))
  place('p', 'h')
  const packs = new PackLibrary({ folder, trees: memory.trees, state, sandbox, clock })
  const keys = { keys: [deriveGrantKey(Buffer.alloc(32, 1))], addKey: () => keys, dropOldKeys: () => keys }
  const grants = new GrantBook({ state, clock, sandbox, keys })
  const open = () => openHandlers(parts, packs, grants)
  const { handlers, openGate } = open()
  const grant = async (principal: string, permission = 'greet.say', config: JsonObject = {}): Promise<void> => {
    const about = { principal_id: principal, permission_id: permissionIdSchema.parse(permission), config }
    const granted = await grants.grant(about, actor)
    if (!granted.ok) throw new Error(granted.error.message)
  }
  const call = async (principal = 'c', permission = 'greet.say', gate = openGate): Promise<JsonObject> => {
    const message = { kind: 'capability', permission_id: permission, args: { name: 'you' } }
    const given = await gate(parts.caller(principal)).ask(message, new AbortController().signal)
    return isJsonObject(given) ? given : {}
  }
  const candidate = async (): Promise<string> => {
    await handlers.scan(actor)
    const one = handlers.list().find(({ record }) => typeof record === 'object' && record.status === 'pending')
    if (!one) throw new Error('nothing waits')
    return one.key
  }
  /** The pack is approved, its handler as well, and a caller has a grant. */
  const install = async (): Promise<string> => {
    await packs.approve(packId('p'), {}, actor)
    const found = await candidate()
    const approved = await handlers.approve(found, {}, actor)
    if (!approved.ok) throw new Error(approved.error.message)
    await grant('c')
    return found
  }
  const reason = (): unknown => state.entries.findLast(({ kind }) => kind === 'capability.deny')?.data['reason']
  const made = { place, packs, grants, handlers, open, grant, call, candidate, install, reason }
  return { ...parts, ...made }
}

/** The packs in memory, at places on the disk where the folders of their handlers can be listed. */
// eslint-disable-next-line typescript/explicit-function-return-type
function createFolder({ home, memory }: Parts) {
  const slugs = new Set<string>()
  const folder: PackFolder = {
    discover: () => {
      const { packs, diagnostics } = memory.folder.discover()
      const found = packs.filter((pack) => !slugs.has(pack.packId))
      return { packs: found.map((pack) => ({ ...pack, directory: join(home, pack.packId) })), diagnostics }
    },
    fingerprint: (directory) => memory.folder.fingerprint(directory),
  }
  const place = (pack: string, slug: string, files: Readonly<Record<string, string>> = handlerFiles()): void => {
    mkdirSync(join(home, pack, 'share/capability_handlers', slug), { recursive: true })
    slugs.add(slug)
    memory.place(slug, files)
  }
  return { folder, place }
}

/** A start of the system over the same state. */
function openHandlers(
  { state, clock, sandbox, memory }: Parts,
  packs: PackLibrary,
  grants: GrantBook,
): { readonly handlers: HandlerLibrary; readonly openGate: OpenGate } {
  const runner = new HandlerRunner({ sandbox, trees: memory.trees, state, clock, openGate: () => openGate })
  const handlers = new HandlerLibrary({ packs, trees: memory.trees, state, clock, runner })
  const openGate: OpenGate = createGate({
    ...{ state, clock, grants: grants.state, spendUses: grants.spendUses, rateOf: () => undefined },
    findCapability: (permissionId) => (permissionId === 'store.get' ? notes : handlers.find(permissionId)),
    performEgress: () => Promise.reject(new Error('no network')),
    openSecret: async () => ({ ok: false, error: 'absent' }),
    onException: (error) => {
      throw error
    },
    ownPorts: () => [],
    maxAnswerBytes: 10_000,
  })
  return { handlers, openGate }
}
