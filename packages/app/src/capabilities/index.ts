export { createFlowRunCapability } from './flow-run.ts'
export { createSecretsCapability, type SecretReader } from './secrets.ts'
export { createStoreCapabilities } from './store.ts'
