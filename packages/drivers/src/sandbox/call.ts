import { z } from 'zod'
import { parseStrictJson, type JsonValue } from '@rumi/kernel/base'
import type { AskHandler, BlockCall, BlockErrorType, BlockLimits, BlockOutcome, Posture } from '@rumi/kernel/sandbox'
import { frameKind, type Frame } from '../channel/index.ts'
import type { OpenAsks } from './asks.ts'
import { isWellFormed, mayHoldLoneSurrogate } from './well-formed.ts'

const answerSchema = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), value: z.unknown() }),
  z.strictObject({ ok: z.literal(false), type: z.string().max(64), message: z.string().max(8000) }),
])

/** What a sandbox may say about itself; everything else it says is the block's own error. */
const reportedTypes: readonly BlockErrorType[] = [
  'block_missing',
  'block_error',
  'bad_output',
  'output_too_large',
  'oom',
]

const MAX_ANSWER_DEPTH = 64

/** What a call is told when its worker sent something else than the protocol allows. */
export const protocolBroken = 'the block wrote to the channel of its sandbox, or sent more than one answer'

/** The body of a call frame: six limits as u32, then the request as JSON. */
export function encodeCall(call: BlockCall): Buffer {
  const { limits } = call
  const head = Buffer.alloc(24)
  const fields = [
    Math.floor(limits.memoryBytes / 1024),
    limits.pids,
    limits.cpuSeconds,
    limits.tmpBytes,
    limits.openFiles,
    limits.fileBytes,
  ]
  fields.forEach((field, index) => head.writeUInt32BE(field, index * 4))
  const request = {
    file: call.file,
    subdir: call.subdir,
    input: call.input,
    context: call.context,
    ...(call.entry === undefined ? {} : { entry: call.entry }),
    limits: { answerBytes: limits.answerBytes },
  }
  return Buffer.concat([head, Buffer.from(JSON.stringify(request), 'utf8')])
}

/** Why a call is being ended by us; `bad_output`: what came over the channel is not the protocol. */
export interface Verdict {
  readonly errorType: 'timeout' | 'cancelled' | 'output_too_large' | 'bad_output'
  readonly message: string
}

/** A call in progress: collects what is printed and settles exactly once. */
export class PendingCall {
  readonly settled: Promise<BlockOutcome>
  readonly limits: BlockLimits
  readonly body: Buffer
  /** Answers its questions; undefined: it may ask none. */
  readonly ask: AskHandler | undefined
  readonly #posture: Posture
  #started = false
  #asks: OpenAsks | undefined
  #resolve: (outcome: BlockOutcome) => void = () => undefined
  #log = Buffer.alloc(0)
  #logBytes = 0
  #printed = 0
  #done = false
  #verdict: Verdict | undefined

