import { z } from 'zod'
import { err, isoInstant, ok, packIdSchema, type Problem } from '@rumi/kernel/base'
import {
  defaultStoreQuota,
  formatShareId,
  storeCollection,
  storeIdSchema,
  storeShareCollection,
  type StoreRecord,
  type StoreShare,
} from '@rumi/kernel/store'
import { actorOf, define } from '../define.ts'
import type { Services } from '../services.ts'

const storeViewSchema = z.object({
  store_id: z.string(),
  root_path: z.string(),
  created_at: z.string(),
  created_by: z.string(),
  /** The pack that declares it; null: the operator's. */
  owner: z.string().nullable(),
  keys: z.number(),
  /** Of keys and values. */
  bytes: z.number(),
  max_keys: z.number(),
  max_bytes: z.number(),
})

/** Lists stores. */
export const listStores = define({
  name: 'stores.list',
  summary: 'Lists the stores in which packs keep values.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/stores' },
  input: z.strictObject({}),
  output: z.object({
    stores: z.array(storeViewSchema),
    count: z.number(),
    /** Ids of records that cannot be read; nobody can use these stores. */
    unreadable: z.array(z.string()),
  }),
  run: async (services) => {
    const kept = services.state.read((state) => state.documents.list(storeCollection))
    const stores = kept.flatMap(({ record }) => (record === 'unreadable' ? [] : [present(services, record)]))
    const unreadable = kept.flatMap(({ id, record }) => (record === 'unreadable' ? [id] : []))
    return ok({ stores, count: stores.length, unreadable })
  },
})

function present({ state }: Services, store: StoreRecord): z.input<typeof storeViewSchema> {
  const usage = state.read((reader) => reader.stores.usage(store.storeId))
  return {
    store_id: store.storeId,
    root_path: store.rootPath,
    created_at: isoInstant(store.createdAt),
    created_by: store.createdBy,
    owner: store.owner ?? null,
    ...usage,
    max_keys: store.maxKeys,
    max_bytes: store.maxBytes,
  }
}

/** Creates a store of the operator. */
export const createStore = define({
  name: 'stores.create',
  summary: 'Creates a store; packs use it with a grant that names it.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/stores/create' },
  input: z.strictObject({
    store_id: storeIdSchema,
    /** Below `user_data/stores`. A label: the values are kept in the database of the home. */
    root_path: z.string().max(1024).optional(),
    max_keys: z.int().min(1).max(100_000_000).optional(),
    max_bytes: z.int().min(1).optional(),
  }),
  output: storeViewSchema,
  run: async (services, input, context) => {
    const rootPath = input.root_path ?? `user_data/stores/${input.store_id}`
    const problem = checkRootPath(rootPath)
    if (problem) return err(problem)
    const store: StoreRecord = {
      storeId: input.store_id,
      rootPath,
      createdAt: services.clock.now(),
      createdBy: actorOf(context),
      maxKeys: input.max_keys ?? defaultStoreQuota.maxKeys,
      maxBytes: input.max_bytes ?? defaultStoreQuota.maxBytes,
    }
    const created = await services.state.write((state) => {
      if (state.documents.find(storeCollection, store.storeId) !== undefined) return false
      state.putDocument(storeCollection, store.storeId, store)
      const data = { root_path: rootPath, max_keys: store.maxKeys, max_bytes: store.maxBytes }
      state.append({ kind: 'store.create', actor: store.createdBy, subject: store.storeId, data })
      return true
    })
    return created ? ok(present(services, store)) : err(exists(store.storeId))
  },
})

function checkRootPath(path: string): Problem | undefined {
  const segments = path.split('/')
  const isBelow = segments[0] === 'user_data' && segments[1] === 'stores' && segments.length > 2
  const isPlain = segments.every((segment) => /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(segment))
  if (isBelow && isPlain) return undefined
  return {
    code: 'store.root_path',
    status: 400,
    message: 'root_path must lie below user_data/stores.',
    hint: 'Leave it out, or write user_data/stores/<store_id>.',
  }
}

function exists(storeId: string): Problem {
  return {
    code: 'store.exists',
    status: 409,
    message: `The store "${storeId}" already exists.`,
    hint: 'rumi stores list',
  }
}

function unknown(storeId: string): Problem {
  return { code: 'store.unknown', status: 404, message: `Store not found: "${storeId}".`, hint: 'rumi stores list' }
}

