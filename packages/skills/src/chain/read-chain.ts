import { isJsonObject, parseStrictJson, type JsonLimits, type JsonProblem, type JsonValue } from '@rumi/kernel/base'
import { splitJsonArray } from './array-elements.ts'
import type { ChainBlock } from './block.ts'
import type { ChainFault, ChainFaultCode } from './fault.ts'
import { checkBlock, MAX_FAULTS } from './verify-chain.ts'

/**
 * What a chain's file or table turned out to be. Only `readable` has blocks, all of them whole and linked. `empty`: it
 * is there and has no block. `unreadable`: it cannot be taken apart into values. `corrupt`: it can, and is no chain.
 * None of the three is "there is no chain": who takes a damaged history for none will write a new one over it.
 */
export type ChainReading =
  | { readonly state: 'readable'; readonly blocks: readonly ChainBlock[] }
  | { readonly state: 'empty' | 'unreadable' | 'corrupt'; readonly faults: readonly ChainFault[] }

/** Bounds of what is read. */
export const chainLimits = {
  /** Largest file, in bytes: 1,000,000 blocks with some 140 bytes of data each. */
  fileBytes: 500_000_000,
  /** Largest block in the file, in bytes. */
  blockBytes: 16_777_216,
} as const

/**
 * Reads the text of a chain's file and checks all of it: UTF-8, a JSON array, every value a block and nothing else, and
 * what `verifyChain` checks. Lists at most 100 faults.
 */
export function readChainText(bytes: Uint8Array): ChainReading {
  if (bytes.length === 0) return failed('unreadable', 'chain.empty', 'the file has no bytes')
  if (bytes.length > chainLimits.fileBytes) {
    return failed('unreadable', 'chain.too_large', `larger than ${chainLimits.fileBytes} bytes`)
  }
  const collected = collectBlocks()
  const elements = splitJsonArray(bytes)
  for (;;) {
    const next = elements.next()
    if (next.done) {
      return next.value === undefined ? collected.finish() : failed('unreadable', 'chain.syntax', next.value)
    }
    // A byte order mark between blocks is no JSON, but a decoder would swallow it.
    if (next.value[0] === BYTE_ORDER_MARK) return failed('unreadable', 'chain.syntax', 'not JSON')
    const parsed = parseStrictJson(next.value, blockLimits)
    if (parsed.ok) {
      if (!collected.add(parsed.value)) return collected.finish()
    } else {
      const { state, code, message } = jsonProblems[parsed.error.kind]
      return { state, faults: [...collected.faults(), { index: collected.position(), code, message }] }
    }
  }
}

/** Checks values from elsewhere than a file, for example rows of a database, as `readChainText` checks a file's. */
export function readChainValues(values: Iterable<JsonValue>): ChainReading {
  const collected = collectBlocks()
  for (const value of values) if (!collected.add(value)) break
  return collected.finish()
}

/** A block is an object with a list in it. */
const blockLimits: JsonLimits = { maxBytes: chainLimits.blockBytes, maxDepth: 2 }

/** First byte of a byte order mark; it begins no JSON. */
const BYTE_ORDER_MARK = 0xef

function failed(state: 'empty' | 'unreadable', code: ChainFaultCode, message: string): ChainReading {
  return { state, faults: [{ index: undefined, code, message }] }
}

/** A text that other readers take for JSON, each in its own way, is no chain; anything else cannot be read at all. */
const jsonProblems = {
  'too-large': {
    state: 'unreadable',
    code: 'chain.too_large',
    message: `a block is larger than ${chainLimits.blockBytes} bytes`,
  },
  'not-utf8': { state: 'unreadable', code: 'chain.encoding', message: 'not valid UTF-8' },
  syntax: { state: 'unreadable', code: 'chain.syntax', message: 'not JSON' },
  'duplicate-key': { state: 'corrupt', code: 'chain.shape', message: 'a member occurs twice' },
  'too-deep': { state: 'corrupt', code: 'chain.shape', message: 'nested deeper than a block' },
} as const satisfies Readonly<
  Record<JsonProblem['kind'], { state: ChainReading['state']; code: ChainFaultCode; message: string }>
>

/** Takes values one by one; `add` is false when so much is wrong that the rest is not worth reading. */
function collectBlocks(): {
  readonly add: (value: JsonValue) => boolean
  readonly position: () => number
  readonly faults: () => readonly ChainFault[]
  readonly finish: () => ChainReading
} {
  const blocks: ChainBlock[] = []
  const faults: ChainFault[] = []
  let position = 0
  let previousHash: string | undefined
  return {
    add(value) {
      const block = parseBlock(value)
      if (typeof block === 'string') {
        faults.push({ index: position, code: 'chain.shape', message: block })
        previousHash = undefined
      } else {
        const checked = checkBlock(block, position, previousHash)
        faults.push(...checked.faults)
        previousHash = checked.hash
        // After the first fault nothing is handed out, so nothing more is kept.
        if (faults.length === 0) blocks.push(block)
      }
      position += 1
      return faults.length < MAX_FAULTS
    },
    position: () => position,
    faults: () => faults,
    finish() {
      if (faults.length > 0) return { state: 'corrupt', faults: faults.slice(0, MAX_FAULTS) }
      return blocks.length > 0 ? { state: 'readable', blocks } : failed('empty', 'chain.empty', 'there is no block')
    },
  }
}

/** The block that a value is, or what is wrong with its shape. What its members say is checked elsewhere. */
function parseBlock(value: JsonValue): ChainBlock | string {
  if (!isJsonObject(value)) return 'not an object'
  const { index, timestamp, data, previous_hash, merkle_root, hash } = value
  if (Object.keys(value).length !== MEMBERS) return `has not exactly ${MEMBERS} members`
  if (typeof index !== 'number') return 'the index is not a number'
  if (typeof timestamp !== 'string') return 'the timestamp is not a text'
  if (typeof previous_hash !== 'string') return 'the previous hash is not a text'
  if (typeof merkle_root !== 'string') return 'the root is not a text'
  if (typeof hash !== 'string') return 'the hash is not a text'
  if (!Array.isArray(data) || !data.every((item) => typeof item === 'string')) return 'the data is not a list of texts'
  // Half of a surrogate pair has no bytes to hash; every system would put something else in its place.
  if (!data.every((item) => item.isWellFormed())) return 'a text of the data is not well-formed'
  // `-0` equals 0 and would not be printed alike.
  return { index: index + 0, timestamp, data, previous_hash, merkle_root, hash }
}

const MEMBERS = 6