  constructor(
    call: BlockCall,
    posture: Posture,
    request: { readonly body: Buffer; readonly ask?: AskHandler | undefined },
  ) {
    this.limits = call.limits
    this.body = request.body
    this.ask = request.ask
    this.#posture = posture
    this.settled = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  get done(): boolean {
    return this.#done
  }

  /** It is being sent to a worker: from now on it may have run, and ask. */
  begin(asks?: OpenAsks): void {
    this.#started = true
    this.#asks = asks
  }

  /** Takes a question; false when there is nobody to ask. */
  question(body: Buffer): boolean {
    this.#asks?.take(body)
    return this.#asks !== undefined
  }

  /** It has said its last: what is still being found out for it is not needed any more. */
  closeAsks(): void {
    this.#asks?.close()
  }

  /** From now on nothing but this verdict can be the outcome: not a late answer, and not the sign of our own kill. */
  condemn(verdict: Verdict): void {
    this.#verdict ??= verdict
    this.closeAsks()
  }

  /** Takes what the block printed; false when it is more than it may print. */
  addLog(bytes: Buffer): boolean {
    const kept = bytes.subarray(0, this.limits.logBytes - this.#logBytes)
    if (this.#logBytes + kept.length > this.#log.length) {
      const size = Math.min(this.limits.logBytes, Math.max(4096, 2 * (this.#logBytes + kept.length)))
      this.#log = Buffer.concat([this.#log.subarray(0, this.#logBytes)], size)
    }
    kept.copy(this.#log, this.#logBytes)
    this.#logBytes += kept.length
    // Printing nothing counts as well: a block could print it a million times a second.
    this.#printed += Math.max(1, bytes.length)
    return this.#printed <= this.limits.logBytes
  }

  /** Reads the answer of the sandbox, which may be anything at all. */
  answer(frame: Frame): void {
    if (this.#verdict) return
    const parsed = parseStrictJson(frame.body, { maxBytes: this.limits.answerBytes + 64, maxDepth: MAX_ANSWER_DEPTH })
    if (!parsed.ok) return this.fail('bad_output', `the block's answer is not JSON: ${parsed.error.message}`)
    const answer = answerSchema.safeParse(parsed.value)
    if (!answer.success) return this.fail('bad_output', "the block's answer has an unknown shape")
    if (answer.data.ok) {
      if (mayHoldLoneSurrogate(frame.body) && !isWellFormed(parsed.value))
        return this.fail('bad_output', "the block's answer holds half of a character (a lone surrogate)")
      return this.#settle({ ok: true, value: valueOf(parsed.value), log: this.#text(), posture: this.#posture })
    }
    const { type, message } = answer.data
    return this.fail(reportedTypes.find((known) => known === type) ?? 'block_error', message)
  }

  /** Settles with a failure, unless the call has settled before. */
  fail(errorType: BlockErrorType, message: string): void {
    const said = this.#verdict ?? { errorType, message: message.toWellFormed() }
    const posture = this.#started ? this.#posture : 'rejected'
    this.#settle({ ok: false, ...said, log: this.#text(), posture })
  }

  #settle(outcome: BlockOutcome): void {
    if (this.#done) return
    this.#done = true
    this.closeAsks()
    this.#resolve(outcome)
  }

  #text(): string {
    return this.#log.toString('utf8', 0, this.#logBytes)
  }
}

/** Explains the end of a process that gave no answer. */
export function describeEnd(end: ProcessEnd & { readonly tail?: string }): {
  readonly errorType: BlockErrorType
  readonly message: string
} {
  if (end.violation !== undefined) return { errorType: 'bad_output', message: protocolBroken }
  if (end.fork !== undefined)
    return { errorType: 'busy', message: 'the sandbox could not start another process beside the calls in progress' }
  if (end.tail?.includes('heap out of memory') === true)
    return { errorType: 'oom', message: 'the block ran out of memory' }
  if (end.signal === 9) return { errorType: 'oom', message: 'the block was killed: most likely it ran out of memory' }
  if (end.signal === 24) return { errorType: 'timeout', message: 'the block used up its processor time' }
  if (end.setup !== undefined)
    return { errorType: 'internal', message: 'the sandbox of this call could not be set up; its log says why' }
  const how = end.signal === undefined ? `exit code ${end.code ?? 'unknown'}` : `signal ${end.signal}`
  return { errorType: 'bad_output', message: `the block ended without an answer (${how})` }
}

const endSchema = z.strictObject({
  signal: z.number().exactOptional(),
  code: z.number().exactOptional(),
  setup: z.number().exactOptional(),
  fork: z.number().exactOptional(),
  violation: z.number().exactOptional(),
})

/**
 * How a process ended: by a signal or with an exit code; `setup` is the exit code of one that ended before it was the
 * pack's, `fork` the errno with which one never began, and `violation` says that the fork server ended it for what it
 * sent.
 */
export type ProcessEnd = z.infer<typeof endSchema>

/** Reads the fork server's word on how a child ended. */
export function readEnd(frame: Frame): ProcessEnd {
  if (frame.kind !== frameKind.end) return {}
  const parsed = parseStrictJson(frame.body, { maxBytes: 200, maxDepth: 2 })
  const end = parsed.ok ? endSchema.safeParse(parsed.value) : undefined
  return end?.success === true ? end.data : {}
}

function valueOf(answer: JsonValue): JsonValue {
  return typeof answer === 'object' && answer !== null && 'value' in answer ? (answer.value ?? null) : null
}
