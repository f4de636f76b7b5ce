import { operations } from '../operations/index.ts'

/** Places for what is no operation: pages, other protocols, and the first setup. */
const reserved = ['/health', '/console/*', '/mcp/*', '/api/setup/*']

/** Templates that no pack's route may take: every operation under any method, and reserved places. (HTTP-10) */
export function listSystemPaths(): readonly string[] {
  return [...new Set([...operations.map(({ http }) => http.path), ...reserved])]
}
