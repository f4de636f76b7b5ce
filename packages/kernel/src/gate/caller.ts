import type { FlowId, PackId, RunId } from '../base/index.ts'
import type { PermissionId } from '../grant/index.ts'

/** Which block asks, and in which step of which run: from the channel, never from its message. */
export interface Caller {
  /** Whose grants count. */
  readonly principalId: PackId
  readonly runId: RunId
  readonly flowId: FlowId
  readonly stepId: string
  /** The step's number in the run's journal. */
  readonly seq: number
  /** Flows that are in progress and led here, the outermost first, `flowId` last. */
  readonly flowStack: readonly FlowId[]
  /** Permissions whose handlers are at work and led here, the outermost first; absent: a block asks. */
  readonly handlerStack?: readonly PermissionId[]
  /**
   * Secrets that were given to the runs in progress, theirs and those that they wait for. Whoever gives one out adds it;
   * whatever is kept of these runs is kept without them.
   */
  readonly revealed?: Set<string>
  /** What the operator is to read in the log of the step: why a handler that the block called failed. */
  readonly notes?: string[]
}
