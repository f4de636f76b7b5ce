import {
  isJsonObject,
  parseStrictJson,
  type Diagnostic,
  type JsonLimits,
  type JsonObject,
  type JsonProblem,
} from '../base/index.ts'
import { manifestDocumentSchema, type ManifestDocument } from './manifest-schema.ts'

/** The name of a pack's manifest. */
export const manifestFileName = 'ecosystem.json'

/** Bounds of one `ecosystem.json`: 2 MiB, 64 levels. */
export const manifestLimits: JsonLimits = { maxBytes: 2 * 1024 * 1024, maxDepth: 64 }

/** What a pack says about itself. Every word of it is the author's claim; nothing here grants anything. */
export interface PackManifest {
  /** The document's `pack_id`. Never used to find the pack: the directory name is canonical. */
  readonly declaredId: string
  /** Where the pack comes from, e.g. `github:author/repo`; an update must keep it. */
  readonly identity: string
  readonly version?: string
  readonly displayName?: string
  readonly description?: string
  /** `pack_identity_vocabulary` and the types of `vocabulary`, each once. */
  readonly vocabulary: readonly string[]
  /** Services this pack offers to others (`connectivity.provides`). */
  readonly provides: readonly string[]
  /** Services that must be loaded first (`connectivity.requires`). */
  readonly requires: readonly string[]
  /** Packs named by `depends_on` and `dependencies`, each once. */
  readonly dependsOn: readonly string[]
  /** The author's own order: a position, or names in order. It wins over a computed one. */
  readonly loadOrder?: number | readonly string[]
  /** Ids of the stores that approval creates, at most 10, each once. */
  readonly stores: readonly string[]
  readonly author?: { readonly name: string; readonly email?: string; readonly url?: string }
  readonly license?: string
  readonly metadata?: JsonObject
  /** Names of secrets the pack wants to read; wishes, not grants. */
  readonly requiredSecrets: readonly string[]
  /** Destinations the pack wants to reach; wishes, not grants. */
  readonly requiredNetwork: { readonly domains: readonly string[]; readonly ports: readonly number[] }
  /** `fresh`: every call gets a new process. `warm`: calls may share one, which is shown at approval. */
  readonly isolation: 'fresh' | 'warm'
  /** Longest call in milliseconds that the pack asks for. */
  readonly timeoutMs?: number
  /** Other bounds the pack asks for, by name; whoever enforces one gives it its unit. */
  readonly limits: { readonly [name: string]: number }
  /** The document as it was written, unknown keys included. */
  readonly raw: JsonObject
}

/** Where a manifest was found. */
export interface ManifestSource {
  /** Name of the pack's directory: its id. */
  readonly directoryName: string
  /** Path relative to the home, for diagnostics; absent: `ecosystem.json`. */
  readonly file?: string
}

const maxUnknownKeys = 20

/**
 * Reads an `ecosystem.json`. Without errors there is a manifest; with one there is none, and every problem found is
 * listed with the path of its key.
 *
 * Codes: `pack.manifest_json`, `pack.manifest_field` (errors); `pack.unknown_key`, `pack.id_mismatch`,
 * `pack.host_execution_ignored` (warnings).
 */
export function parseManifest(
  bytes: Uint8Array,
  source: ManifestSource,
): { readonly manifest?: PackManifest; readonly diagnostics: readonly Diagnostic[] } {
  const file = source.file ?? manifestFileName
  const json = parseStrictJson(bytes, manifestLimits)
  if (!json.ok) return { diagnostics: [describeJsonProblem(json.error, bytes, file)] }
  const raw = json.value
  if (!isJsonObject(raw)) return { diagnostics: [fieldError('the document', 'must be an object', file)] }
  const parsed = manifestDocumentSchema.safeParse(raw)
  const warnings = [...warnOfHostExecution(raw, file), ...warnOfUnknownKeys(raw, file)]
  if (!parsed.success) {
    const errors = parsed.error.issues.map((issue) => fieldError(describePath(issue.path), issue.message, file))
    return { diagnostics: [...errors, ...warnings] }
  }
  const document = parsed.data
  const twins = findDuplicates((document.stores ?? []).map((store) => store.store_id))
  if (twins.length > 0) {
    const errors = twins.map((id) => fieldError('stores', `names the store "${id}" twice`, file))
    return { diagnostics: [...errors, ...warnings] }
  }
  const diagnostics = [...warnOfMismatch(document.pack_id, source.directoryName, file), ...warnings]
  return { manifest: toManifest(document, raw), diagnostics }
}