/** Deletes a store and all that it holds. */
export const deleteStore = define({
  name: 'stores.delete',
  summary: 'Deletes a store with all its values and shares. There is no way back.',
  effect: 'change',
  who: 'operator',
  http: { method: 'DELETE', path: '/api/stores/{store_id}' },
  input: z.strictObject({ store_id: storeIdSchema }),
  output: z.object({ store_id: z.string(), deleted: z.literal(true), keys: z.number() }),
  run: async (services, input, context) => {
    const storeId = input.store_id
    const keys = await services.state.write((state) => {
      if (state.documents.find(storeCollection, storeId) === undefined) return undefined
      const usage = state.stores.usage(storeId)
      state.clearStore(storeId)
      state.removeDocument(storeCollection, storeId)
      for (const { id, record } of state.documents.list(storeShareCollection)) {
        if (record === 'unreadable' ? id.endsWith(`:${storeId}`) : record.storeId === storeId)
          state.removeDocument(storeShareCollection, id)
      }
      state.append({ kind: 'store.delete', actor: actorOf(context), subject: storeId, data: { keys: usage.keys } })
      return usage.keys
    })
    return keys === undefined ? err(unknown(storeId)) : ok({ store_id: storeId, deleted: true as const, keys })
  },
})

const shareInputSchema = z.strictObject({
  provider_pack_id: packIdSchema,
  consumer_pack_id: packIdSchema,
  store_id: storeIdSchema,
})
const shareViewSchema = z.object({
  provider_pack_id: z.string(),
  consumer_pack_id: z.string(),
  store_id: z.string(),
  approved_at: z.string(),
  approved_by: z.string(),
})

/** Lists shares. */
export const listShares = define({
  name: 'stores.shared',
  summary: 'Lists which packs may use the store of another one.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/stores/shared' },
  input: z.strictObject({}),
  output: z.object({ entries: z.array(shareViewSchema), count: z.number() }),
  run: async ({ state }) => {
    const kept = state.read((reader) => reader.documents.list(storeShareCollection))
    const entries = kept.flatMap(({ record }) => (record === 'unreadable' ? [] : [presentShare(record)]))
    return ok({ entries, count: entries.length })
  },
})

function presentShare(share: StoreShare): z.input<typeof shareViewSchema> {
  return {
    provider_pack_id: share.provider,
    consumer_pack_id: share.consumer,
    store_id: share.storeId,
    approved_at: isoInstant(share.approvedAt),
    approved_by: share.approvedBy,
  }
}

/** Lets a pack use the store of another. */
export const approveShare = define({
  name: 'stores.share',
  summary: "Lets a pack use another pack's store; it needs a grant as well.",
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/stores/shared/approve' },
  input: shareInputSchema,
  output: shareViewSchema,
  run: async (services, input, context) => {
    const share: StoreShare = {
      provider: input.provider_pack_id,
      consumer: input.consumer_pack_id,
      storeId: input.store_id,
      approvedAt: services.clock.now(),
      approvedBy: actorOf(context),
    }
    const shared = await services.state.write((state) => {
      const store = state.documents.find(storeCollection, share.storeId)
      if (typeof store !== 'object' || store.owner !== share.provider) return false
      state.putDocument(storeShareCollection, formatShareId(share), share)
      const data = { provider: share.provider, consumer: share.consumer }
      state.append({ kind: 'store.share', actor: share.approvedBy, subject: share.storeId, data })
      return true
    })
    if (shared) return ok(presentShare(share))
    const message = `The pack "${share.provider}" has no store "${share.storeId}".`
    return err({ code: 'store.not_owned', status: 404, message, hint: 'rumi stores list' })
  },
})

/** Takes a share back. */
export const revokeShare = define({
  name: 'stores.unshare',
  summary: 'Takes a share of a store back and ends what runs of the pack that had it.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/stores/shared/revoke' },
  input: shareInputSchema,
  output: z.object({ success: z.literal(true), revoked: z.boolean() }),
  run: async (services, input, context) => {
    const share = { provider: input.provider_pack_id, consumer: input.consumer_pack_id, storeId: input.store_id }
    const revoked = await services.state.write((state) => {
      const id = formatShareId(share)
      if (state.documents.find(storeShareCollection, id) === undefined) return false
      state.removeDocument(storeShareCollection, id)
      const data = { provider: share.provider, consumer: share.consumer }
      state.append({ kind: 'store.unshare', actor: actorOf(context), subject: share.storeId, data })
      return true
    })
    if (revoked) await services.sandbox.evict(share.consumer)
    return ok({ success: true as const, revoked })
  },
})
