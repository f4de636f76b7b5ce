import type { AskHandler, BlockCall, BlockOutcome, Posture } from '@rumi/kernel/sandbox'
import { frameKind, type Frame } from '../channel/index.ts'
import { OpenAsks } from './asks.ts'
import { describeEnd, encodeCall, PendingCall, protocolBroken, readEnd, type Verdict } from './call.ts'
import type { WorkerKind } from './command.ts'
import type { Worker, WorkerEvents } from './worker.ts'

/** How a lane uses its workers. */
export interface LanePolicy {
  readonly kind: WorkerKind
  readonly maxWorkers: number
  /** Calls a worker serves at the same time. */
  readonly callsAtOnce: number
  /** Calls a worker serves before it is discarded. */
  readonly callsInAll: number
  /** Ready workers to keep at most while the lane is in use; no more than there were calls. */
  readonly spares: number
  /** Calls that may wait; one more is answered `busy`. */
  readonly maxWaiting: number
  /** How long a worker may take to get ready. */
  readonly readyWithinMs: number
  readonly posture: Posture
}

const queue = { maxWaiting: 256, readyWithinMs: 15_000 } as const

/**
 * The policy of a worker kind. A worker serves one call at a time: its limits on memory, processes and processor time
 * are then the call's own. A warm worker is discarded after 1,000 calls, so that what it leaks is bounded.
 */
export const lanePolicies: Readonly<Record<WorkerKind, Omit<LanePolicy, 'posture'>>> = {
  forking: { ...queue, kind: 'forking', maxWorkers: 8, callsAtOnce: 1, callsInAll: 100_000, spares: 0 },
  single: { ...queue, kind: 'single', maxWorkers: 4, callsAtOnce: 1, callsInAll: 1, spares: 2 },
  warm: { ...queue, kind: 'warm', maxWorkers: 4, callsAtOnce: 1, callsInAll: 1000, spares: 0 },
}

interface Member {
  readonly worker: Worker
  readonly calls: Map<number, PendingCall>
  ready: boolean
  served: number
  retired: boolean
  /** The call whose answer came last. */
  heard: number
  /** Bytes it printed while it served no call. */
  strayBytes: number
  idleTimer: NodeJS.Timeout | undefined
}

const KILL_GRACE_MS = 250
/** A forked call that has answered is killed; one that is still there after this time shows that the fork server hangs. */
const REAP_GRACE_MS = 5000
/** Requests that wait are held in memory: together no more than this. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024
/** What a warm worker may print between calls, where nobody reads it. */
const MAX_STRAY_BYTES = 64 * 1024
const stopped: Verdict = { errorType: 'cancelled', message: 'the pack was stopped' }

/** All workers of one (pack, tree, runtime, isolation), and the calls that wait for them. */
export class Lane {
  readonly #policy: LanePolicy
  readonly #start: (events: WorkerEvents) => Promise<Worker>
  readonly #idleMs: number
  readonly #members = new Set<Member>()
  readonly #waiting: PendingCall[] = []
  readonly #hires = new Set<Promise<void>>()
  #starting = 0
  /** Numbers of calls begin at 1, and begin again before they do not fit the channel. */
  #nextCall = 1
  #closed = false
  /** When the last call came, for choosing what to evict. */
  lastUsedMs = 0

  constructor(policy: LanePolicy, start: (events: WorkerEvents) => Promise<Worker>, idleMs: number) {
    this.#policy = policy
    this.#start = start
    this.#idleMs = idleMs
  }

  get workers(): number {
    return this.#members.size + this.#starting
  }

  get busy(): boolean {
    return this.#waiting.length > 0 || [...this.#members].some((member) => member.calls.size > 0)
  }

