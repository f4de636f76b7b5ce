export { DatabaseRefusal } from './database.ts'
export { SqlStateStore, StorageError } from './state-store.ts'
