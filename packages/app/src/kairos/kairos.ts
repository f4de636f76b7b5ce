import { sha256Hex, type Clock, type Outcome, type Random } from '@rumi/kernel/base'
import type { OpenGate } from '@rumi/kernel/gate'
import type { TreeStore } from '@rumi/kernel/pack'
import type { SandboxDriver } from '@rumi/kernel/sandbox'
import type { StateStore } from '@rumi/kernel/state'
import type { DataFolder } from '@rumi/skills/base'
import type { SearchIndex } from '@rumi/skills/search'
import type { OperationRegistry } from '@rumi/skills/verification'
import type { FileHashes, StateCommit } from '@rumi/skills/state-commit'
import { Auditor } from './auditor.ts'
import { Behaviors } from './behaviors.ts'
import { ChainBook, type ChainFiles } from './chain-book.ts'
import { ChangeEvaluator } from './change-evaluator.ts'
import { DocumentLibrary } from './document-library.ts'
import { Evolution, type Proposing, type Review } from './evolution.ts'
import { FileJournal } from './file-journal.ts'
import { LawLibrary } from './law-library.ts'
import { Instructions } from './instructions.ts'
import { isLawPath, LiveRules } from './live-rules.ts'
import { notePending } from './pending-changes.ts'
import { ProposalBook } from './proposal-book.ts'
import { SearchLibrary } from './search-library.ts'
import { Setup } from './setup.ts'
import { StandardFolders } from './standard-folders.ts'
import { StateCommits } from './state-commits.ts'
import { Versions } from './versions.ts'

/** What the skills of a home work with. */
export interface KairosPorts {
  readonly state: StateStore
  readonly clock: Clock
  readonly random: Random
  readonly folder: DataFolder
  /** The data folder's path. */
  readonly root: string
  readonly version: string
  readonly sandbox: SandboxDriver
  readonly trees: TreeStore
  readonly openGate: () => OpenGate
  /** Opens another folder of this machine, for documents that come and go. */
  readonly openFolder: (path: string) => DataFolder
  /** What commands of skills may name. */
  readonly operations: OperationRegistry
  readonly chainFiles: ChainFiles
  /** Opened when it is first asked for: most calls search nothing. */
  readonly index: () => SearchIndex
  readonly hashes: () => FileHashes
}

/** Skills of a home: read, verified, changed with consent, and recorded. */
export interface Kairos {
  readonly law: LawLibrary
  readonly rules: LiveRules
  readonly proposals: ProposalBook
  readonly evolution: Evolution
  readonly versions: Versions
  readonly documents: DocumentLibrary
  readonly search: SearchLibrary
  readonly commits: StateCommits
  readonly chain: ChainBook
  readonly behaviors: Behaviors
  readonly setup: Setup
  readonly instructions: Instructions
  readonly auditor: Auditor
  readonly standard: StandardFolders
  /** Proposes that a committed state, or a part of it, comes back. */
  restore(
    wish: { readonly commit: string; readonly paths: readonly string[] | 'all'; readonly reason: string },
    proposing: Proposing,
  ): Promise<Outcome<Review>>
  /** Files changed: the search looks again, and the state is committed when that is due. */
  settle(): Promise<StateCommit | undefined>
  /** A session ended: commits when the settings say so. Answers the commit's id. */
  endSession(session: string): Promise<string | null>
  /** Finishes what a process that ended had decided. Before anything else. */
  recover(): Promise<void>
}

/** Puts the parts together. */
export function createKairos(ports: KairosPorts): Kairos {
  const { state, clock, folder } = ports
  const law = new LawLibrary(ports)
  const rules = new LiveRules(ports)
  const journal = new FileJournal(ports)
  const proposals = new ProposalBook(ports)
  const evaluator = new ChangeEvaluator({ ...ports, law, rules })
  const evolution = new Evolution({ state, clock, law, rules, journal, evaluator, book: proposals })
  const chain = new ChainBook({ state, clock, files: ports.chainFiles })
  const cache: FileHashes = {
    find: (path, stamp) => ports.hashes().find(path, stamp),
    put: (path, stamp, hash) => ports.hashes().put(path, stamp, hash),
  }
  const readSettings = (): ReturnType<typeof rules.readAutoCommit> => rules.readAutoCommit()
  const commits = new StateCommits({ state, folder, cache, clock, readSettings })
  const search = new SearchLibrary({ folder, clock, law, index: ports.index })
  const settle = async (): Promise<StateCommit | undefined> => {
    search.invalidate()
    return commits.commitIfDue()
  }
  const documents = new DocumentLibrary({ folder, clock, journal, law, settle })
  return {
    ...{ law, rules, proposals, evolution, commits, chain },
    versions: new Versions(state),
    documents,
    standard: new StandardFolders({ folder, documents, openFolder: ports.openFolder }),
    search,
    behaviors: new Behaviors({ ...ports, law, rules }),
    setup: new Setup({ ...ports, law, journal, evolution, chain }),
    auditor: new Auditor({ folder, clock, law }),
    instructions: new Instructions({ folder, law, rules, evolution }),
    restore: async (wish, proposing) => restore({ law, commits, evolution }, wish, proposing),
    endSession: async (session) => {
      const at = clock.now()
      await state.write((writer) => notePending(writer, [{ layer: 'L2', action: 'session_end', subject: session, at }]))
      return (await settle())?.commit_id ?? null
    },
    settle,
    recover: async () => journal.recover(),
  }
}

async function restore(
  { law, commits, evolution }: Pick<Kairos, 'law' | 'commits' | 'evolution'>,
  { commit, paths, reason }: Parameters<Kairos['restore']>[0],
  proposing: Proposing,
): Promise<Outcome<Review>> {
  const current = await law.current()
  if (!current.ok) return current
  const ofLaw = law.loadFiles(current.value.record)
  if (!ofLaw.ok) return ofLaw
  const inForce = [...ofLaw.value].map(([path, bytes]) => ({
    ...{ path, hash: sha256Hex(bytes), sizeBytes: bytes.length, isExecutable: false },
  }))
  const planned = commits.planRestore(commit, paths, (files) => [
    ...files.filter(({ path }) => !isLawPath(path)),
    ...inForce,
  ])
  if (!planned.ok) return planned
  const { changes } = planned.value
  const { commit_id: subject, root: stateRoot } = planned.value.commit
  return evolution.proposeFiles({ purpose: 'restore', subject, reason, stateRoot, changes, blobs: [] }, proposing)
}
