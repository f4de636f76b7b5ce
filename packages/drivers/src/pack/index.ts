export { directoryPackFolder } from './discover.ts'
export { fingerprintFolder } from './fingerprint.ts'
export { readTree, type TreeReading, type TreeSource } from './read-tree.ts'
export { directoryTreeStore } from './tree-store.ts'
