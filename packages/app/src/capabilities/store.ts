import { isDeepStrictEqual } from 'node:util'
import { err, ok, type JsonObject, type JsonValue, type PackId, type Result } from '@rumi/kernel/base'
import type { HandlerErrorType } from '@rumi/kernel/capability'
import {
  redactSecrets,
  type Admission,
  type Capability,
  type CapabilityRequest,
  type CapabilityResult,
  type CapabilityUse,
} from '@rumi/kernel/gate'
import { permissionIdSchema } from '@rumi/kernel/grant'
import type { StateReader, StateStore } from '@rumi/kernel/state'
import {
  decideStoreAccess,
  formatShareId,
  parseStoreKey,
  parseStorePrefix,
  storeCollection,
  storeIdSchema,
  storeShareCollection,
  type StoreRecord,
} from '@rumi/kernel/store'

type ReadProblem = { readonly kind: HandlerErrorType; readonly message: string }
type Reading<Value> = Result<Value, ReadProblem>

/** Largest sum of the values of one `store.batch_get`; the rest is `null`. (rumi: 900 KB) */
const maxBatchBytes = 900 * 1024
const maxBatchKeys = 100
const maxListLimit = 1000
const defaultListLimit = 100

/** The six capabilities on stores, over one transactional state. (pack-development §Store API) */
export function createStoreCapabilities(state: StateStore): readonly Capability[] {
  return [
    define('store.get', (args, storeId) => mapKey(args['key'], (key) => () => getValue(state, storeId, key))),
    define('store.set', (args, storeId) => readSet(args, storeId)),
    define('store.delete', (args, storeId) =>
      mapKey(args['key'], (key) => (use) => deleteValue(state, { storeId, key }, use)),
    ),
    define('store.list', (args, storeId) => readList(state, args, storeId)),
    define('store.batch_get', (args, storeId) => readBatch(state, args, storeId)),
    define('store.cas', (args, storeId) => readCas(args, storeId)),
  ]
}

type Perform = (use: CapabilityUse) => Promise<CapabilityResult>

function define(name: string, read: (args: JsonObject, storeId: string) => Reading<Perform>): Capability {
  return {
    permissionId: permissionIdSchema.parse(name),
    read: (args) => {
      const storeId = storeIdSchema.safeParse(args['store_id'])
      if (!storeId.success) return invalid('"store_id" must be 1–128 characters of a–z, A–Z, 0–9, "_" and "-"')
      const perform = read(args, storeId.data)
      if (!perform.ok) return perform
      return ok(request(storeId.data, perform.value))
    },
  }
}

function request(storeId: string, perform: Perform): CapabilityRequest {
  return {
    subject: storeId,
    needs: { allowed_store_ids: [storeId] },
    admit: (principalId, state) => admit(principalId, storeId, state),
    perform: (use) => perform(use),
  }
}

/** A pack's own declared store was approved with the pack; another pack's needs its owner's share as well as a grant. */
function admit(principalId: PackId, storeId: string, state: StateReader): Admission | undefined {
  const store = state.documents.find(storeCollection, storeId)
  if (store === undefined) return undefined // said by the capability, to those who hold a grant
  if (store === 'unreadable') return { kind: 'closed', reason: 'store-unreadable' }
  if (store.owner === principalId) return { kind: 'granted' }
  const { owner } = store
  if (owner === undefined) return undefined
  const share = { provider: owner, consumer: principalId, storeId }
  const access = decideStoreAccess(principalId, store, state.documents.find(storeShareCollection, formatShareId(share)))
  return access.ok
    ? undefined
    : { kind: 'closed', reason: access.error.kind, remedy: { kind: 'share-store', ...share } }
}

async function getValue(state: StateStore, storeId: string, key: string): Promise<CapabilityResult> {
  return state.read((reader) => {
    if (!findStore(reader, storeId)) return unknownStore(storeId)
    const text = reader.stores.find(storeId, key)
    return text === undefined ? unknownKey : answer({ success: true, value: parseKept(text) })
  })
}

function readSet(args: JsonObject, storeId: string): Reading<Perform> {
  const value = args['value']
  if (value === undefined || value === null) return invalid('"value" must not be null; use store.delete')
  return mapKey(args['key'], (key) => (use) => setValue({ storeId, key, value }, use))
}

interface Write {
  readonly storeId: string
  readonly key: string
  readonly value: JsonValue
}

