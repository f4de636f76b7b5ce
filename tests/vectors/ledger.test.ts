import { createPrivateKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  appendLeaf,
  consistencyProof,
  createExportVerifier,
  createLedgerSigner,
  encodeEntry,
  formatExport,
  formatVerifierKey,
  hashLeaf,
  inclusionProof,
  ledgerEntrySchema,
  parseVerifierKey,
  signCheckpoint,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '@rumi/kernel/ledger'
import vectors from '../../vectors/ledger.json' with { type: 'json' }

/** The documented way to hold an Ed25519 seed in PKCS #8. (RFC 8410 §7) */
const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes(vectors.key.seed)]),
  format: 'der',
  type: 'pkcs8',
})
const signer = createLedgerSigner(vectors.key.name, privateKey)

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex')
}

function storeTree(leaves: readonly Uint8Array[]) {
  const nodes = new Map<string, Uint8Array>()
  const readNode = (level: number, index: number) => nodes.get(`${level}/${index}`)!
  for (const [size, leaf] of leaves.entries()) {
    for (const node of appendLeaf({ size, leaf, readNode })) nodes.set(`${node.level}/${node.index}`, node.hash)
  }
  return readNode
}

describe('vectors/ledger.json', () => {
  const { tree } = vectors
  const leaves = tree.leaves.map((leaf) => hashLeaf(bytes(leaf)))
  const readNode = storeTree(leaves)

  it('has the leaf hashes and the roots', () => {
    expect(leaves).toEqual(tree.leafHashes.map(bytes))
    expect(tree.roots.map((_, size) => treeRoot(size, readNode))).toEqual(tree.roots.map(bytes))
  })

  it.each(tree.inclusion)('has the inclusion proof of leaf $index of $size', ({ index, size, proof }) => {
    expect(inclusionProof({ index, size, readNode })).toEqual(proof.map(bytes))
    const claim = { leaf: leaves[index]!, index, size, root: bytes(tree.roots[size]!) }
    expect(verifyInclusion({ ...claim, proof: proof.map(bytes) })).toBe(true)
  })

  it.each(tree.consistency)('has the consistency proof from $from to $to', ({ from, to, proof }) => {
    expect(consistencyProof({ from, to, readNode })).toEqual(proof.map(bytes))
    const claim = { from, to, fromRoot: bytes(tree.roots[from]!), toRoot: bytes(tree.roots[to]!) }
    expect(verifyConsistency({ ...claim, proof: proof.map(bytes) })).toBe(true)
  })

  it('has the key', () => {
    expect(signer.publicKey).toEqual(bytes(vectors.key.publicKey))
    expect(formatVerifierKey(signer)).toBe(vectors.key.verifierKey)
  })

  const entries = vectors.entries.map(({ line }) => ledgerEntrySchema.parse(JSON.parse(line)))
  const readEntryNode = storeTree(vectors.entries.map(({ leaf }) => bytes(leaf)))

  it('has the lines and leaf hashes of entries', () => {
    const made = entries.map((entry) => encodeEntry(entry)).map((line) => ({ line, leaf: hashLeaf(line) }))
    expect(made).toEqual(vectors.entries.map(({ line, leaf }) => ({ line, leaf: bytes(leaf) })))
  })

  it.each(vectors.checkpoints)('has the checkpoint of $size entries', ({ size, root, note }) => {
    expect(treeRoot(size, readEntryNode)).toEqual(bytes(root))
    expect(signCheckpoint({ checkpoint: { origin: signer.name, size, root: bytes(root) }, signer })).toBe(note)
  })

  it('has an export that is written and believed', () => {
    const checkpoint = vectors.checkpoints[3]!.note
    const source = { origin: signer.name, size: 3, entries, readNode: readEntryNode, checkpoint }
    expect([...formatExport(source)]).toEqual(vectors.export)
    const key = parseVerifierKey(vectors.key.verifierKey)
    if (!key.ok) throw new Error(key.error.kind)
    for (const { note } of vectors.checkpoints) {
      const verifier = createExportVerifier(key.value, { trusted: note })
      for (const line of vectors.export) verifier.line(line)
      expect(verifier.finish()).toEqual({ ok: true, size: 3, root: vectors.checkpoints[3]!.root, problems: [] })
    }
  })
})
