import type { Clock, Random } from '@rumi/kernel/base'
import type { LedgerEntry, ReadNode } from '@rumi/kernel/ledger'
import type { Runner } from '@rumi/kernel/run'
import type { SandboxDriver } from '@rumi/kernel/sandbox'
import type { StateStore } from '@rumi/kernel/state'
import type { Settings } from '../config/index.ts'
import type { FlowLibrary, PackLibrary } from '../library/index.ts'

/** The ledger as operations see it. */
export interface LedgerService {
  size(): number
  readonly readNode: ReadNode
  entries(from: number, limit: number): readonly LedgerEntry[]
  /** Entries as the canonical text that was hashed. */
  lines(from: number, limit: number): readonly string[]
  /** A signed checkpoint of the ledger as it is now, durable. */
  signHead(): Promise<string>
  /** The public key, in the form a verifier is given. */
  readonly verifierKey: string
}

/** Everything an operation may work with. */
export interface Services {
  readonly settings: Settings
  readonly version: string
  readonly clock: Clock
  readonly random: Random
  readonly state: StateStore
  readonly sandbox: SandboxDriver
  readonly packs: PackLibrary
  readonly flows: FlowLibrary
  readonly runner: Runner
  readonly ledger: LedgerService
}
