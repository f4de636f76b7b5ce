import type { BlockRuntime } from './runtime.ts'

/** Bounds of one block call. A pack chooses none of them. */
export interface BlockLimits {
  /** Wall clock, in milliseconds. */
  readonly wallMs: number
  readonly memoryBytes: number
  /** Processes and threads. */
  readonly pids: number
  /** Processor time, in seconds. */
  readonly cpuSeconds: number
  /** Share of processors, in processors; applied where control groups are available. */
  readonly cpus: number
  /** The answer as JSON. */
  readonly answerBytes: number
  /** What it may print. */
  readonly logBytes: number
  /** Input and context as JSON. */
  readonly inputBytes: number
  /** Size of /tmp. */
  readonly tmpBytes: number
  readonly openFiles: number
  /** Largest file it may write. */
  readonly fileBytes: number
}

const MIB = 1024 * 1024

/** The default bounds of a runtime; the wall clock comes from the step (default 60 s). */
export function defaultLimits(runtime: BlockRuntime, wallMs: number): BlockLimits {
  return {
    wallMs,
    memoryBytes: runtime === 'python' ? 128 * MIB : 256 * MIB,
    pids: runtime === 'python' ? 32 : 64,
    cpuSeconds: Math.ceil(wallMs / 1000) + 1,
    cpus: 1,
    answerBytes: 4 * MIB,
    logBytes: MIB,
    inputBytes: 8 * MIB,
    tmpBytes: 16 * MIB,
    openFiles: 64,
    fileBytes: 16 * MIB,
  }
}
