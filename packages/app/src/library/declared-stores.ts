import type { Clock, Problem } from '@rumi/kernel/base'
import { manifestFileName, parseManifest } from '@rumi/kernel/pack'
import type { StateReader, StateStore } from '@rumi/kernel/state'
import { defaultStoreQuota, storeCollection, storeShareCollection } from '@rumi/kernel/store'
import type { PackLibrary } from './pack-library.ts'
import type { ApprovalCandidate } from './pack-view.ts'

/**
 * Creates the stores that a pack declares in its `ecosystem.json` together with the approval of the pack, as its own. An
 * approval is refused when one of them is somebody else's: taking it would open that store's values to the pack.
 */
export function declareStores(packs: PackLibrary, state: StateStore, clock: Clock): void {
  packs.addApprovalCheck((candidate) => {
    const declared = listDeclared(packs, candidate)
    const taken = state.read((reader) => declared.find((storeId) => isTaken(reader, candidate, storeId)))
    return taken === undefined ? undefined : describeTaken(candidate, taken)
  })
  packs.addEffect({
    onApprove: (writer, candidate, actor) => {
      for (const storeId of listDeclared(packs, candidate)) {
        if (writer.documents.find(storeCollection, storeId) !== undefined) continue
        const rootPath = `user_data/stores/${storeId}`
        const owner = candidate.packId
        const store = { storeId, rootPath, createdAt: clock.now(), createdBy: actor, owner, ...defaultStoreQuota }
        writer.putDocument(storeCollection, storeId, store)
        writer.append({ kind: 'store.create', actor, subject: storeId, data: { root_path: rootPath, owner } })
      }
    },
    // Its values stay, but nobody's by name: another pack under the same id must not find them as its own. (OPS-04)
    onRemove: (writer, packId, actor) => {
      for (const { record } of writer.documents.list(storeCollection)) {
        if (record === 'unreadable' || record.owner !== packId) continue
        const { owner: _, ...orphan } = record
        writer.putDocument(storeCollection, record.storeId, orphan)
        writer.append({ kind: 'store.orphan', actor, subject: record.storeId, data: { owner: packId } })
      }
      for (const { id, record } of writer.documents.list(storeShareCollection)) {
        const isTheirs = record === 'unreadable' || record.provider === packId || record.consumer === packId
        if (isTheirs) writer.removeDocument(storeShareCollection, id)
      }
      return undefined
    },
  })
}

function listDeclared(packs: PackLibrary, { treeHash, packId }: ApprovalCandidate): readonly string[] {
  const bytes = packs.findFile(treeHash, manifestFileName)?.bytes
  return bytes === undefined ? [] : (parseManifest(bytes, { directoryName: packId }).manifest?.stores ?? [])
}

function isTaken(state: StateReader, { packId }: ApprovalCandidate, storeId: string): boolean {
  const store = state.documents.find(storeCollection, storeId)
  return store !== undefined && (store === 'unreadable' || store.owner !== packId)
}

function describeTaken({ packId }: ApprovalCandidate, storeId: string): Problem {
  return {
    code: 'store.taken',
    status: 409,
    message: `The pack "${packId}" declares the store "${storeId}", which is somebody else's already, or was kept when a pack was removed.`,
    hint: 'rumi stores list',
  }
}
