export { directoryPackFolder } from './discover.ts'
export { type TreeReading, type TreeSource } from './read-tree.ts'
export { directoryTreeStore } from './tree-store.ts'
