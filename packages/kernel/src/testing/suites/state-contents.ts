import { expect, it } from 'vitest'
import { sha256Hex } from '../../base/index.ts'
import type { StateStore } from '../../state/index.ts'

/** What every `StateStore` promises about bytes and about the latest entries of the ledger. */
export function promiseContents(openStore: () => Promise<StateStore>): void {
  promiseBlobs(openStore)
  promiseLatest(openStore)
}

function promiseBlobs(openStore: () => Promise<StateStore>): void {
  it('keeps bytes under their digest, and only those of a write that happened', async () => {
    const store = await openStore()
    const bytes = new Uint8Array([0, 255, 10])
    const hash = await store.write((state) => [state.putBlob(bytes), state.putBlob(new Uint8Array(bytes))])
    expect(hash).toEqual([sha256Hex(bytes), sha256Hex(bytes)])
    await expect(
      store.write((state) => {
        state.putBlob(new Uint8Array([1]))
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    const seen = store.read(({ blobs }) => [
      blobs.has(sha256Hex(bytes)),
      blobs.find(sha256Hex(bytes)),
      blobs.has(sha256Hex(new Uint8Array([1]))),
      blobs.find(sha256Hex(new Uint8Array([1]))),
    ])
    expect(seen).toEqual([true, new Uint8Array([0, 255, 10]), false, undefined])
  })
}

function promiseLatest(openStore: () => Promise<StateStore>): void {
  it('lists the latest entries of some kinds', async () => {
    const store = await openStore()
    const kinds = ['pack.scan', 'run.start', 'pack.scan', 'run.end', 'pack.scan', 'run.start']
    await store.write((state) => {
      for (const kind of kinds) state.append({ kind, actor: 'operator', subject: 'x', data: {} })
    })
    const latest = (wanted: readonly string[], page: { readonly limit: number; readonly before?: number }) =>
      store.read(({ ledger }) => ledger.latest(wanted, page).map(({ seq }) => seq))
    expect(latest(['pack.scan'], { limit: 10 })).toEqual([4, 2, 0])
    expect(latest(['pack.scan', 'run.end'], { limit: 3 })).toEqual([4, 3, 2])
    expect(latest(['pack.scan', 'run.start'], { limit: 2, before: 4 })).toEqual([2, 1])
    expect([latest([], { limit: 5 }), latest(['pack.remove'], { limit: 5 })]).toEqual([[], []])
  })
}