function toManifest(document: ManifestDocument, raw: JsonObject): PackManifest {
  const { connectivity, required_network: network, metadata } = document
  const rawMetadata = metadata === undefined ? undefined : raw.metadata
  return {
    declaredId: document.pack_id,
    identity: document.pack_identity,
    ...(document.version === undefined ? {} : { version: document.version }),
    ...(document.display_name === undefined ? {} : { displayName: document.display_name }),
    ...(document.description === undefined ? {} : { description: document.description }),
    vocabulary: unique([...(document.pack_identity_vocabulary ?? []), ...listTypes(document.vocabulary)]),
    provides: unique(connectivity?.provides ?? []),
    requires: unique(connectivity?.requires ?? []),
    dependsOn: unique([...listNames(document.depends_on), ...listNames(document.dependencies)]),
    ...(document.load_order === undefined ? {} : { loadOrder: document.load_order }),
    stores: (document.stores ?? []).map((store) => store.store_id),
    ...(document.author === undefined ? {} : { author: toAuthor(document.author) }),
    ...(document.license === undefined ? {} : { license: document.license }),
    ...(isJsonObject(rawMetadata) ? { metadata: rawMetadata } : {}),
    requiredSecrets: unique(document.required_secrets ?? []),
    requiredNetwork: toNetwork(network),
    isolation: document.isolation ?? 'fresh',
    ...(document.timeout_seconds === undefined ? {} : { timeoutMs: Math.round(document.timeout_seconds * 1_000) }),
    limits: document.limits ?? {},
    raw,
  }
}

function listTypes(vocabulary: ManifestDocument['vocabulary']): readonly string[] {
  if (vocabulary === undefined) return []
  return 'types' in vocabulary ? (vocabulary.types ?? []) : Array.isArray(vocabulary) ? vocabulary : []
}

function listNames(names: ManifestDocument['depends_on']): readonly string[] {
  if (names === undefined) return []
  return Array.isArray(names) ? names : Object.keys(names)
}

function toAuthor(author: NonNullable<ManifestDocument['author']>): NonNullable<PackManifest['author']> {
  if (typeof author === 'string') return { name: author }
  return {
    name: author.name,
    ...(author.email === undefined ? {} : { email: author.email }),
    ...(author.url === undefined ? {} : { url: author.url }),
  }
}

function toNetwork(network: ManifestDocument['required_network']): PackManifest['requiredNetwork'] {
  if (network === undefined) return { domains: [], ports: [] }
  if (Array.isArray(network)) return { domains: unique(network), ports: [] }
  return { domains: unique(network.allowed_domains ?? []), ports: [...new Set(network.allowed_ports ?? [])] }
}

function warnOfHostExecution(raw: JsonObject, file: string): readonly Diagnostic[] {
  // A pack must not choose how it is confined; only how the system is started does. (APR-11)
  return ['host_execution', 'permissive'].flatMap((key) => {
    const value = Object.hasOwn(raw, key) ? raw[key] : undefined
    if (value === undefined || value === null || value === false) return []
    const message = `"${key}" is ignored: a pack cannot ask to run outside the sandbox`
    return [{ severity: 'warning', code: 'pack.host_execution_ignored', message, file, hint: `Remove "${key}".` }]
  })
}

function warnOfUnknownKeys(raw: JsonObject, file: string): readonly Diagnostic[] {
  const known = new Set([...Object.keys(manifestDocumentSchema.shape), 'host_execution', 'permissive'])
  const unknown = Object.keys(raw).filter((key) => !known.has(key))
  const warn = (message: string): Diagnostic => ({ severity: 'warning', code: 'pack.unknown_key', message, file })
  const listed = unknown.slice(0, maxUnknownKeys).map((key) => warn(`${quote(key)} is not known and has no effect`))
  const rest = unknown.length - listed.length
  return rest > 0 ? [...listed, warn(`${rest} more keys are not known and have no effect`)] : listed
}

function warnOfMismatch(declaredId: string, directoryName: string, file: string): readonly Diagnostic[] {
  if (declaredId === directoryName) return []
  const message = `"pack_id" is ${quote(declaredId)} but the directory is ${quote(directoryName)}, which counts`
  return [{ severity: 'warning', code: 'pack.id_mismatch', message, file, hint: 'Give both the same name.' }]
}

function describeJsonProblem(problem: JsonProblem, bytes: Uint8Array, file: string): Diagnostic {
  const base: Diagnostic = { severity: 'error', code: 'pack.manifest_json', message: problem.message, file }
  if (problem.offset === undefined) return base
  const lines = Buffer.from(bytes).toString('utf8').slice(0, problem.offset).split('\n')
  return { ...base, line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}

function fieldError(path: string, message: string, file: string): Diagnostic {
  return { severity: 'error', code: 'pack.manifest_field', message: `${path}: ${message}`, file }
}

function describePath(path: readonly PropertyKey[]): string {
  return path.map((key) => String(key).slice(0, 64)).join('.')
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 64))
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}

function findDuplicates(names: readonly string[]): readonly string[] {
  return unique(names.filter((name, at) => names.indexOf(name) !== at))
}
