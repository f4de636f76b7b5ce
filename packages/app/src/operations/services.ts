import type { Clock, Diagnostic, Random, Result } from '@rumi/kernel/base'
import type { HostTable } from '@rumi/kernel/egress'
import type { LedgerEntry, ReadNode } from '@rumi/kernel/ledger'
import type { Runner } from '@rumi/kernel/run'
import type { SandboxDriver } from '@rumi/kernel/sandbox'
import type { StateStore } from '@rumi/kernel/state'
import type { Settings } from '../config/index.ts'
import type { Kairos } from '../kairos/index.ts'
import type { HandlerLibrary } from '../handlers/index.ts'
import type { FlowLibrary, GrantBook, PackLibrary, SecretVault } from '../library/index.ts'
import type { RouteLibrary } from '../routes/index.ts'
import type { Scheduler } from '../schedule/index.ts'

/** The ledger as operations see it. */
export interface LedgerService {
  size(): number
  readonly readNode: ReadNode
  entries(from: number, limit: number): readonly LedgerEntry[]
  /** Hashes of leaves, `count` from `from` on. */
  leaves(from: number, count: number): readonly Uint8Array[]
  /** Entries as the canonical text that was hashed. */
  lines(from: number, limit: number): readonly string[]
  /** A signed checkpoint of the ledger as it is now, durable. */
  signHead(): Promise<string>
  /** The public key, in the form a verifier is given. */
  readonly verifierKey: string
}

/** The files of the audit log as operations see them. */
export interface AuditService {
  /** Why they do not follow the ledger at the moment. */
  readonly problem: Diagnostic | undefined
  /** Writes them anew from the ledger. The error is why not. */
  rebuild(): Promise<Result<{ readonly entries: number; readonly files: number }, Diagnostic>>
}

/** One thing that was looked at. */
export interface HostCheck {
  readonly id: string
  readonly passed: boolean
  readonly detail: string
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
  readonly grants: GrantBook
  /** Handlers of packs that answer for permissions. */
  readonly handlers: HandlerLibrary
  readonly routes: RouteLibrary
  readonly scheduler: Scheduler
  /** Skills, knowledge, contexts and their record. */
  readonly kairos: Kairos
  readonly runner: Runner
  readonly ledger: LedgerService
  /** What the operator set about requests of packs when the system was started. */
  readonly egress: { readonly hosts: HostTable; readonly hasExtraCa: boolean }
  /** Ports on which this system listens: no pack reaches them, whatever is granted. (EGR-20) */
  readonly ownPorts: Set<number>
  readonly audit: AuditService
  readonly secrets: SecretVault
  /** What of this process and its machine is checked by `system.doctor`, beside the sandbox. */
  readonly checkHost: () => readonly HostCheck[]
}
