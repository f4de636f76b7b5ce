export { createBlockResolver } from './block-resolver.ts'
export { FlowLibrary, type OperatorFlows, type WithheldFlow } from './flow-library.ts'
export { PackLibrary, type PackLibraryPorts, type PackReview, type PackView } from './pack-library.ts'
