import { z } from 'zod'
import { isJsonObject, parseStrictJson, type Diagnostic } from '../base/index.ts'
import { permissionIdSchema, type PermissionId } from '../grant/index.ts'
import { isHostPermission } from './permission.ts'
import { handlerIdSchema } from './trust.ts'

/** The file that describes a handler. (pack-development §Capability Handler) */
export const handlerManifestFileName = 'handler.json'

/** Bounds of one `handler.json`: 64 KiB, 8 levels. */
const manifestLimits = { maxBytes: 64 * 1024, maxDepth: 8 }

/** Where a handler's code begins. @example { file: 'handler.py', function: 'execute', language: 'python' } */
export interface HandlerEntrypoint {
  /** Relative to the handler's folder, `/` between segments, without `..`. */
  readonly file: string
  readonly function: string
  readonly language: 'python' | 'node'
}

/** What a handler says about itself; its author's claim, shown before approval. */
export interface HandlerManifest {
  readonly handlerId: string
  /** The permission whose calls it answers; never one of the host. */
  readonly permissionId: PermissionId
  readonly entrypoint: HandlerEntrypoint
  readonly description: string
  readonly risk: string
}

const documentSchema = z.object({
  handler_id: handlerIdSchema,
  permission_id: permissionIdSchema,
  entrypoint: z.string().max(512).default('handler.py:execute'),
  description: z.string().max(4_096).default(''),
  risk: z.string().max(4_096).default(''),
})

/** What reading a `handler.json` gives: a manifest unless there is an error. */
export interface HandlerManifestReading {
  readonly manifest?: HandlerManifest
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Reads a `handler.json`; every problem is listed.
 *
 * Codes: `handler.json`, `handler.field`, `handler.entrypoint`, `handler.host_permission` (errors);
 * `handler.unknown_key` (warning).
 *
 * @param file - Path relative to the home, for the diagnostics.
 */
export function parseHandlerManifest(bytes: Uint8Array, file: string): HandlerManifestReading {
  const error = (code: string, message: string): Diagnostic => ({ severity: 'error', code, message, file })
  const json = parseStrictJson(bytes, manifestLimits)
  if (!json.ok) return { diagnostics: [error('handler.json', json.error.message)] }
  if (!isJsonObject(json.value)) return { diagnostics: [error('handler.json', 'the document must be an object')] }
  const warnings = warnOfUnknownKeys(Object.keys(json.value), file)
  const document = documentSchema.safeParse(json.value)
  if (!document.success) {
    const errors = document.error.issues.map(({ path, message }) =>
      error('handler.field', `${path.join('.')}: ${message}`),
    )
    return { diagnostics: [...errors, ...warnings] }
  }
  const { handler_id: handlerId, permission_id: permissionId, description, risk } = document.data
  const entrypoint = findEntrypoint(document.data.entrypoint)
  const errors = isHostPermission(permissionId)
    ? [error('handler.host_permission', `"${permissionId}" is answered by the host; a pack cannot take its place`)]
    : []
  if (entrypoint === undefined) {
    const message =
      '"entrypoint" must be a .py, .ts or .mjs file in this folder and a function, like handler.py:execute'
    return { diagnostics: [...errors, error('handler.entrypoint', message), ...warnings] }
  }
  if (errors.length > 0) return { diagnostics: [...errors, ...warnings] }
  return { manifest: { handlerId, permissionId, entrypoint, description, risk }, diagnostics: warnings }
}

/**
 * Reads an entrypoint; `undefined` when it is none. A file that could lie outside the handler's folder is none: an
 * absolute path, `..`, a backslash, an empty segment, a hidden file.
 *
 * @example findEntrypoint('src/handler.ts:execute')
 */
export function findEntrypoint(text: string): HandlerEntrypoint | undefined {
  const [, file, name] = /^([^:]{1,256}):([A-Za-z_][A-Za-z0-9_]{0,127})$/.exec(text) ?? []
  if (file === undefined || name === undefined) return undefined
  if (!file.split('/').every((segment) => /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(segment))) return undefined
  if (file.endsWith('.py')) return { file, function: name, language: 'python' }
  return /\.(?:ts|mjs)$/.test(file) ? { file, function: name, language: 'node' } : undefined
}

function warnOfUnknownKeys(keys: readonly string[], file: string): readonly Diagnostic[] {
  const unknown = keys.filter((key) => !Object.hasOwn(documentSchema.shape, key)).slice(0, 20)
  return unknown.map((key) => ({
    severity: 'warning',
    code: 'handler.unknown_key',
    message: `${JSON.stringify(key.slice(0, 64))} is not known and has no effect`,
    file,
  }))
}
