export { directoryPackFolder } from './discover.ts'
export {
  attempt,
  listBeneath,
  lookBeneath,
  openDirectory,
  openDirectoryBeneath,
  readFileBeneath,
  type EntryProblem,
} from './open-beneath.ts'
export { type TreeReading, type TreeSource } from './read-tree.ts'
export { directoryTreeStore } from './tree-store.ts'
