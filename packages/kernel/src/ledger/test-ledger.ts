import { createPrivateKey } from 'node:crypto'
import { encodeEntry, sealEntry, type LedgerEntry } from './entry.ts'
import { signCheckpoint } from './checkpoint.ts'
import { formatExport } from './export.ts'
import { appendLeaf, hashLeaf, treeRoot, type ReadNode } from './merkle.ts'
import { createLedgerSigner, type LedgerSigner } from './signer.ts'

/** A tree in memory, for the tests of this folder. */
export interface TestTree {
  readonly leaves: readonly Uint8Array[]
  readonly readNode: ReadNode
  /** The root over the first leaves. */
  root(size: number): Uint8Array
}

/** Stores what `appendLeaf` returns for the leaf hashes; a node that is asked for too early is missing. */
export function createTestTree(leaves: readonly Uint8Array[]): TestTree {
  const nodes = new Map<string, Uint8Array>()
  const readNode: ReadNode = (level, index) => {
    const hash = nodes.get(`${level}/${index}`)
    if (hash === undefined) throw new Error(`node ${level}/${index} was never completed`)
    return hash
  }
  for (const [size, leaf] of leaves.entries()) {
    for (const node of appendLeaf({ size, leaf, readNode })) nodes.set(`${node.level}/${node.index}`, node.hash)
  }
  return { leaves, readNode, root: (size) => treeRoot(size, readNode) }
}

/** Leaf hashes that all differ. */
export function testLeaves(count: number, salt = ''): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, index) => hashLeaf(`leaf ${index}${salt}`))
}

/** An Ed25519 signer whose secret key is `seed` repeated. */
export function createTestSigner(seed = 1, name = 'example.com/ledger'): LedgerSigner {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)])
  return createLedgerSigner(name, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
}

/** Entries whose texts mention the salt. */
export function testEntries(count: number, salt = ''): readonly LedgerEntry[] {
  return Array.from({ length: count }, (_, seq) =>
    sealEntry({
      entry: {
        kind: 'pack.approve',
        actor: 'operator',
        subject: `pack-${seq}`,
        data: { note: `n${salt}`, x: seq * 7 },
      },
      seq,
      at: 1_700_000_000_000 + seq,
    }),
  )
}

/** The tree over entries. */
export function treeOfEntries(entries: readonly LedgerEntry[]): TestTree {
  return createTestTree(entries.map((entry) => hashLeaf(encodeEntry(entry))))
}

/** The signed note over entries. */
export function noteOfEntries(entries: readonly LedgerEntry[], signer = createTestSigner()): string {
  const root = treeOfEntries(entries).root(entries.length)
  return signCheckpoint({ checkpoint: { origin: signer.name, size: entries.length, root }, signer })
}

/** The lines of an export of entries, made by the owner of the key. */
export function exportOfEntries(entries: readonly LedgerEntry[], signer = createTestSigner()): readonly string[] {
  const { readNode } = treeOfEntries(entries)
  const checkpoint = noteOfEntries(entries, signer)
  return [...formatExport({ origin: signer.name, size: entries.length, entries, readNode, checkpoint })]
}
