export { createBubblewrapDriver, type BubblewrapSettings } from './bubblewrap.ts'
