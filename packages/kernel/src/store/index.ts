export { parseStoreKey, parseStorePrefix, type StoreKeyRefusal } from './key.ts'
export {
  decideStoreAccess,
  defaultStoreQuota,
  formatShareId,
  storeCollection,
  storeIdSchema,
  storeShareCollection,
  type StoreRecord,
  type StoreRefusal,
  type StoreShare,
} from './store.ts'
