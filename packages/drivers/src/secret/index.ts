export { openSecretVault, type SecretSurroundings } from './open-vault.ts'
export type { FileSecretVault } from './file-secret-vault.ts'
