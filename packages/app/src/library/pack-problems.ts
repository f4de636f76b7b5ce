import type { Diagnostic, PackId, Problem } from '@rumi/kernel/base'

/** `pack.unknown` 404. */
export function unknown(packId: PackId): Problem {
  return { code: 'pack.unknown', status: 404, message: `Pack not found: "${packId}".`, hint: 'rumi packs list' }
}

/** `pack.unreadable` 422, with what is wrong with its files: the first five faults, and what to do about one. */
export function unreadable(packId: PackId, diagnostics: readonly Diagnostic[] = []): Problem {
  const shown = diagnostics
    .slice(0, 5)
    .map((one) => [one.file, one.message].filter((part) => part !== undefined).join(': '))
  const message = [`The pack "${packId}" cannot be used.`, ...shown].join(' ')
  const hint = diagnostics.find((one) => one.hint !== undefined)?.hint
  return { code: 'pack.unreadable', status: 422, message, ...(hint === undefined ? {} : { hint }) }
}

/** Why an approval is refused; `pack.hash_mismatch` 409 besides the two above. */
export function approvalProblem(packId: PackId, kind: 'unknown-pack' | 'unreadable' | 'hash-mismatch'): Problem {
  if (kind === 'unknown-pack') return unknown(packId)
  if (kind === 'unreadable') return unreadable(packId)
  return {
    code: 'pack.hash_mismatch',
    status: 409,
    message: `The files of "${packId}" are not the ones that were named.`,
    hint: `Look again and approve what you see: rumi packs show ${packId}`,
  }
}
