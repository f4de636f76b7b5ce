import { parseStrictJson, type JsonValue } from '@rumi/kernel/base'
import type { AskHandler } from '@rumi/kernel/sandbox'
import { isWellFormed, mayHoldLoneSurrogate } from './well-formed.ts'

/** Questions of one call that may be open at the same time; one more is a violation. The SDKs stop at 16. */
export const maxOpenAsks = 32

const MIB = 1024 * 1024
const NUMBER_BYTES = 4
const maxQuestion = { maxBytes: 4 * MIB, maxDepth: 64 } as const
/** What the open questions of one call may hold together: what the SDKs can have open, and a little. */
const MAX_HELD_BYTES = 16 * (maxQuestion.maxBytes + NUMBER_BYTES) + MIB
/** A value of 4 MiB and its envelope, as JSON: base64 makes a third more of it, quotes at most the double. */
const MAX_ANSWER_BYTES = 8 * MIB + 64 * 1024
/** Questions that are answered at once; the others wait as they came. */
const MAX_RUNNING = 16
/** What is being answered at once, in bytes of JSON: read, it may take ten times the memory. One is always admitted. */
const MAX_RUNNING_BYTES = 8 * MIB

const failure = { success: false, error: 'Internal error', error_type: 'internal_error' } as const
/** Sent when there is no answer that could be: the handler broke its promise, or its answer fits in no frame. */
const internalError = Buffer.from(JSON.stringify({ ...failure, output: failure, latency_ms: 0 }), 'utf8')

/** Where the questions of a call go, and what happens to their answers. */
export interface AskDesk {
  readonly handler: AskHandler
  /** Sends the body of an answer frame; `onSent` when it has left our memory, or never will. */
  readonly send: (body: Buffer, onSent: () => void) => void
  /** What the block sent is no question; told at most once, and nothing is sent after it. */
  readonly violated: () => void
}

interface Question {
  readonly number: number
  readonly body: Buffer
  /** Bytes of JSON that it keeps in memory: its own, later its answer's. */
  weight: number
}

/**
 * The questions of one call: number (u32, big endian, not 0) and a JSON object each. The block chooses the numbers, and
 * could send questions without end: a number that is open, a question too many or too large is a violation.
 */
export class OpenAsks {
  readonly #desk: AskDesk
  readonly #end = new AbortController()
  readonly #open = new Set<number>()
  readonly #running = new Set<Question>()
  #waiting: Question[] = []
  #heldBytes = 0

  constructor(desk: AskDesk) {
    this.#desk = desk
  }

  /** Takes the body of an ask frame. */
  take(body: Buffer): void {
    if (this.#end.signal.aborted) return
    const number = body.length < NUMBER_BYTES ? 0 : body.readUInt32BE(0)
    const tooMany = this.#open.size >= maxOpenAsks || this.#heldBytes + body.length > MAX_HELD_BYTES
    if (number === 0 || this.#open.has(number) || tooMany) return this.#violate()
    this.#open.add(number)
    this.#heldBytes += body.length
    this.#waiting.push({ number, body, weight: body.length })
    this.#startWaiting()
  }

  /** The call has ended: handlers are told, and whatever they still answer goes nowhere. */
  close(): void {
    this.#waiting = []
    this.#end.abort()
  }

  #violate(): void {
    this.close()
    this.#desk.violated()
  }

  #startWaiting(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#mayStart(next); next = this.#waiting[0]) {
      this.#waiting.shift()
      const message = readQuestion(next.body.subarray(NUMBER_BYTES))
      if (message === undefined) return this.#violate()
      this.#running.add(next)
      void this.#answer(next, message)
    }
  }

  #mayStart(question: Question): boolean {
    if (this.#running.size >= MAX_RUNNING) return false
    const bytes = [...this.#running].reduce((sum, one) => sum + one.weight, question.weight)
    return this.#running.size === 0 || bytes <= MAX_RUNNING_BYTES
  }

  async #answer(question: Question, message: JsonValue): Promise<void> {
    const answer = await this.#ask(message)
    // A late answer: the call is over, and the next one may have the same numbers. (IPC-02)
    if (this.#end.signal.aborted) return
    question.weight = answer.length
    // The block may ask under this number again as soon as it reads the answer.
    this.#open.delete(question.number)
    this.#heldBytes -= question.body.length
    const head = Buffer.alloc(NUMBER_BYTES)
    head.writeUInt32BE(question.number)
    this.#desk.send(Buffer.concat([head, answer]), () => {
      this.#running.delete(question)
      this.#startWaiting()
    })
  }

  async #ask(message: JsonValue): Promise<Buffer> {
    try {
      const answer = Buffer.from(JSON.stringify(await this.#desk.handler(message, this.#end.signal)), 'utf8')
      return answer.length > MAX_ANSWER_BYTES ? internalError : answer
    } catch {
      return internalError // the handler promised not to reject: the block must not wait for its deadline all the same
    }
  }
}

/** Strict: a question is recorded and decided upon, and every reader must see the same in it. */
function readQuestion(json: Buffer): JsonValue | undefined {
  const parsed = parseStrictJson(json, maxQuestion)
  if (!parsed.ok) return undefined
  const isObject = typeof parsed.value === 'object' && parsed.value !== null && !Array.isArray(parsed.value)
  if (!isObject || (mayHoldLoneSurrogate(json) && !isWellFormed(parsed.value))) return undefined
  return parsed.value
}
