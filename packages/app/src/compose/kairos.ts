import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  openDataFolder,
  openFileHashes,
  openSearchIndex,
  readChainDatabase,
  readChainFile,
  writeChainDatabase,
  writeChainFile,
} from '@rumi/drivers/skills'
import type { HomePaths } from '@rumi/drivers/system'
import { packIdSchema, type JsonValue, type PackId } from '@rumi/kernel/base'
import { permissionIdSchema, type PermissionId } from '@rumi/kernel/grant'
import type { OperationRegistry } from '@rumi/skills/verification'
import { createKairos, type ChainFiles, type Kairos, type KairosPorts } from '../kairos/index.ts'
import { operations } from '../operations/index.ts'

/** What the skills of a home are wired to, besides their files. */
type Wires = { readonly isGranted: IsGranted } & Omit<
  KairosPorts,
  'folder' | 'openFolder' | 'root' | 'operations' | 'chainFiles' | 'index' | 'hashes'
>

/** The skills of a home, and how to put away what was opened for them. */
export interface ComposedKairos {
  readonly kairos: Kairos
  close(): void
}

/** Wires the skills to `.kairos` in the home. What can be made anew at any time is opened when it is first needed. */
export function composeKairos(paths: HomePaths, wires: Wires): ComposedKairos {
  const storage = join(paths.kairos, 'storage')
  const opened: { close(): void }[] = []
  const kairos = createKairos({
    ...wires,
    root: paths.kairos,
    folder: openDataFolder(paths.kairos),
    openFolder: openDataFolder,
    operations: createRegistry(wires.isGranted),
    chainFiles,
    index: once(opened, () => openSearchIndex(projection(storage, 'search.db'))),
    hashes: once(opened, () => openFileHashes(projection(storage, 'files.db'))),
  })
  return {
    kairos,
    close: () => {
      for (const one of opened) one.close()
    },
  }
}

function projection(storage: string, name: string): string {
  mkdirSync(storage, { recursive: true, mode: 0o700 })
  return join(storage, name)
}

function once<Opened extends { close(): void }>(opened: { close(): void }[], open: () => Opened): () => Opened {
  let known: Opened | undefined
  return () => {
    if (known === undefined) {
      known = open()
      opened.push(known)
    }
    return known
  }
}

/** The names that an older system has for operations. */
const olderNames: ReadonlyMap<string, string> = new Map([
  ...['definition_verify', 'definition_decompile', 'definition_drift'].map(dotted),
  ...['formalization_record', 'formalization_history', 'chain_status', 'chain_record', 'chain_verify'].map(dotted),
  ...['chain_history', 'chain_export', 'chain_import', 'state_commit', 'state_status', 'state_history'].map(dotted),
  ...['knowledge_list', 'skills_promote', 'skills_audit', 'skills_rollback', 'context_save'].map(dotted),
  ['knowledge_get', 'knowledge.show'],
  ['knowledge_update', 'knowledge.update'],
  ['skills_list', 'skills.list'],
  ['skills_dsl_list', 'skills.list'],
  ['skills_dsl_get', 'skills.show'],
  ['skills_evolve', 'skills.propose'],
  ['instructions_update', 'instructions.update'],
  ['system_upgrade', 'kairos.upgrade'],
])

function dotted(name: string): [string, string] {
  return [name, name.replace('_', '.')]
}

/** Whether a pack has a permission now. */
type IsGranted = (principalId: PackId, permissionId: PermissionId) => boolean

/**
 * An operation by its name, or the name that an older system has for it, and whether a delegate may call it; or a
 * permission, and whether the pack that the statement names (`principal`) was granted it.
 */
const createRegistry = (isGranted: IsGranted): OperationRegistry => ({
  find: (command, options) => {
    const name = olderNames.get(command) ?? command
    const found = operations.find((operation) => operation.name === name)
    if (found === undefined) return findPermission(isGranted, command, options['principal'])
    if (found.who !== 'operator') return { granted: true, why: `${name} is there, for delegates as well` }
    const isForOperator = options['approver'] === 'operator' || options['approver'] === 'human'
    return isForOperator
      ? { granted: true, why: `${name} is there, for the operator` }
      : { granted: false, why: `only the operator may call ${name}` }
  },
  names: () => [...operations.map(({ name }) => name), ...olderNames.keys()],
})

function findPermission(
  isGranted: IsGranted,
  command: string,
  principal: JsonValue | undefined,
): ReturnType<OperationRegistry['find']> {
  const packId = packIdSchema.safeParse(principal)
  const permissionId = permissionIdSchema.safeParse(command)
  if (!packId.success || !permissionId.success) return undefined
  return isGranted(packId.data, permissionId.data)
    ? { granted: true, why: `${packId.data} was granted it` }
    : { granted: false, why: `${packId.data} was not granted it` }
}

const chainFiles: ChainFiles = {
  read: (path) => (path.endsWith('.db') ? readChainDatabase(path) : readChainFile(path)),
  write: (path, blocks) => {
    const written = path.endsWith('.db') ? writeChainDatabase(path, blocks) : writeChainFile(path, blocks)
    if (written.ok) return { ok: true }
    const { error } = written
    return { ok: false, reason: error.kind === 'not-a-chain' ? error.fault.message : error.kind }
  },
}
