/**
 * Runs block calls inside the sandbox: import the file, call `run`, answer once. The kernel trusts nothing that comes
 * from here: this process belongs to the pack as soon as its code is imported.
 */
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { Socket } from 'node:net'
import { pathToFileURL } from 'node:url'
import { frameSplitter, Kind, packFrame } from './frames.mjs'
import { checkNetwork, http } from './http.mjs'
import { beginAsking, finishAsking, hearAnswer } from './question.mjs'

const CHANNEL_FD = 4
const LIMIT_HEADER_BYTES = 24
const WARM_UP_AFTER_MS = 20
const packRoot = process.env.RUMI_PACK_ROOT ?? '/pack'
const sdkUrl = new URL('index.mjs', import.meta.url).href
const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true })

const notJson = 'the block returned something that is not JSON'

/** The call being served: printed text belongs to it. */
let current = 0

class Refused extends Error {
  /** @param {string} errorType @param {string} message */
  constructor(errorType, message) {
    super(message)
    this.errorType = errorType
  }
}

const splitter = frameSplitter((kind, call, body) => {
  if (kind === Kind.call) void serveCall(call, body.subarray(LIMIT_HEADER_BYTES).toString('utf8'))
  if (kind === Kind.answer && call === current) hearAnswer(body) // otherwise it is for a call that is over
})
// Whatever a pack has below its own node_modules: this name is the host's.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@rumi/pack-sdk' ? { url: sdkUrl, format: 'module', shortCircuit: true } : next(specifier, context),
})
channel.on('data', splitter)
channel.on('end', () => process.exit(0))
channel.on('error', () => process.exit(0))
captureOutput()
send(packFrame(Kind.ready, 0))
// Loads the type stripper while nobody waits. A call that comes at once loads it itself, if it is of TypeScript.
setTimeout(() => current === 0 && stripTypeScriptTypes('const ready: number = 1'), WARM_UP_AFTER_MS)

async function serveCall(call, text) {
  current = call
  beginAsking((question) => send(packFrame(Kind.ask, call, question)))
  let answer
  try {
    const request = JSON.parse(text)
    answer = encode(await runBlock(request), request.limits.answerBytes)
  } catch (error) {
    answer = describe(error)
  }
  finishAsking() // a question after the answer would be a violation
  send(packFrame(Kind.result, call, answer))
}

/**
 * Returns when it is written: a block that prints without ever yielding must reach the reader, and its limit, all the
 * same. Reading must not block: a chunk that fills the buffer exactly would make Node wait for another one.
 */
function send(frame, onSent) {
  channel._handle?.setBlocking?.(true)
  channel.write(frame, onSent)
  channel._handle?.setBlocking?.(false)
}

async function runBlock(request) {
  const url = pathToFileURL(`${packRoot}/${request.file}`).href
  let block
  try {
    block = await import(url)
  } catch (error) {
    if (error?.code === 'ERR_MODULE_NOT_FOUND' && error.url === url) {
      throw new Refused('block_missing', `the pack has no file ${request.file}`)
    }
    throw error
  }
  const { function: name, style } = request.entry ?? { function: 'run', style: 'block' }
  const called = block[name] ?? block.default?.[name]
  if (typeof called !== 'function') {
    const form = name === 'run' ? 'run(input, context)' : name
    throw new Refused('block_missing', `${request.file} exports no function ${form}`)
  }
  const context = {
    ...request.context,
    inputs: request.input,
    network_check: checkNetwork,
    http_request: http.request,
  }
  if (style === 'handler') return called.length >= 2 ? called(context, request.input) : called(request.input)
  return called(request.input, context)
}

/** Sends what the block prints as frames, in order with the answer and never mixed with it. */
function captureOutput() {
  for (const [stream, kind] of [
    [process.stdout, Kind.stdout],
    [process.stderr, Kind.stderr],
  ]) {
    stream.write = (chunk, encoding, callback) => {
      const data =
        typeof chunk === 'string' ? Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8') : chunk
      for (let at = 0; at < data.length; at += 65_536) send(packFrame(kind, current, data.subarray(at, at + 65_536)))
      const done = typeof encoding === 'function' ? encoding : callback
      if (done) queueMicrotask(() => done())
      return channel.writableLength < 1 << 20
    }
  }
}

function encode(value, limit) {
  const text = toJson({ ok: true, value: value === undefined ? null : value })
  const data = Buffer.from(text, 'utf8')
  if (data.length > limit) {
    throw new Refused('output_too_large', `the block returned ${data.length} bytes; the limit is ${limit}`)
  }
  return data
}

function toJson(answer) {
  try {
    return JSON.stringify(answer, (key, member) => {
      const isNumber = typeof member === 'number' && !Number.isFinite(member)
      if (isNumber) throw new Refused('bad_output', `${notJson}: ${member} at "${key}"`)
      if (typeof member === 'bigint' || typeof member === 'function' || typeof member === 'symbol') {
        throw new Refused('bad_output', `${notJson}: a ${typeof member} at "${key}"`)
      }
      return member
    })
  } catch (error) {
    if (error instanceof RangeError) throw new Refused('bad_output', `${notJson}: it is nested too deeply`)
    throw error
  }
}

function describe(error) {
  if (error instanceof Refused) return JSON.stringify({ ok: false, type: error.errorType, message: error.message })
  if (error instanceof TypeError && /circular structure/i.test(error.message)) {
    return JSON.stringify({ ok: false, type: 'bad_output', message: 'the block returned a circular structure' })
  }
  const name = error instanceof Error ? error.name : typeof error
  const message = error instanceof Error ? error.message : String(error)
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : ''
  if (stack) process.stderr.write(`${stack.replaceAll(pathToFileURL(packRoot).href + '/', '')}\n`)
  return JSON.stringify({
    ok: false,
    type: 'block_error',
    message: `${place(stack)}${name}: ${message}`.slice(0, 4000),
  })
}

/** `file:line ` of the innermost frame inside the pack, or of what is no TypeScript that can be run; or nothing. */
function place(stack) {
  // Node puts the place of such a syntax before everything else, as a path: no frame of the pack was ever run.
  const [first = ''] = stack.split('\n', 1)
  const unread = first.startsWith(`${packRoot}/`) ? /^(.+:\d+)$/.exec(first.slice(packRoot.length + 1)) : null
  if (unread && /^SyntaxError \[ERR_[A-Z]+_TYPESCRIPT_SYNTAX\]: /m.test(stack)) return `${unread[1]} `
  const root = pathToFileURL(packRoot).href
  const at = stack.indexOf(`${root}/`)
  if (at < 0) return ''
  const match = /^([^\s:)]+):(\d+)/.exec(stack.slice(at + root.length + 1))
  return match ? `${match[1]}:${match[2]} ` : ''
}

process.on('uncaughtException', (error) => {
  const answer = describe(error)
  finishAsking()
  send(packFrame(Kind.result, current, answer), () => process.exit(1))
})
