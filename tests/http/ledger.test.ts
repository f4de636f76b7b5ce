import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashLeaf, parseVerifierKey, verifyCheckpoint, verifyConsistency, verifyInclusion } from '@rumi/kernel/ledger'
import { packFiles, startTestSystem, type TestSystem } from './system.ts'

let rumi: TestSystem
beforeAll(async () => {
  rumi = await startTestSystem({ files: packFiles('some', { 'blocks/a.py': '' }) })
})
afterAll(async () => rumi.close())

/** The signed head, believed by the public key alone. */
async function readHead(): Promise<{ readonly size: number; readonly root: Uint8Array }> {
  const { checkpoint, verifier_key: text } = (await rumi.ask('GET', '/api/ledger/head')).body.data
  const key = parseVerifierKey(text)
  const head = key.ok ? verifyCheckpoint(checkpoint, key.value) : undefined
  if (head?.ok !== true) throw new Error('the head is not to be believed')
  return head.value
}

const decode = (hashes: readonly string[]): readonly Uint8Array[] => hashes.map((hash) => Buffer.from(hash, 'base64'))

describe('somebody who keeps only a checkpoint', () => {
  it('has each entry proven to be in the ledger, and no other text', async () => {
    for (const action of ['scan', 'some/approve', 'some/reject']) await rumi.ask('POST', `/api/packs/${action}`)
    const { size, root } = await readHead()
    expect(size).toBeGreaterThan(3)
    for (let index = 0; index < size; index += 1) {
      const { data } = (await rumi.ask('GET', `/api/ledger/proof?seq=${index}&size=${size}`)).body
      expect(JSON.parse(data.entry)).toMatchObject({ seq: index })
      const claim = { leaf: hashLeaf(data.entry), index, size, root, proof: decode(data.proof) }
      expect(verifyInclusion(claim)).toBe(true)
      expect(verifyInclusion({ ...claim, leaf: hashLeaf(data.entry.replace('some', 'none') + ' ') })).toBe(false)
    }
  })

  it('has it proven that the ledger only grew since', async () => {
    const before = await readHead()
    await rumi.ask('POST', '/api/packs/some/approve')
    await rumi.ask('DELETE', '/api/packs/some')
    const after = await readHead()
    expect(after.size).toBe(before.size + 2)
    const { data } = (await rumi.ask('GET', `/api/ledger/proof?from=${before.size}&size=${after.size}`)).body
    const claim = {
      from: before.size,
      to: after.size,
      fromRoot: before.root,
      toRoot: after.root,
      proof: decode(data.proof),
    }
    expect(verifyConsistency(claim)).toBe(true)
    expect(verifyConsistency({ ...claim, fromRoot: after.root })).toBe(false)
  })
})