async function setValue(write: Write, use: CapabilityUse): Promise<CapabilityResult> {
  const text = JSON.stringify(write.value)
  const unfit = checkSize(text, use) ?? checkSecrets(write, use)
  if (unfit) return unfit
  return settle(use, (state) => {
    const full = checkRoom(state, write.storeId, { key: write.key, text })
    if (full) return full
    state.putStoreEntry(write.storeId, write.key, text)
    return answer({ success: true })
  })
}

/** Runs a change; one that comes to nothing leaves nothing, not even the record of a success. */
async function settle(
  use: CapabilityUse,
  change: (state: Parameters<Parameters<CapabilityUse['commit']>[0]>[0]) => CapabilityResult,
): Promise<CapabilityResult> {
  try {
    return await use.commit((state) => {
      const result = change(state)
      if (result.kind !== 'answer') throw new Unchanged(result)
      return result
    })
  } catch (error) {
    if (error instanceof Unchanged) return error.result
    throw error
  }
}

class Unchanged extends Error {
  readonly result: CapabilityResult

  constructor(result: CapabilityResult) {
    super('the change was refused')
    this.result = result
  }
}

async function deleteValue(
  state: StateStore,
  { storeId, key }: { readonly storeId: string; readonly key: string },
  use: CapabilityUse,
): Promise<CapabilityResult> {
  if (!state.read((reader) => findStore(reader, storeId))) return unknownStore(storeId)
  return settle(use, (writer) => (writer.removeStoreEntry(storeId, key) ? answer({ success: true }) : unknownKey))
}

function readList(state: StateStore, args: JsonObject, storeId: string): Reading<Perform> {
  const prefix = parseStorePrefix(args['prefix'])
  if (!prefix.ok) return err(prefix.error)
  const cursor = parseStorePrefix(args['cursor'])
  if (!cursor.ok) return invalid('"cursor" is not one that store.list gave')
  const wanted = args['limit'] ?? defaultListLimit
  if (typeof wanted !== 'number' || !Number.isInteger(wanted)) return invalid('"limit" must be a whole number')
  const limit = Math.min(maxListLimit, Math.max(1, wanted))
  return ok(async () => listKeys(state, { storeId, prefix: prefix.value, after: cursor.value, limit }))
}

function listKeys(
  state: StateStore,
  page: { readonly storeId: string; readonly prefix: string; readonly after: string; readonly limit: number },
): CapabilityResult {
  return state.read((reader) => {
    if (!findStore(reader, page.storeId)) return unknownStore(page.storeId)
    const found = reader.stores.listKeys({ ...page, limit: page.limit + 1 })
    const keys = found.slice(0, page.limit)
    const hasMore = found.length > page.limit
    return answer({
      success: true,
      keys,
      next_cursor: hasMore ? (keys.at(-1) ?? null) : null,
      has_more: hasMore,
      // Of the whole store: a count below a prefix would have to walk it.
      total_estimate: reader.stores.usage(page.storeId).keys,
    })
  })
}

function readBatch(state: StateStore, args: JsonObject, storeId: string): Reading<Perform> {
  const list = args['keys']
  if (!Array.isArray(list) || list.length === 0) return invalid('"keys" must be a list of 1–100 keys')
  if (list.length > maxBatchKeys) return invalid(`Too many keys: at most ${maxBatchKeys}`)
  const keys: string[] = []
  for (const item of list) {
    const key = parseStoreKey(item)
    if (!key.ok) return err(key.error)
    keys.push(key.value)
  }
  return ok(async () => getBatch(state, storeId, keys))
}

function getBatch(state: StateStore, storeId: string, keys: readonly string[]): CapabilityResult {
  return state.read((reader) => {
    if (!findStore(reader, storeId)) return unknownStore(storeId)
    let bytes = 0
    let truncated = false
    // Each key once, and no value behind the limit: a hundred large ones would keep everybody waiting.
    const results = [...new Set(keys)].map((key): [string, JsonValue, boolean] => {
      const size = reader.stores.size(storeId, key)
      bytes += size ?? 0
      truncated ||= bytes > maxBatchBytes
      const text = truncated ? undefined : reader.stores.find(storeId, key)
      return [key, text === undefined ? null : parseKept(text), size !== undefined]
    })
    const found = results.filter(([, , exists]) => exists).length
    return answer({
      success: true,
      results: Object.fromEntries(results.map(([key, value]) => [key, value])),
      found,
      not_found: results.length - found,
      truncated,
      warnings: truncated ? ['the values together exceed 900KB; the rest is null'] : [],
    })
  })
}

