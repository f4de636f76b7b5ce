export { createBubblewrapDriver, type BubblewrapSettings } from './bubblewrap.ts'
export { createHostDriver, type HostSettings } from './host.ts'
