import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { Socket } from 'node:net'
import { createFrameDecoder, encodeFrame, type Frame } from '../channel/index.ts'
import type { ControlGroup } from './control-group.ts'
import { watchMemory } from './memory-watch.ts'

/** What a worker reports. */
export interface WorkerEvents {
  readonly onFrame: (frame: Frame) => void
  /** Raw stdout or stderr, of a subprocess or of the interpreter itself. */
  readonly onOutput: (bytes: Buffer) => void
  /** What it sent is no frame; nothing more is read from it. */
  readonly onViolation: () => void
  /** It has ended, for whatever reason. Called once. */
  readonly onExit: (reason: string) => void
}

/** How to start one. */
export interface WorkerStart {
  readonly program: string
  readonly arguments: readonly string[]
  /** The host user it runs as; undefined: the same as ours. Never 0. */
  readonly uid: number | undefined
  /** The system call filter's file, passed as descriptor 3; undefined: none is passed. */
  readonly filterPath: string | undefined
  /** Set for a sandbox: waits for its process before anything runs in it. */
  readonly gated: boolean
  readonly group: ControlGroup | undefined
  /** What its processes may take together; undefined: the control group sees to that, or nobody does. */
  readonly memoryBytes: number | undefined
  readonly environment: Readonly<Record<string, string>>
  readonly workingFolder: string
}

/** A live process at the end of a channel. */
export interface Worker {
  /** Sends a frame; `onSent` when it is not in our memory any more, be it because nobody is there to read it. */
  send(frame: Frame, onSent?: () => void): void
  /** Ends it and everything it started; resolves when it is gone. */
  kill(): Promise<void>
  readonly ended: Promise<void>
  /** The process inside, as this machine numbers it; for tests. */
  pid(): number | undefined
}

interface WorkerState {
  /** The sandbox's first process, as this machine numbers it. */
  inner: number | undefined
  gone: boolean
  /** The end of what it wrote to stdout and stderr, to explain a start that failed. */
  tail: string
}

/** How long what a worker said before it ended may take to arrive; longer only when somebody else holds its channel. */
const LAST_WORDS_MS = 200

/** How long a launcher may take to name its first process, in milliseconds; a few are usual. */
const NAMING_MS = 3000

const MAX_FRAME_BYTES = 5 * 1024 * 1024
const STDERR_TAIL_BYTES = 2000
const LAUNCHER_GRACE_MS = 1000

/** Starts a worker. It speaks when it is ready; a failure to start shows as an early `onExit`. */
export function startWorker(start: WorkerStart, events: WorkerEvents): Worker {
  const filter = start.filterPath === undefined ? undefined : openSync(start.filterPath, 'r')
  const child = spawn(start.program, start.arguments, {
    // An empty environment even for the launcher: what it holds can be read inside through its first process.
    env: { ...start.environment },
    cwd: start.workingFolder,
    stdio: ['ignore', 'pipe', 'pipe', filter ?? 'ignore', 'pipe', 'pipe', 'pipe'],
    ...(start.uid === undefined ? {} : { uid: start.uid, gid: start.uid }),
  })
  if (filter !== undefined) closeSync(filter)
  if (child.pid !== undefined) start.group?.admitLauncher(child.pid)
  const channel = duplexAt(child, 4)
  const state: WorkerState = { inner: undefined, gone: false, tail: '' }
  const ended = watchEnd(child, state, { group: start.group, onExit: events.onExit })

  const decoder = createFrameDecoder(MAX_FRAME_BYTES, {
    onFrame: events.onFrame,
    onViolation: events.onViolation,
  })
  channel.on('data', (chunk: Buffer) => decoder.push(chunk))
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      state.tail = (state.tail + chunk.toString('utf8')).slice(-STDERR_TAIL_BYTES)
      events.onOutput(chunk)
    })
    stream?.on('error', ignoreBrokenPipe)
  }
  channel.on('error', ignoreBrokenPipe)
  const named = start.gated ? admit(child, start, state) : releaseUngated(child)
  if (start.gated && start.memoryBytes !== undefined) void watchGated(named, start.memoryBytes, { state, ended })

  const kill = async (): Promise<void> => {
    if (!state.gone) {
      // Killed before it has named its first process, the launcher would leave that process waiting for it for ever.
      if (start.gated) await Promise.race([named, ended, delay(NAMING_MS)])
      // The launcher is in the group as well: killed with it, it could not wait for the end of what it has launched.
      if (!killSandbox(child, state)) await start.group?.kill()
    }
    await ended
  }
  return {
    send: (frame, onSent) => {
      if (!state.gone && channel.writable) channel.write(encodeFrame(frame), () => onSent?.())
      else onSent?.()
    },
    kill,
    ended,
    pid: () => state.inner ?? child.pid,
  }
}

