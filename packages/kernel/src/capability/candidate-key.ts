import { z } from 'zod'
import { packIdSchema, type PackId } from '../base/index.ts'
import { handlerIdSchema } from './trust.ts'

/** Names a handler's folder: 1–64 of `[a-zA-Z0-9_-]`. */
export const handlerSlugSchema = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'a slug is 1–64 characters of a–z, A–Z, 0–9, "_" and "-"')

/** What a candidate's key says: whose handler, where it lies, and the digest of the file it starts. */
export interface CandidateKey {
  readonly packId: PackId
  readonly slug: string
  readonly handlerId: string
  /** 64 lower-case hex digits. */
  readonly sha256: string
}

const keySchema = z.tuple([packIdSchema, handlerSlugSchema, handlerIdSchema, z.string().regex(/^[0-9a-f]{64}$/)])

/** The text form of a key: `pack:slug:handler_id:sha256`. (operations §Capability Handler) */
export function formatCandidateKey({ packId, slug, handlerId, sha256 }: CandidateKey): string {
  return [packId, slug, handlerId, sha256].join(':')
}

/** Reads what `formatCandidateKey` wrote; `undefined` for any other text. */
export function findCandidateKey(text: string): CandidateKey | undefined {
  const parts = keySchema.safeParse(text.split(':'))
  if (!parts.success) return undefined
  const [packId, slug, handlerId, sha256] = parts.data
  return { packId, slug, handlerId, sha256 }
}
