/**
 * Questions of the block to the host, and their answers. A refusal is an answer; a block never gets an exception for one.
 */

/** Questions that are open at the same time; further ones wait. The kernel ends a call that opens more than 32. */
const MAX_OPEN = 16
/** A question as JSON, and its depth. The kernel ends a call that asks for more. */
const MAX_BYTES = 4 * 1024 * 1024
const MAX_DEPTH = 64
const NUMBER_BYTES = 4

/** What is open in the call that is being served; `send` is undefined between calls. */
const line = { send: undefined, last: 0, open: new Map(), waiting: [] }

/** A question that did not leave this process. `invalid`: because of what it holds. */
export class NotAsked extends Error {
  /** @param {boolean} invalid @param {string} message */
  constructor(invalid, message) {
    super(message)
    this.invalid = invalid
  }
}

/** @param {(question: Buffer) => void} send - Takes the body of an ask frame. */
export function beginAsking(send) {
  line.send = send
}

/** Whoever still waits for an answer is told that there will be none. */
export function finishAsking() {
  line.send = undefined
  for (const settle of [...line.open.values(), ...line.waiting]) settle(undefined)
  line.open.clear()
  line.waiting = []
}

/** @param {Buffer} body - Of an answer frame. */
export function hearAnswer(body) {
  const number = body.readUInt32BE(0)
  const settle = line.open.get(number)
  if (!settle) return
  line.open.delete(number)
  settle(body.subarray(NUMBER_BYTES))
  line.waiting.shift()?.()
}

/**
 * @param {object} message
 * @returns {Promise<any>} what the host answers; rejects with NotAsked alone.
 */
export async function ask(message) {
  const text = encode(message)
  const { send } = line
  while (line.send === send && line.send && line.open.size >= MAX_OPEN) {
    await new Promise((resolve) => line.waiting.push(resolve))
  }
  if (!send || line.send !== send) throw unanswered()
  line.last = (line.last % 0xffff_ffff) + 1
  const number = Buffer.alloc(NUMBER_BYTES)
  number.writeUInt32BE(line.last)
  const answered = new Promise((resolve) => line.open.set(line.last, resolve))
  send(Buffer.concat([number, text]))
  const answer = await answered
  if (!answer) throw unanswered()
  return JSON.parse(answer.toString('utf8'))
}

const unanswered = () => new NotAsked(false, 'only a block can ask, and only until it has answered')

function encode(message) {
  let text
  try {
    text = JSON.stringify(message, refuseOther)
  } catch (error) {
    throw new NotAsked(true, `this is not JSON: ${error instanceof Error ? error.message : error}`)
  }
  if (depthOf(text) > MAX_DEPTH) throw new NotAsked(true, 'this is nested too deeply')
  const data = Buffer.from(text, 'utf8')
  if (data.length > MAX_BYTES) {
    throw new NotAsked(true, `this takes ${data.length} bytes as JSON; the limit is ${MAX_BYTES}`)
  }
  return data
}

/** What JSON.stringify would leave out or write as something else. `undefined` members are left out, as usual. */
function refuseOther(key, member) {
  const isOther = ['bigint', 'function', 'symbol'].includes(typeof member)
  if (isOther || (typeof member === 'number' && !Number.isFinite(member))) {
    throw new TypeError(`${isOther ? `a ${typeof member}` : member} at "${key}"`)
  }
  if (!key.isWellFormed() || (typeof member === 'string' && !member.isWellFormed())) {
    throw new TypeError(`half of a character at "${key.toWellFormed()}"`)
  }
  return member
}

function depthOf(text) {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at)
    if (char === 0x22) {
      for (at += 1; text.charCodeAt(at) !== 0x22; at += 1) if (text.charCodeAt(at) === 0x5c) at += 1
    } else if (char === 0x7b || char === 0x5b) deepest = Math.max(deepest, (depth += 1))
    else if (char === 0x7d || char === 0x5d) depth -= 1
  }
  return deepest
}
