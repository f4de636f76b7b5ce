import { z } from 'zod'
import { err, ok, packIdSchema, type Collection, type PackId, type Result } from '../base/index.ts'

/** A store's name: 1–128 of `[a-zA-Z0-9_-]`. (pack-development §Store API) */
export const storeIdSchema = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,128}$/, 'a store id is 1–128 characters of a–z, A–Z, 0–9, "_" and "-"')

const instantSchema = z.int().min(0).max(8_640_000_000_000_000)

/** What a store may take when nobody said otherwise: a million keys and 1 GiB. */
export const defaultStoreQuota = { maxKeys: 1_000_000, maxBytes: 1024 * 1024 * 1024 } as const

const storeRecordSchema = z
  .strictObject({
    storeId: storeIdSchema,
    /** As the operator named it; relative to the home. The values are kept in the database, wherever this points. */
    rootPath: z.string().max(1024),
    createdAt: instantSchema,
    createdBy: z.string().max(200),
    /** The pack that declares it; absent: it is the operator's. */
    owner: packIdSchema.optional(),
    maxKeys: z.int().positive(),
    maxBytes: z.int().positive(),
  })
  .readonly()
/** A place where packs keep values. */
export type StoreRecord = z.infer<typeof storeRecordSchema>
export const storeCollection: Collection<StoreRecord> = { name: 'store', schema: storeRecordSchema }

const storeShareSchema = z
  .strictObject({
    provider: packIdSchema,
    consumer: packIdSchema,
    storeId: storeIdSchema,
    approvedAt: instantSchema,
    approvedBy: z.string().max(200),
  })
  .readonly()
/** An operator's consent that one pack uses the store of another. */
export type StoreShare = z.infer<typeof storeShareSchema>
export const storeShareCollection: Collection<StoreShare> = { name: 'store_share', schema: storeShareSchema }

/** The id of a share: `provider:consumer:store`. (rumi: store sharing) */
export function formatShareId(share: Pick<StoreShare, 'provider' | 'consumer' | 'storeId'>): string {
  return `${share.provider}:${share.consumer}:${share.storeId}`
}

/** Why a store is closed to somebody who holds a grant. `not-shared`: it is another pack's, and nobody shared it. */
export type StoreRefusal = { readonly kind: 'not-shared'; readonly owner: PackId } | { readonly kind: 'unreadable' }

/**
 * Decides whether a principal may open a store. The owner's descendants are strangers like everybody else: what a pack
 * keeps is not theirs by name.
 *
 * @param share - What is kept under `formatShareId`.
 */
export function decideStoreAccess(
  principalId: PackId,
  store: StoreRecord,
  share: StoreShare | 'unreadable' | undefined,
): Result<undefined, StoreRefusal> {
  const { owner } = store
  if (owner === undefined || owner === principalId) return ok(undefined)
  if (share === 'unreadable') return err({ kind: 'unreadable' })
  // A share's id and its content must agree: a row copied under another id shares nothing.
  const isMeant = share?.provider === owner && share.consumer === principalId && share.storeId === store.storeId
  return isMeant ? ok(undefined) : err({ kind: 'not-shared', owner })
}
