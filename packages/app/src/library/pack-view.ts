import type { PackId, Problem, TreeHash } from '@rumi/kernel/base'
import type { FoundPack, PackManifest, PackRecord, PackState, TreeDiff } from '@rumi/kernel/pack'
import type { StateWriter } from '@rumi/kernel/state'

/** What a pack looks like to an operator. */
export interface PackView {
  readonly packId: PackId
  readonly state: PackState
  readonly record: PackRecord | undefined
  readonly found: FoundPack | undefined
  readonly manifest: PackManifest | undefined
}

/** What an operator sees before approving: the tree that is on disk now, and how it differs from the approved one. */
export interface PackReview extends PackView {
  /** What an approval would name. */
  readonly treeHash: TreeHash
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[]
  readonly changes: TreeDiff | undefined
}

/** An approved tree, ready to run. */
export interface RunnableTree {
  readonly treeHash: TreeHash
  readonly treePath: string
  readonly subdir: string
  readonly isolation: 'fresh' | 'warm'
  readonly files: ReadonlySet<string>
}

/** An operator's wish to approve. */
export interface PackApproval {
  /** The hash that was reviewed; without it, what is on disk now. */
  readonly namedHash?: TreeHash | undefined
  /** For the ledger. */
  readonly notes?: string | undefined
}

/** Content that is about to be approved. */
export interface ApprovalCandidate {
  readonly packId: PackId
  readonly treeHash: TreeHash
}

/**
 * Looks at content before it is approved; a problem refuses it. Asked inside the transaction of the approval, so that two
 * packs that exclude each other cannot both be approved at the same time.
 *
 * @param records - Of all packs, as that transaction sees them.
 */
export type ApprovalCheck = (candidate: ApprovalCandidate, records: readonly PackRecord[]) => Problem | undefined

/** What changes together with a decision about a pack. */
export interface DecisionEffect {
  readonly onApprove?: (state: StateWriter, candidate: ApprovalCandidate, actor: string) => void
  /** Gives what is to be done once the removal is durable. */
  readonly onRemove?: (state: StateWriter, packId: PackId, actor: string) => (() => void) | undefined
}
