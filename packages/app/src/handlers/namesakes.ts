import type { PackId, Problem } from '@rumi/kernel/base'
import { findCandidateKey } from '@rumi/kernel/capability'
import type { PackLibrary } from '../library/index.ts'
import { findHandlerPrincipal } from './handler-folder.ts'

function findPrincipal(key: string): PackId | undefined {
  const named = findCandidateKey(key)
  const principal = named && findHandlerPrincipal(named.packId, named.slug)
  return principal?.ok === true ? principal.value : undefined
}

/**
 * `<pack>__<slug>` is a pack id as well. A pack of that name would be given what the handler was granted.
 *
 * @param installed - Keys of handlers that are installed.
 */
export function refuseNamesakePack(packId: PackId, installed: readonly string[]): Problem | undefined {
  const holder = installed.find((key) => findPrincipal(key) === packId)
  if (holder === undefined) return undefined
  const message = `The name "${packId}" is the principal of an installed handler, whose grants the pack would have.`
  return {
    code: 'pack.name_taken',
    status: 409,
    message,
    hint: `Rename the pack, or: rumi capability remove ${holder}`,
  }
}

/** And a handler under the name of a pack would own that pack's stores, and use its grants. */
export function refuseNamesakeHandler(key: string, packs: PackLibrary): Problem | undefined {
  const principal = findPrincipal(key)
  if (principal === undefined || packs.find(principal) === undefined) return undefined
  const message = `The handler would act as "${principal}", and a pack is called so.`
  return { code: 'candidate.name_taken', status: 409, message, hint: `rumi packs show ${principal}` }
}
