import { err, ok } from '@rumi/kernel/base'
import type { BlockResolver } from '@rumi/kernel/run'
import { blockExtensions, findBlockFile, findRuntime } from '@rumi/kernel/sandbox'
import type { PackLibrary } from './pack-library.ts'

const refusals = {
  unknown_pack: { errorType: 'not_approved', message: 'there is no such pack' },
  not_approved: { errorType: 'not_approved', message: 'the pack is not approved' },
  blocked: { errorType: 'denied', message: 'the pack was rejected' },
  modified: { errorType: 'modified', message: 'the pack was changed after its approval' },
} as const

/** Decides whether a block may run, from which approved tree, and how: approval first, then the file. */
export function createBlockResolver(packs: PackLibrary): BlockResolver {
  return async ({ packId, file, flowSource }) => {
    // A stranger's flow must not drive another pack's blocks with inputs of its choosing.
    if (flowSource.kind === 'pack' && flowSource.packId !== packId) {
      return err({
        errorType: 'denied',
        message: `a flow of the pack "${flowSource.packId}" may only run that pack's blocks; wire packs together in a shared flow`,
      })
    }
    const decision = await packs.decideRun(packId)
    if (!decision.allowed) {
      const { errorType, message } = refusals[decision.reason]
      return err({ errorType, message: `${message}: "${packId}"; see: rumi packs show ${packId}` })
    }
    const tree = await packs.openTree(decision.approvedHash)
    if (!tree.ok)
      return err({ errorType: 'denied', message: `the stored copy of "${packId}" is damaged: ${tree.error}` })
    const { treeHash, treePath, subdir, isolation, files } = tree.value
    const runtime = findRuntime(file)
    if (!runtime) {
      return err({
        errorType: 'block_missing',
        message: `"${file}" is no block: its name must end in ${blockExtensions.join(', ')}`,
      })
    }
    const path = findBlockFile(file, subdir, files)
    if (path === undefined)
      return err({ errorType: 'block_missing', message: `the pack "${packId}" has no file "${file}"` })
    const isCurrent = (): boolean => packs.isApproved(packId, treeHash)
    return ok({ treeHash, treePath, subdir, file: path, runtime, isolation, isCurrent })
  }
}
