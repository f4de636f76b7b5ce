import type { JsonObject, JsonValue, PackId, TreeHash } from '../base/index.ts'
import type { BlockLimits } from './limits.ts'
import type { BlockRuntime } from './runtime.ts'

/** `fresh`: nothing of an earlier call exists. `warm`: one process serves the pack's calls (declared by the pack, shown at approval). */
export type Isolation = 'fresh' | 'warm'

/**
 * Where a block really ran; part of every result and ledger entry.
 * `host_permissive` means: without any sandbox. `rejected` means: it did not run.
 */
export type Posture = 'bubblewrap_fresh' | 'bubblewrap_warm' | 'host_permissive' | 'rejected'

/** One call of one block of an approved pack. */
export interface BlockCall {
  readonly packId: PackId
  /** The approved content; the driver mounts exactly this tree. */
  readonly treeHash: TreeHash
  /** The folder of the tree store that holds it. */
  readonly treePath: string
  /** The folder of `ecosystem.json` inside the tree: empty, or `backend`. */
  readonly subdir: string
  /** Path inside the tree. */
  readonly file: string
  readonly runtime: BlockRuntime
  /**
   * What is called in the file; absent: `run(input, context)`. A `handler` gets them as `(context, args)`, or `args`
   * alone when it takes one parameter; `args` is the input. (pack-development §Capability handlers)
   */
  readonly entry?: { readonly function: string; readonly style: 'block' | 'handler' }
  readonly isolation: Isolation
  readonly input: JsonValue
  readonly context: JsonObject
  readonly limits: BlockLimits
  /**
   * How many flows in progress wait for this call, each holding a worker; 0 when absent. Calls of different depth never
   * wait for the same workers: a pack that runs flows with its own blocks would wait for itself.
   */
  readonly nesting?: number
}

/**
 * Why a block gave no value. The first nine never reach a sandbox or are its verdicts; `block_error` is an
 * exception of the block itself; `bad_output` an answer that is not JSON, or none.
 */
export type BlockErrorType =
  | 'sandbox_unavailable'
  | 'not_approved'
  | 'modified'
  | 'denied'
  | 'timeout'
  | 'cancelled'
  | 'oom'
  | 'output_too_large'
  | 'too_large'
  | 'busy'
  | 'block_missing'
  | 'block_error'
  | 'bad_output'
  | 'internal'

/** What a call came to. `log` is what the block printed, cut at the limit. */
export type BlockOutcome =
  | { readonly ok: true; readonly value: JsonValue; readonly log: string; readonly posture: Posture }
  | {
      readonly ok: false
      readonly errorType: BlockErrorType
      /** For people; holds no host path. */
      readonly message: string
      readonly log: string
      readonly posture: Posture
    }

/**
 * Answers what a block asks of the host while it runs. The driver knows which call asks; nothing in the message says so.
 * Never rejects. Aborted when the call has ended: nobody waits for the answer any more.
 */
export type AskHandler = (message: JsonValue, signal: AbortSignal) => Promise<JsonValue>

/** One property of the sandbox that was tried for real. */
export interface SelfTestCheck {
  readonly id: string
  readonly passed: boolean
  /** What was seen. */
  readonly detail: string
}

/** The verdict on this machine's sandbox; blocks run only when `passed`. */
export interface SelfTestReport {
  readonly passed: boolean
  readonly checks: readonly SelfTestCheck[]
  /** When not passed: what to type or install. */
  readonly hint?: string
}

/** The port behind which blocks run. Implementations decide nothing: approval was decided before they are called. */
export interface SandboxDriver {
  /** How it isolates, for people: `bubblewrap` or `host`. */
  readonly name: string
  /** Runs the built-in attacks in a real worker. The answer is kept; `execute` waits for it. */
  selfTest(): Promise<SelfTestReport>
  /**
   * Runs one call. Never rejects; aborting the signal kills the block and answers `cancelled`.
   *
   * @param ask - Answers the block's questions; without it a question is a violation of the protocol.
   */
  execute(call: BlockCall, signal: AbortSignal, ask?: AskHandler): Promise<BlockOutcome>
  /** Ends every worker of a pack; resolves when they are gone. */
  evict(packId: PackId): Promise<void>
  /** Packs with a call in progress. */
  activePacks(): ReadonlySet<PackId>
  /** Ends every worker. */
  close(): Promise<void>
}
