import { secretNameSchema, type SecretName } from '@rumi/kernel/secret'
import type { LedgerEntry } from '@rumi/kernel/ledger'
import type { StateStore } from '@rumi/kernel/state'

/** The newest that the ledger knows of a secret. A file below it is an older one that was put back. */
export interface VersionFloor {
  readonly version: number
  readonly isDeleted: boolean
}

/** What a change of a secret is called on the ledger. */
export type SecretEntryKind = 'secret.set' | 'secret.delete' | 'secret.rotate'

const kinds: ReadonlySet<string> = new Set<SecretEntryKind>(['secret.set', 'secret.delete', 'secret.rotate'])

/** The floors of all secrets there ever were. */
export function readVersionFloors(state: StateStore): Map<SecretName, VersionFloor> {
  const floors = new Map<SecretName, VersionFloor>()
  for (const entry of state.read(({ ledger }) => ledger.listFloors())) raiseFloor(floors, entry)
  return floors
}

function raiseFloor(floors: Map<SecretName, VersionFloor>, { kind, data }: LedgerEntry): void {
  const { key, version } = data
  const name = secretNameSchema.safeParse(key)
  if (!kinds.has(kind) || !name.success || typeof version !== 'number') return
  if (version <= (floors.get(name.data)?.version ?? 0)) return
  floors.set(name.data, { version, isDeleted: kind === 'secret.delete' })
}
