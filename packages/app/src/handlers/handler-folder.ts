import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, packIdSchema, sha256Hex, type Diagnostic, type PackId, type Result } from '@rumi/kernel/base'
import {
  formatCandidateKey,
  handlerManifestFileName,
  handlerSlugSchema,
  parseHandlerManifest,
  type CandidateOffer,
} from '@rumi/kernel/capability'
import { parseLineage } from '@rumi/kernel/grant'
import type { FoundPack, TreeStore } from '@rumi/kernel/pack'

const sharedFolder = 'share/capability_handlers'
const maxHandlers = 100

/** A folder that claims to hold a handler. */
export interface HandlerFolder {
  readonly packId: PackId
  readonly slug: string
  readonly directory: string
  /** Relative to the home. */
  readonly location: string
}

/** What a folder offers; no offer when there is an error. */
export interface FoundHandler {
  readonly offer?: CandidateOffer
  readonly diagnostics: readonly Diagnostic[]
}

/** Whose grants a handler's own calls need: `<pack>__<slug>`, a child of its pack. (roadmap §2.2) */
export function findHandlerPrincipal(packId: string, slug: string): Result<PackId, string> {
  const principal = `${packId}__${slug}`
  const lineage = parseLineage(principal)
  if (lineage.ok && lineage.value.at(-2) === packId) return ok(packIdSchema.parse(principal))
  return err(`the principal "${principal}" cannot be: rename the folder so that it is short and holds no "__"`)
}

/**
 * Folders below `share/capability_handlers/`, beside the manifest and at the top of the pack. Names only; their content
 * is read through the tree store, which refuses links and special files. (pack-development §Capability Handler)
 */
export function listHandlerFolders({ packId, directory, location, subdir }: FoundPack): readonly HandlerFolder[] {
  const roots = subdir === '' ? [sharedFolder] : [`${subdir}/${sharedFolder}`, sharedFolder]
  return roots.flatMap((root) =>
    listFolders(join(directory, root)).map((slug) => ({
      packId,
      slug,
      directory: join(directory, root, slug),
      location: `${location}/${root}/${slug}`,
    })),
  )
}

function listFolders(path: string): readonly string[] {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return readdirSync(path, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    .toSorted()
    .slice(0, maxHandlers)
}

/** Copies a handler's folder into the store and reads what it offers from that copy. */
export async function readHandlerFolder(trees: TreeStore, folder: HandlerFolder): Promise<FoundHandler> {
  const { packId, slug, location } = folder
  const refuse = (code: string, message: string): FoundHandler => ({
    diagnostics: [{ severity: 'error', code, message, file: location }],
  })
  if (!handlerSlugSchema.safeParse(slug).success)
    return refuse('handler.slug', `"${slug}" is no name for a handler's folder`)
  const principal = findHandlerPrincipal(packId, slug)
  if (!principal.ok) return refuse('handler.slug', principal.error)
  const stored = await trees.put(folder)
  if (!stored.ok) return { diagnostics: stored.error }
  const { treeHash, tree } = stored.value
  const bytes = trees.readFile(treeHash, handlerManifestFileName)
  if (!bytes.ok) return refuse('handler.missing', `there is no ${handlerManifestFileName}`)
  const { manifest, diagnostics } = parseHandlerManifest(bytes.value, `${location}/${handlerManifestFileName}`)
  if (!manifest) return { diagnostics }
  const { file, function: name } = manifest.entrypoint
  const entry = tree.entries.find((one) => one.kind === 'file' && one.path === file)
  if (entry?.kind !== 'file') return refuse('handler.entrypoint', `there is no file ${file}`)
  const key = { packId, slug, handlerId: manifest.handlerId, sha256: entry.sha256.replace(/^sha256:/, '') }
  const offer = {
    candidateKey: formatCandidateKey(key),
    manifestSha256: sha256Hex(bytes.value),
    contentHash: treeHash,
    permissionId: manifest.permissionId,
    entrypoint: `${file}:${name}`,
  }
  return { offer, diagnostics }
}
