import type { JsonValue } from '@rumi/kernel/base'
import { frameKind, type Frame } from '../channel/index.ts'
import type { Worker, WorkerEvents } from './worker.ts'

/** A worker that does what the test says, and remembers what it was told. */
export class ScriptedWorker implements Worker {
  readonly sent: Frame[] = []
  readonly ended: Promise<void>
  readonly #events: WorkerEvents
  readonly #end: () => void
  /** Left alone until the test lets go, to see what happens before it is gone. */
  holdsOn = false
  /** Whether what it is sent leaves our memory at once. */
  readsAll = true
  kills = 0
  dead = false

  constructor(events: WorkerEvents) {
    this.#events = events
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#end = resolve
  }

  send(frame: Frame, onSent?: () => void): void {
    this.sent.push(frame)
    if (this.readsAll) onSent?.()
  }

  async kill(): Promise<void> {
    this.kills += 1
    if (!this.holdsOn) this.exit('SIGKILL')
    await this.ended
  }

  pid(): number {
    return 1
  }

  exit(reason: string): void {
    if (this.dead) return
    this.dead = true
    this.#events.onExit(reason)
    this.#end()
  }

  says(kind: number, call = 0, body = ''): void {
    this.#events.onFrame({ kind, call, body: Buffer.from(body) })
  }

  answers(call: number, value: JsonValue): void {
    this.says(frameKind.result, call, JSON.stringify({ ok: true, value }))
  }

  prints(text: string): void {
    this.#events.onOutput(Buffer.from(text))
  }

  violates(): void {
    this.#events.onViolation()
  }

  /** The numbers of the calls it was sent. */
  get calls(): readonly number[] {
    return this.sent.filter((frame) => frame.kind === frameKind.call).map((frame) => frame.call)
  }
}
