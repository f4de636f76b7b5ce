import { err, ok, packIdSchema, sha256Hex, type Diagnostic, type PackId, type TreeHash } from '../base/index.ts'
import {
  findSubdir,
  parseManifest,
  treeHash,
  type FileTree,
  type FoundPack,
  type PackFolder,
  type TreeEntry,
  type TreeStore,
} from '../pack/index.ts'

/** The files of a pack, by path. A directory is whatever is in front of a `/`. */
export type PackFiles = Readonly<Record<string, string>>

/** Folders of packs and a store of trees in memory, with what tests want to do to them. */
export interface MemoryPacks {
  readonly folder: PackFolder
  readonly trees: TreeStore
  /** Puts a pack's folder there, or changes it. */
  place(packId: string, files: PackFiles): void
  /** Changes the folder's dates and nothing else. */
  touch(packId: string): void
  removeFolder(packId: string): void
  /** Makes the folder one that is refused. */
  spoil(packId: string): void
  /** Changes the bytes of a stored file, or, with `undefined`, deletes the stored tree. */
  damage(hash: TreeHash, path: string | undefined): void
}

interface Folder {
  readonly files: PackFiles
  readonly version: number
  readonly isSpoiled: boolean
}

/** A pack's files: a manifest and one block, and what else is named. */
export function packFiles(packId: string, more: PackFiles = {}, manifest: object = {}): PackFiles {
  const document = { pack_id: packId, pack_identity: `local:${packId}`, ...manifest }
  return { 'ecosystem.json': JSON.stringify(document), 'blocks/a.py': 'def run(i): return i', ...more }
}

/** No packs and no trees yet. */
export function createMemoryPacks(): MemoryPacks {
  const folders = new Map<PackId, Folder>()
  const stored = new Map<TreeHash, { readonly tree: FileTree; readonly files: Map<string, Buffer> }>()
  let version = 0
  const set = (packId: string, change: (before: Folder | undefined) => Omit<Folder, 'version'>): void => {
    version += 1
    const id = packIdSchema.parse(packId)
    folders.set(id, { ...change(folders.get(id)), version })
  }
  const fingerprint = (directory: string): string | undefined => {
    const folder = folders.get(packIdSchema.parse(directory.split('/').at(-1)))
    return folder && `v${folder.version}`
  }
  return {
    folder: {
      discover: () => ({
        packs: [...folders].map(([packId, folder]) => describeFolder(packId, folder)),
        diagnostics: [],
      }),
      fingerprint,
    },
    trees: createTreeStore(stored, ({ directory }) => {
      const folder = folders.get(packIdSchema.parse(directory.split('/').at(-1)))
      const mark = fingerprint(directory)
      return folder && !folder.isSpoiled && mark !== undefined ? { files: folder.files, fingerprint: mark } : undefined
    }),
    place: (packId, files) => set(packId, () => ({ files, isSpoiled: false })),
    touch: (packId) => set(packId, (before) => before ?? { files: {}, isSpoiled: false }),
    removeFolder: (packId) => folders.delete(packIdSchema.parse(packId)),
    spoil: (packId) => set(packId, (before) => ({ files: before?.files ?? {}, isSpoiled: true })),
    damage: (hash, path) => {
      if (path === undefined) stored.delete(hash)
      else stored.get(hash)?.files.set(path, Buffer.from('damaged'))
    },
  }
}

function describeFolder(packId: PackId, { files, version }: Folder): FoundPack {
  const subdir = findSubdir(readTree(files)) ?? ''
  const text = files[subdir === '' ? 'ecosystem.json' : `${subdir}/ecosystem.json`] ?? ''
  const { manifest, diagnostics } = parseManifest(Buffer.from(text), { directoryName: packId })
  const directory = `/home/ecosystem/${packId}`
  const location = `ecosystem/${packId}`
  return {
    packId,
    directory,
    location,
    subdir,
    ...(manifest ? { manifest } : {}),
    fingerprint: `v${version}`,
    diagnostics,
  }
}

function readTree(files: PackFiles): FileTree {
  const directories = new Set(
    Object.keys(files).flatMap((path) => {
      const parts = path.split('/').slice(0, -1)
      return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
    }),
  )
  const entries: TreeEntry[] = [
    ...[...directories].map((path) => ({ kind: 'directory' as const, path })),
    ...Object.entries(files).map(([path, text]) => ({
      kind: 'file' as const,
      path,
      size: Buffer.byteLength(text),
      sha256: sha256Hex(text),
    })),
  ]
  return { entries: entries.toSorted((a, b) => (a.path < b.path ? -1 : 1)) }
}

type Stored = Map<TreeHash, { readonly tree: FileTree; readonly files: Map<string, Buffer> }>

function createTreeStore(
  stored: Stored,
  readFolder: (source: {
    readonly directory: string
  }) => { readonly files: PackFiles; readonly fingerprint: string } | undefined,
): TreeStore {
  const readFile: TreeStore['readFile'] = (hash, path) => {
    const entry = stored.get(hash)?.tree.entries.find((one) => one.path === path)
    const bytes = stored.get(hash)?.files.get(path)
    if (entry?.kind !== 'file' || !bytes) return err(problem('tree.no_file'))
    return sha256Hex(bytes) === entry.sha256 ? ok(bytes) : err(problem('tree.damaged'))
  }
  const readManifest: TreeStore['readManifest'] = (hash) => {
    const tree = stored.get(hash)?.tree
    return tree ? ok(tree) : err(problem('tree.unknown'))
  }
  return {
    put: async (source) => {
      const reading = readFolder(source)
      if (!reading) return err([problem('tree.link')])
      const tree = readTree(reading.files)
      const hash = treeHash(tree)
      const files = Object.entries(reading.files).map(([path, text]) => [path, Buffer.from(text)] as const)
      stored.set(hash, { tree, files: new Map(files) })
      return ok({ treeHash: hash, fingerprint: reading.fingerprint, tree })
    },
    path: (hash) => `/home/trees/${hash}`,
    has: (hash) => stored.has(hash),
    readManifest,
    readFile,
    verify: async (hash) => {
      const tree = readManifest(hash)
      if (!tree.ok) return err([tree.error])
      const bad = tree.value.entries.find((entry) => entry.kind === 'file' && !readFile(hash, entry.path).ok)
      return bad ? err([problem('tree.damaged')]) : tree
    },
    remove: (hash) => stored.delete(hash),
    sweep: (keep) => {
      const gone = [...stored.keys()].filter((hash) => !keep.has(hash))
      for (const hash of gone) stored.delete(hash)
      return gone
    },
  }
}

function problem(code: string): Diagnostic {
  return { severity: 'error', code, message: `${code} in the test` }
}
