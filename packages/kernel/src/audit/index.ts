export {
  auditCategories,
  auditFileName,
  auditFilePattern,
  auditLineSchema,
  encodeAuditLine,
  maxAuditLineBytes,
  type AuditCategory,
  type AuditLine,
} from './line.ts'
export { projectEntry } from './project.ts'
export { isWanted, parseTimeBound, type AuditFilter } from './query.ts'