/**
 * Kills the sandbox's first process, and with it its namespace: the launcher waits for that and then ends itself, so
 * that its end tells us that nothing is left inside. A launcher that knows no first process, or that does not end, is
 * killed; the sandbox's first process dies with it, only a moment later.
 *
 * @returns Whether the launcher is left to end by itself.
 */
function killSandbox(child: ChildProcess, state: WorkerState): boolean {
  const launched = state.inner !== undefined && trySignal(state.inner)
  if (launched) setTimeout(() => state.gone || child.kill('SIGKILL'), LAUNCHER_GRACE_MS).unref()
  else child.kill('SIGKILL')
  return launched
}

function trySignal(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false // it has ended already
  }
}

function watchEnd(
  child: ChildProcess,
  state: WorkerState,
  after: { readonly group: ControlGroup | undefined; readonly onExit: (reason: string) => void },
): Promise<void> {
  const lastWords = new Promise((resolve) => duplexAt(child, 4).once('close', resolve))
  return new Promise((resolve) => {
    const finish = (reason: string): void => {
      if (state.gone) return
      state.gone = true
      void (async () => {
        await after.group?.kill()
        await after.group?.remove()
        // What it said before it ended is read first: an answer, and then the end, is an answer.
        await Promise.race([lastWords, delay(LAST_WORDS_MS)])
        await new Promise((settled) => setImmediate(() => setImmediate(settled)))
        // A process that got away with one of these ends must not keep us alive.
        for (const stream of child.stdio) stream?.destroy()
        after.onExit(reason)
        resolve()
      })()
    }
    child.on('error', (error) => finish(error.message))
    child.on('exit', (code, signal) =>
      finish(`${signal ?? `exit ${code}`}${state.tail === '' ? '' : `: ${state.tail.trim()}`}`),
    )
  })
}

/**
 * The sandbox's first process waits until it is inside its control group. Closing the gate early would also let it
 * through, so it is written to, never closed, and only after admission.
 */
function admit(child: ChildProcess, start: WorkerStart, state: WorkerState): Promise<void> {
  const info = duplexAt(child, 5)
  const gate = duplexAt(child, 6)
  gate.on('error', ignoreBrokenPipe)
  info.on('error', ignoreBrokenPipe)
  let text = ''
  return new Promise((resolve) => {
    info.on('data', (chunk: Buffer) => {
      if (state.inner !== undefined) return
      text += chunk.toString('utf8')
      const pid = /"child-pid":\s*(\d+)[^\d]/.exec(text)?.[1]
      if (pid === undefined) return
      state.inner = Number(pid)
      resolve()
      // Unbounded is not an option: no admission, no run.
      const admitted = start.group?.admit(state.inner) ?? Promise.resolve()
      admitted.then(() => gate.write('1')).catch(() => child.kill('SIGKILL'))
    })
  })
}

async function watchGated(
  named: Promise<void>,
  memoryBytes: number,
  worker: { readonly state: WorkerState; readonly ended: Promise<void> },
): Promise<void> {
  await Promise.race([named, worker.ended])
  const { inner } = worker.state
  if (inner === undefined) return
  const stop = watchMemory(inner, memoryBytes, () => trySignal(inner))
  await worker.ended
  stop()
}

async function releaseUngated(child: ChildProcess): Promise<void> {
  for (const index of [5, 6]) duplexAt(child, index).on('error', ignoreBrokenPipe)
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}

function duplexAt(child: ChildProcess, index: number): Duplex {
  const stream = child.stdio[index]
  if (!(stream instanceof Socket)) throw new Error(`descriptor ${index} is not a channel`)
  return stream
}

/** A worker that dies leaves broken pipes; its end is reported by `onExit`. */
function ignoreBrokenPipe(): void {
  return undefined
}