function readCas(args: JsonObject, storeId: string): Reading<Perform> {
  const { new_value: value, expected_value: expected = null } = args
  if (value === undefined || value === null) return invalid('"new_value" must not be null; use store.delete')
  return mapKey(args['key'], (key) => (use) => compareAndSet({ storeId, key, value }, expected, use))
}

/** `expected` null: the key must not exist, which no stored value can look like. */
async function compareAndSet(write: Write, expected: JsonValue, use: CapabilityUse): Promise<CapabilityResult> {
  const { storeId, key } = write
  const text = JSON.stringify(write.value)
  const unfit = checkSize(text, use) ?? checkSecrets(write, use)
  if (unfit) return unfit
  return settle(use, (state) => {
    const full = checkRoom(state, storeId, { key, text })
    if (full) return full
    const current = state.stores.find(storeId, key)
    const currentValue = current === undefined ? null : parseKept(current)
    if (!isDeepStrictEqual(currentValue, parseKept(JSON.stringify(expected)))) {
      const details = { current_value: currentValue }
      return { kind: 'refused', errorType: 'conflict', message: 'The value is not the expected one', details }
    }
    state.putStoreEntry(storeId, key, text)
    return answer({ success: true, store_id: storeId, key })
  })
}

/** What a store keeps it keeps as it is: a secret would be readable by whoever reads the store, or a backup of it. */
function checkSecrets(
  parts: { readonly key: string; readonly value: JsonValue },
  use: CapabilityUse,
): CapabilityResult | undefined {
  const { revealed } = use.caller
  if (revealed === undefined || revealed.size === 0) return undefined
  const isClean = JSON.stringify(redactSecrets(parts, revealed)) === JSON.stringify(parts)
  return isClean
    ? undefined
    : refused('security_error', 'The key or the value holds a secret; stores do not keep secrets')
}

/** (pack-development §Store API: max_value_bytes) */
function checkSize(text: string, { config }: CapabilityUse): CapabilityResult | undefined {
  const limit = typeof config['max_value_bytes'] === 'number' ? config['max_value_bytes'] : 0
  const bytes = Buffer.byteLength(text)
  if (bytes <= limit) return undefined
  return refused('payload_too_large', `The value has ${bytes} bytes as JSON; at most ${limit} are allowed`)
}

function checkRoom(
  state: StateReader,
  storeId: string,
  entry: { readonly key: string; readonly text: string },
): CapabilityResult | undefined {
  const store = findStore(state, storeId)
  if (!store) return unknownStore(storeId)
  const { keys, bytes } = state.stores.usage(storeId)
  const before = state.stores.find(storeId, entry.key)
  const isNew = before === undefined
  const added = Buffer.byteLength(entry.text) - (isNew ? -Buffer.byteLength(entry.key) : Buffer.byteLength(before))
  if (isNew && keys >= store.maxKeys)
    return refused('quota_exceeded', `The store is full: it holds ${store.maxKeys} keys`)
  if (added > 0 && bytes + added > store.maxBytes)
    return refused('quota_exceeded', `The store is full: it holds at most ${store.maxBytes} bytes`)
  return undefined
}

function findStore(state: StateReader, storeId: string): StoreRecord | undefined {
  const store = state.documents.find(storeCollection, storeId)
  return typeof store === 'object' ? store : undefined
}

function mapKey(key: JsonValue | undefined, make: (key: string) => Perform): Reading<Perform> {
  const parsed = parseStoreKey(key)
  return parsed.ok ? ok(make(parsed.value)) : err(parsed.error)
}

function parseKept(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text)
  return value
}

function answer(output: JsonObject): CapabilityResult {
  return { kind: 'answer', output }
}

function refused(errorType: HandlerErrorType, message: string): CapabilityResult {
  return { kind: 'refused', errorType, message }
}

function unknownStore(storeId: string): CapabilityResult {
  const message = `There is no store "${storeId}"`
  return { kind: 'refused', errorType: 'store_not_found', message, remedy: { kind: 'create-store', storeId } }
}

const unknownKey: CapabilityResult = refused('key_not_found', 'The key does not exist')

function invalid(message: string): Result<never, ReadProblem> {
  return err({ kind: 'validation_error', message })
}
