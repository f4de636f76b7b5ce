export { canonicalJson, readPlainCanonicalJson } from './canonical-json.ts'
export { isoInstant, type Clock, type Instant, type Random } from './clock.ts'
export { readKept, type Collection, type Reading } from './collection.ts'
export type { Diagnostic } from './diagnostic.ts'
export { sha256, sha256Hex } from './digest.ts'
export {
  flowIdSchema,
  packIdSchema,
  runIdSchema,
  treeHashSchema,
  type FlowId,
  type PackId,
  type RunId,
  type TreeHash,
} from './ids.ts'
export { isJsonObject, type JsonObject, type JsonValue } from './json.ts'
export { parseStrictJson, type JsonLimits, type JsonProblem } from './strict-json.ts'
export type { Outcome, Problem } from './problem.ts'
export { err, ok, unreachable, type Result } from './result.ts'
