import { z } from 'zod'
import type { Collection } from '../base/index.ts'

/** Handlers whose code an operator trusts: for each id the digests of the files that may run. */
export type TrustList = ReadonlyMap<string, ReadonlySet<string>>

/** Names a handler: 1–128 of `[a-zA-Z0-9_.-]`; no `:`, which separates the parts of a candidate's key. */
export const handlerIdSchema = z
  .string()
  .regex(/^[a-zA-Z0-9_.-]{1,128}$/, 'a handler id is 1–128 characters of a–z, A–Z, 0–9, "_", "." and "-"')

/** SHA-256 as 64 hex digits, read in any case and kept in lower case. */
const fileDigestSchema = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'a digest is 64 hex digits')
  .transform((digest) => digest.toLowerCase())

const trustRecordSchema = z.strictObject({
  handler_id: handlerIdSchema,
  sha256: fileDigestSchema,
  note: z.string().max(1_000).optional(),
})
/** One file that may run as a handler. */
export type TrustRecord = Readonly<z.infer<typeof trustRecordSchema>>
/** What an operator trusts; each under `handler_id:sha256`. */
export const trustCollection: Collection<TrustRecord> = { name: 'trusted_handler', schema: trustRecordSchema }

const trustListSchema = z.array(trustRecordSchema).max(10_000)

/**
 * Reads the kept list `[{ handler_id, sha256, note? }]`. One bad entry makes all of it unreadable (`undefined`): a list
 * that somebody damaged trusts nothing. Several digests of one handler are all trusted.
 */
export function findTrustList(entries: unknown): TrustList | undefined {
  const parsed = trustListSchema.safeParse(entries)
  if (!parsed.success) return undefined
  const list = new Map<string, Set<string>>()
  for (const { handler_id: handlerId, sha256 } of parsed.data) {
    list.set(handlerId, (list.get(handlerId) ?? new Set()).add(sha256))
  }
  return list
}

/**
 * Why a handler's code may not run. `not-loaded`: there is no readable list. `unknown-handler`: nobody ever trusted it.
 * `digest-mismatch`: other bytes than those are trusted; the file changed. (CAP-02)
 */
export type TrustDenialReason = 'not-loaded' | 'unknown-handler' | 'digest-mismatch'

/** Whether a handler's code may run. The reason is for the ledger; a pack learns `access_denied`. */
export type TrustDecision = { readonly allowed: true } | { readonly allowed: false; readonly reason: TrustDenialReason }

/** Which bytes want to run. */
export interface TrustQuestion {
  /** `undefined`: the list could not be read. */
  readonly list: TrustList | undefined
  readonly handlerId: string
  /** Lower-case hex digest of the very bytes that would run, not of a file that is opened again later. */
  readonly sha256: string
}

/** Decides whether a handler's code is trusted. Trust is no grant: a call needs both. */
export function decideTrust({ list, handlerId, sha256 }: TrustQuestion): TrustDecision {
  if (list === undefined) return { allowed: false, reason: 'not-loaded' }
  const digests = list.get(handlerId)
  if (digests === undefined) return { allowed: false, reason: 'unknown-handler' }
  return digests.has(sha256) ? { allowed: true } : { allowed: false, reason: 'digest-mismatch' }
}
