export { decideSecretRead, type SecretDecision, type SecretDenialReason, type SecretQuestion } from './decide.ts'
export {
  deriveSealingKey,
  nonceBytes,
  openSecret,
  type Opening,
  type OpeningRefusal,
  type SealingKey,
} from './envelope.ts'
export {
  deleteSecret,
  describeSecret,
  formatJournalLine,
  parseSecretRecord,
  setSecret,
  type SecretChange,
  type SecretDeletion,
  type SecretJournalEntry,
  type SecretRecord,
  type SecretTombstone,
  type StoredSecret,
} from './record.ts'
export { secretNameSchema, type SecretName } from './secret-name.ts'
export { parseSecretText, SecretText, type SecretTextRefusal } from './secret-text.ts'
