import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { appendBlocks } from './append-blocks.ts'
import { genesisBlock, hashBlock, type ChainBlock } from './block.ts'
import { merkleRoot } from './merkle.ts'
import { printChain } from './print-chain.ts'
import { chainLimits, readChainText, readChainValues, type ChainReading } from './read-chain.ts'
import { testChain, testChainBytes } from './test-chain.ts'

const chain = testChain()
const last = chain.length - 1
const text = printChain(chain)

const read = (source: string): ChainReading => readChainText(Buffer.from(source))
const readBlocks = (blocks: readonly object[]): ChainReading => read(JSON.stringify(blocks))

/** The faults as `code@index`, in order. */
const faultsOf = (reading: ChainReading): readonly string[] =>
  reading.state === 'readable' ? [] : reading.faults.map(({ code, index }) => `${code}@${index ?? 'file'}`)

const change = (at: number, members: object): readonly object[] =>
  chain.map((block, index) => (index === at ? { ...block, ...members } : block))

/** A block whose root and hash fit what it says. */
const reforge = (block: ChainBlock): ChainBlock => {
  const body = { ...block, merkle_root: merkleRoot(block.data) }
  return { ...body, hash: hashBlock(body) }
}

describe('a chain of the older system', () => {
  it('is readable', () => expect(readChainText(testChainBytes())).toEqual({ state: 'readable', blocks: chain }))

  it('is readable in any layout and order of members', () => {
    const turned = chain.map((block) => Object.fromEntries(Object.entries(block).reverse()))
    expect(read(` \r\n\t${JSON.stringify(turned)}\n`)).toEqual({ state: 'readable', blocks: chain })
  })

  it('is readable with another spelling of a number or a text, and is the same chain', () => {
    const spelled = text.replace('"index": 0', '"index": -0').replace('"Genesis', '"\\u0047enesis')
    expect(spelled).toHaveLength(text.length + 6)
    expect(read(spelled)).toEqual({ state: 'readable', blocks: chain })
  })

  it('is readable with nothing but its first block', () => {
    expect(readBlocks([genesisBlock()])).toEqual({ state: 'readable', blocks: [genesisBlock()] })
  })

  it('reads the same from values', () => {
    expect(readChainValues(JSON.parse(text))).toEqual({ state: 'readable', blocks: chain })
    expect(readChainValues([])).toMatchObject({ state: 'empty' })
  })
})

describe('what is tampered with', () => {
  const middle = chain[2]!
  const tail = chain[last]!
  const fakeGenesis = reforge({ ...genesisBlock(), data: ['Another Block'] })
  it.each<[string, readonly object[], readonly string[]]>([
    ['data in the middle', change(2, { data: ['x'] }), ['chain.merkle_root@2', 'chain.hash@2', 'chain.link@3']],
    [
      'data in the middle and its root',
      change(2, { data: ['x'], merkle_root: merkleRoot(['x']) }),
      ['chain.hash@2', 'chain.link@3'],
    ],
    ['data in the middle, root and hash', change(2, reforge({ ...middle, data: ['x'] })), ['chain.link@3']],
    [
      'the last data and its root',
      change(last, { data: ['x'], merkle_root: merkleRoot(['x']) }),
      [`chain.hash@${last}`],
    ],
    ['the last data', change(last, { data: ['x'] }), [`chain.merkle_root@${last}`, `chain.hash@${last}`]],
    ['the last time', change(last, { timestamp: '2026-02-25T12:00:00.000001Z' }), [`chain.hash@${last}`]],
    ['a stored hash, zeroed', change(2, { hash: '0'.repeat(64) }), ['chain.hash@2']],
    ['a stored hash, in capitals', change(2, { hash: middle.hash.toUpperCase() }), ['chain.hash@2']],
    ['the data of the first block', change(0, { data: ['x'] }), ['chain.genesis@0', 'chain.link@1']],
    ['the stored hash of the first block', change(0, { hash: '' }), ['chain.genesis@0']],
    ['a lone first block, forged', [fakeGenesis], ['chain.genesis@0']],
    ['a gap', chain.filter((_, index) => index !== last - 1), [`chain.index@${last - 1}`, `chain.link@${last - 1}`]],
    ['a first block that is missing', chain.slice(1, 2), ['chain.index@0', 'chain.genesis@0']],
    ['a block that is there twice', [...chain, tail], [`chain.index@${last + 1}`, `chain.link@${last + 1}`]],
    ['a link', change(last, reforge({ ...tail, previous_hash: chain[1]!.hash })), [`chain.link@${last}`]],
    [
      'a time with the last digit of the number',
      [...chain.slice(0, 1), reforge({ ...chain[1]!, timestamp: `0${chain[1]!.timestamp}` })],
      ['chain.timestamp@1'],
    ],
    ['a text that is a number', change(last, { data: [1] }), [`chain.shape@${last}`]],
    ['a text that is an object', change(last, { data: [{}] }), [`chain.shape@${last}`]],
    ['data that is a text', change(last, { data: 'x' }), [`chain.shape@${last}`]],
    ['a member too many', change(last, { nonce: 1 }), [`chain.shape@${last}`]],
    ['a member that is another', change(last, { hash: undefined, nonce: '' }), [`chain.shape@${last}`]],
    ['a number that is a text', change(last, { index: `${last}` }), [`chain.shape@${last}`]],
    ['a time that is a number', change(last, { timestamp: 0 }), [`chain.shape@${last}`]],
    ['a link that is null', change(last, { previous_hash: null }), [`chain.shape@${last}`]],
    ['a root that is null', change(last, { merkle_root: null }), [`chain.shape@${last}`]],
    ['half of a pair', change(last, { data: ['\ud83d'] }), [`chain.shape@${last}`]],
    ['a block that is a list', [...chain, []], [`chain.shape@${last + 1}`]],
    ['a block without shape, the next one unlinked', change(2, { data: null }), ['chain.shape@2']],
  ])('is corrupt: %s', (_name, blocks, faults) => {
    const reading = readBlocks(blocks)
    expect(reading.state).toBe('corrupt')
    expect(faultsOf(reading)).toEqual(faults)
    expect(faultsOf(readChainValues(JSON.parse(JSON.stringify(blocks))))).toEqual(faults)
  })

  it('is corrupt when a member occurs twice, whichever of them a reader would take', () => {
    expect(faultsOf(read(text.replace('"index": 1,', '"index": 1, "index": 1,')))).toEqual(['chain.shape@1'])
    expect(read(text.replace('"index": 1,', '"index": 1, "index": 1,')).state).toBe('corrupt')
  })

  it('lists at most 100 faults', () => {
    const reading = readBlocks(Array.from({ length: 1000 }, () => []))
    expect(faultsOf(reading)).toHaveLength(100)
  })
})

