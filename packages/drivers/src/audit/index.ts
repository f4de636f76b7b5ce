export { AuditFiles, type AuditSettings } from './audit-files.ts'
export { readBootId } from './mark.ts'