  /** Processes as this machine numbers them; for tests. */
  get pids(): readonly number[] {
    return [...this.#members].flatMap((member) => member.worker.pid() ?? [])
  }

  /** Runs one call; `ask` answers its questions, and without it a question is a violation of the protocol. */
  async execute(call: BlockCall, signal: AbortSignal, ask?: AskHandler): Promise<BlockOutcome> {
    this.lastUsedMs = performance.now()
    const body = encodeCall(call)
    const pending = new PendingCall(call, this.#policy.posture, { body, ask })
    if (body.length > call.limits.inputBytes) {
      pending.fail('too_large', `the input is ${body.length} bytes as JSON; the limit is ${call.limits.inputBytes}`)
      return pending.settled
    }
    const waitingBytes = this.#waiting.reduce((sum, one) => sum + one.body.length, 0)
    if (this.#waiting.length >= this.#policy.maxWaiting || waitingBytes + body.length > MAX_WAITING_BYTES) {
      pending.fail('busy', `${this.#waiting.length} calls of this pack are already waiting`)
      return pending.settled
    }
    if (signal.aborted) {
      pending.fail('cancelled', 'the run was cancelled')
      return pending.settled
    }
    const cancel = (): void => void this.#stop(pending, { errorType: 'cancelled', message: 'the run was cancelled' })
    signal.addEventListener('abort', cancel, { once: true })
    this.#waiting.push(pending)
    this.#dispatch()
    try {
      return await pending.settled
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  /** Ends every worker, those that are just starting as well; then calls in progress answer `cancelled`. */
  async close(): Promise<void> {
    this.#closed = true
    for (const pending of this.#waiting.splice(0)) pending.fail(stopped.errorType, stopped.message)
    await Promise.all([...this.#hires, ...[...this.#members].map((member) => this.#end(member, stopped))])
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const member = [...this.#members].find(
        (one) => one.ready && !one.retired && one.calls.size < this.#policy.callsAtOnce,
      )
      const pending = this.#waiting[0]
      if (!member || !pending) break
      this.#waiting.shift()
      if (!pending.done) this.#assign(member, pending)
    }
    const wanted = Math.min(this.#waiting.length, this.#policy.maxWorkers)
    const serving = this.#policy.callsAtOnce > 1 ? Math.min(this.workers, wanted) : 0
    // A forked call that has answered is about to leave its place: nobody is hired for that moment.
    const isFree = (member: Member): boolean => !member.retired && [...member.calls.values()].every((one) => one.done)
    const idle = [...this.#members].filter(isFree).length + this.#starting
    // What was called once may never be called again: workers are kept ready as calls come.
    const spares = Math.min(this.#policy.spares, this.#nextCall - 1)
    const missing = Math.max(wanted - serving, spares) - idle
    for (let count = 0; count < missing && this.workers < this.#policy.maxWorkers; count += 1) {
      const hire = this.#hire().finally(() => this.#hires.delete(hire))
      this.#hires.add(hire)
    }
  }

  #assign(member: Member, pending: PendingCall): void {
    const number = this.#nextCall
    this.#nextCall = (this.#nextCall % 0xffff_fff0) + 1
    clearTimeout(member.idleTimer)
    member.served += 1
    if (member.served >= this.#policy.callsInAll) member.retired = true
    member.calls.set(number, pending)
    pending.begin(this.#openAsks(member, number, pending))
    const timer = setTimeout(() => {
      const seconds = pending.limits.wallMs / 1000
      void this.#stop(pending, { errorType: 'timeout', message: `the block did not answer within ${seconds} s` })
    }, pending.limits.wallMs)
    void pending.settled.then(() => clearTimeout(timer))
    member.worker.send({ kind: frameKind.call, call: number, body: pending.body })
  }

  #openAsks(member: Member, call: number, pending: PendingCall): OpenAsks | undefined {
    if (!pending.ask) return undefined
    return new OpenAsks({
      handler: pending.ask,
      send: (body, onSent) => member.worker.send({ kind: frameKind.answer, call, body }, onSent),
      violated: () => this.#misspoke(member, pending),
    })
  }

  async #hire(): Promise<void> {
    if (this.#closed) return
    this.#starting += 1
    let member: Member | undefined
    const events: WorkerEvents = {
      onFrame: (frame) => member && this.#receive(member, frame),
      onOutput: (bytes) => member && this.#output(member, bytes),
      onViolation: () => member && this.#violated(member),
      onExit: (reason) => member && this.#ended(member, reason),
    }
    try {
      const worker = await this.#start(events)
      const fresh = { ready: false, served: 0, retired: false, heard: 0, strayBytes: 0, idleTimer: undefined }
      member = { worker, calls: new Map(), ...fresh }
      this.#members.add(member)
      const hired = member
      setTimeout(() => this.#checkReady(hired), this.#policy.readyWithinMs).unref()
      if (this.#closed) await this.#discard(member)
    } catch (error) {
      this.#failWaiting(error instanceof Error ? error.message : 'the worker did not start')
    } finally {
      this.#starting -= 1
    }
  }

  #receive(member: Member, frame: Frame): void {
    if (frame.kind === frameKind.ready && !member.ready) {
      member.ready = true
      this.#rest(member)
      this.#dispatch()
      return
    }
    const pending = member.calls.get(frame.call)
    const printed = frame.kind === frameKind.stdout || frame.kind === frameKind.stderr
    if (printed) return pending ? this.#printed(pending, frame.body) : this.#strayed(member, frame.body)
    // A frame for a call that is not pending is a late or a forged answer. (IPC-02, IPC-03, LIM-17)
    if (!pending) return this.#violated(member)
    if (frame.kind === frameKind.result) return this.#finished(member, { number: frame.call, pending, frame })
    if (frame.kind === frameKind.end && this.#policy.kind === 'forking') {
      member.calls.delete(frame.call)
      const { errorType, message } = describeEnd(readEnd(frame))
      pending.fail(errorType, message)
      this.#rest(member)
      return this.#dispatch()
    }
    // After its answer a call has nothing to ask.
    const isAnswered = pending.done || member.heard === frame.call
    if (frame.kind === frameKind.ask && !isAnswered && pending.question(frame.body)) return
    this.#misspoke(member, pending)
  }

  /** A call sent what it may not. A forked one answers for itself: its neighbours go on. */
  #misspoke(member: Member, pending: PendingCall): void {
    if (this.#policy.kind !== 'forking') return this.#violated(member)
    void this.#stop(pending, { errorType: 'bad_output', message: protocolBroken })
  }

  #checkReady(member: Member): void {
    if (member.ready || member.retired) return
    this.#failWaiting(`it was not ready within ${this.#policy.readyWithinMs / 1000} s`)
    void this.#discard(member)
  }

  /** What a worker says cannot be trusted any more. */
  #violated(member: Member): void {
    void this.#end(member, { errorType: 'bad_output', message: protocolBroken })
  }

  #finished(
    member: Member,
    done: { readonly number: number; readonly pending: PendingCall; readonly frame: Frame },
  ): void {
    if (this.#policy.kind !== 'forking') {
      if (member.heard === done.number) return this.#violated(member) // a second answer, on the heels of the first
      member.heard = done.number
      done.pending.closeAsks()
      // What a subprocess wrote before comes through a pipe of its own: it is there, and is read in this turn.
      setImmediate(() => member.calls.get(done.number) === done.pending && this.#complete(member, done))
      return
    }
    done.pending.answer(done.frame)
    // A forked call keeps its place until its process has ended: the number of processes stays bounded.
    setTimeout(() => void (member.calls.has(done.number) && this.#discard(member)), REAP_GRACE_MS).unref()
  }

  #complete(
    member: Member,
    done: { readonly number: number; readonly pending: PendingCall; readonly frame: Frame },
  ): void {
    done.pending.answer(done.frame)
    member.calls.delete(done.number)
    if (member.retired) void this.#discard(member)
    else this.#rest(member)
    this.#dispatch()
  }

  #output(member: Member, bytes: Buffer): void {
    if (member.calls.size === 0) this.#strayed(member, bytes)
    for (const pending of member.calls.values()) this.#printed(pending, bytes)
  }

  /** Printed by something a call left behind: nobody's log, and no way to keep us busy. */
  #strayed(member: Member, bytes: Buffer): void {
    member.strayBytes += Math.max(1, bytes.length)
    if (member.strayBytes > MAX_STRAY_BYTES) this.#violated(member)
  }

  #printed(pending: PendingCall, bytes: Buffer): void {
    if (!pending.done && !pending.addLog(bytes)) {
      void this.#stop(pending, {
        errorType: 'output_too_large',
        message: `the block printed more than ${pending.limits.logBytes} bytes`,
      })
    }
  }

  /** Kills what a call runs in, then settles it: when the caller hears of it, the block is gone. */
  async #stop(pending: PendingCall, verdict: Verdict): Promise<void> {
    if (pending.done) return
    pending.condemn(verdict)
    const waiting = this.#waiting.indexOf(pending)
    if (waiting >= 0) this.#waiting.splice(waiting, 1)
    const member = [...this.#members].find((one) => [...one.calls.values()].includes(pending))
    if (member) await this.#killCall(member, pending)
    pending.fail(verdict.errorType, verdict.message)
    this.#dispatch()
  }

  async #killCall(member: Member, pending: PendingCall): Promise<void> {
    if (this.#policy.kind === 'forking') {
      const number = [...member.calls].find(([, one]) => one === pending)?.[0] ?? 0
      member.worker.send({ kind: frameKind.kill, call: number, body: Buffer.alloc(0) })
      await Promise.race([pending.settled, delay(KILL_GRACE_MS)])
      if (pending.done) return
    }
    // The only process of the call, or a fork server that does not answer and takes its other calls with it.
    await this.#end(member, { errorType: 'cancelled', message: 'another call of this pack could not be ended alone' })
  }

  #rest(member: Member): void {
    clearTimeout(member.idleTimer)
    if (member.calls.size > 0) return
    if (member.retired) return void this.#discard(member)
    member.idleTimer = setTimeout(() => void this.#discard(member), this.#idleMs)
    member.idleTimer.unref()
  }

  #ended(member: Member, reason: string): void {
    this.#members.delete(member)
    clearTimeout(member.idleTimer)
    const signal = reason.startsWith('SIG') ? 9 : undefined
    const status = Number(/^exit (\d+)/.exec(reason)?.[1] ?? 0)
    const code = status > 128 ? { signal: status - 128 } : { code: status }
    const end = describeEnd({ ...(signal === undefined ? code : { signal }), tail: reason })
    for (const pending of member.calls.values()) pending.fail(end.errorType, end.message)
    member.calls.clear()
    if (!member.ready && !member.retired) this.#failWaiting(reason)
    else if (!this.#closed && this.#waiting.length > 0) this.#dispatch()
  }

  #failWaiting(reason: string): void {
    for (const pending of this.#waiting.splice(0))
      pending.fail('sandbox_unavailable', `the sandbox did not start: ${reason}`)
  }

  /** Ends a worker for a reason that its calls, if it has any, are to hear. */
  async #end(member: Member, verdict: Verdict): Promise<void> {
    const calls = [...member.calls.values()]
    for (const pending of calls) pending.condemn(verdict)
    await this.#discard(member)
    // An answer that came meanwhile was not heard, but it took its call off the worker's list.
    for (const pending of calls) pending.fail(verdict.errorType, verdict.message)
  }

  async #discard(member: Member): Promise<void> {
    member.retired = true
    clearTimeout(member.idleTimer)
    await member.worker.kill()
    this.#members.delete(member)
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
