import { err, ok, packIdSchema, type PackId, type Result } from '../base/index.ts'

/**
 * Why a directory name is no pack id: `malformed` – not 1–64 of `[a-zA-Z0-9_-]`; `reserved` – could be mistaken for
 * a part of the system or a device; `collision` – differs only by case from `winner`, which sorts before it.
 */
export type PackIdRefusal =
  | { readonly kind: 'malformed' }
  | { readonly kind: 'reserved' }
  | { readonly kind: 'collision'; readonly winner: string }

const reservedNames: ReadonlySet<string> = new Set(['kernel', 'system', 'rumi', 'kairos'])

/**
 * Tells whether a name, in any case, is kept for the system: `core_…`, `kernel`, `system`, `rumi`, `kairos` and what
 * is below it, and Windows device names. No name ever exempts a pack from approval, so a reserved one is refused rather than trusted.
 */
export function isReservedPackId(name: string): boolean {
  const folded = name.toLowerCase()
  return (
    folded.startsWith('core_') || folded.startsWith('kairos__') || reservedNames.has(folded) || isDeviceName(folded)
  )
}

/**
 * Tells whether Windows opens a device for this file name, whatever its extension or case: `con`, `NUL.txt`,
 * `com1`, also with the superscript digits (Windows file naming rules).
 */
export function isDeviceName(name: string): boolean {
  return /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?:\.|$)/i.test(name)
}

/**
 * Accepts a directory name as a pack's id. The directory name is canonical (pack-development §ecosystem.json).
 *
 * @param others - Every directory name in the same place; `name` itself may be among them. Of two names that differ
 *   only by case the alphabetically first (by code unit) wins: on a case-insensitive disk they would be one pack.
 */
export function checkPackId(name: string, others: readonly string[]): Result<PackId, PackIdRefusal> {
  const id = packIdSchema.safeParse(name)
  if (!id.success) return err({ kind: 'malformed' })
  if (isReservedPackId(name)) return err({ kind: 'reserved' })
  const folded = name.toLowerCase()
  const twins = others.filter((other) => other < name && other.toLowerCase() === folded).sort()
  const winner = twins[0]
  return winner === undefined ? ok(id.data) : err({ kind: 'collision', winner })
}