describe('what is no chain at all', () => {
  it.each<[string, string | Uint8Array, string, string]>([
    ['no bytes', '', 'unreadable', 'chain.empty@file'],
    ['an empty list', ' [ ] ', 'empty', 'chain.empty@file'],
    ['white space', ' \n', 'unreadable', 'chain.syntax@file'],
    ['rubbish', 'not a chain', 'unreadable', 'chain.syntax@file'],
    ['an object', '{}', 'unreadable', 'chain.syntax@file'],
    ['a file that was half written', text.slice(0, text.length / 2), 'unreadable', 'chain.syntax@file'],
    ['a file without its last character', text.slice(0, -1), 'unreadable', 'chain.syntax@file'],
    ['a file cut in a text', text.slice(0, text.indexOf('core_safety')), 'unreadable', 'chain.syntax@file'],
    ['a file with something behind it', `${text}]`, 'unreadable', 'chain.syntax@file'],
    ['an empty list with something behind it', '[],', 'unreadable', 'chain.syntax@file'],
    ['a comma too many', text.replace(/\n\]$/, ',]'), 'unreadable', `chain.syntax@${last + 1}`],
    ['brackets that do not match', '[{"index":[}]]', 'unreadable', 'chain.syntax@0'],
    ['a bracket too many', '[}]', 'unreadable', 'chain.syntax@file'],
    ['a word', '[nil]', 'unreadable', 'chain.syntax@0'],
    ['a byte order mark', `\ufeff${text}`, 'unreadable', 'chain.syntax@file'],
    ['a byte order mark before a block', `[\ufeff${text.slice(1)}`, 'unreadable', 'chain.syntax@file'],
    ['a text in another encoding', Buffer.from('[{"data":["caf\xe9"]}]', 'latin1'), 'unreadable', 'chain.encoding@0'],
    ['deep nesting', `[${'['.repeat(100_000)}${']'.repeat(100_000)}]`, 'corrupt', 'chain.shape@0'],
  ])('says so: %s', (_name, source, ...expected) => {
    const reading = readChainText(typeof source === 'string' ? Buffer.from(source) : source)
    expect([reading.state, ...faultsOf(reading)]).toEqual(expected)
  })

  it('refuses a block beyond its bound before it is parsed', () => {
    const reading = read(`["${'x'.repeat(chainLimits.blockBytes)}"]`)
    expect(reading.state).toBe('unreadable')
    expect(faultsOf(reading)).toEqual(['chain.too_large@0'])
  })

  it('refuses a file beyond its bound', () => {
    const reading = readChainText(new Uint8Array(chainLimits.fileBytes + 1))
    expect(reading.state).toBe('unreadable')
    expect(faultsOf(reading)).toEqual(['chain.too_large@file'])
  })
})

describe('a chain built here', () => {
  const digits = fc.integer({ min: 0, max: 999_999 }).map((micros) => String(micros).padStart(6, '0'))
  const item = fc.record({
    timestamp: fc
      .tuple(fc.date({ min: new Date(0), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true }), digits)
      .map(([date, micros]) => `${date.toISOString().slice(0, 20)}${micros}Z`),
    data: fc.array(fc.string({ unit: 'binary', maxLength: 12 }), { maxLength: 3 }),
  })
  const built = fc.array(item, { maxLength: 4 }).map((items) => appendBlocks([], items))

  it('reads back as it was', () => {
    fc.assert(
      fc.property(built, (blocks) => {
        expect(read(printChain(blocks))).toEqual({ state: 'readable', blocks })
      }),
    )
  })

  it('is not readable, or says the same, when one character of its file is another, is missing or was added', () => {
    const character = fc.oneof(
      fc.constantFrom(...'0123456789abcdef{}[]",:\\ \n-\u0000é'.split('')),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(built, fc.tuple(fc.nat(), fc.constantFrom(0, 1), character), (blocks, [place, removed, added]) => {
        const source = printChain(blocks)
        const at = place % source.length
        const reading = read(source.slice(0, at) + added + source.slice(at + removed))
        if (reading.state === 'readable') expect(reading.blocks).toEqual(blocks)
      }),
      { numRuns: 1000 },
    )
  })

  it('is not readable, or says the same, after any single change of a realistic file', () => {
    const source = printChain(chain.slice(0, 3))
    for (let at = 0; at < source.length; at += 1) {
      for (const added of ['', '0', 'a', ' ', '"']) {
        const reading = read(source.slice(0, at) + added + source.slice(at + 1))
        if (reading.state === 'readable') expect(reading.blocks).toEqual(chain.slice(0, 3))
      }
    }
  })
})
