import type { PackId, Result, TreeHash } from '../base/index.ts'
import type { FlowSource } from '../flow/index.ts'
import type { BlockErrorType, BlockRuntime, Isolation } from '../sandbox/index.ts'

/** Which block a step wants. */
export interface BlockQuestion {
  readonly packId: PackId
  /** As the step names it. */
  readonly file: string
  /** The owner of the flow that asks. */
  readonly flowSource: FlowSource
}

/** What may run: exactly these bytes, in this way. */
export interface ResolvedBlock {
  readonly treeHash: TreeHash
  readonly treePath: string
  readonly subdir: string
  /** Path inside the tree. */
  readonly file: string
  readonly runtime: BlockRuntime
  readonly isolation: Isolation
  /**
   * Tells at once whether the decision still stands. Asked again in the moment before the block runs: a rejection that
   * came in between has already looked for something to end.
   */
  readonly isCurrent: () => boolean
}

/** Why a block may not run. */
export interface BlockRefusal {
  readonly errorType: BlockErrorType
  readonly message: string
}

/** Decides whether a block may run now, and from which approved tree. */
export type BlockResolver = (question: BlockQuestion) => Promise<Result<ResolvedBlock, BlockRefusal>>
