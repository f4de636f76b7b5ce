export { DatabaseRefusal } from './database.ts'
export { SqlStateStore } from './state-store.ts'
