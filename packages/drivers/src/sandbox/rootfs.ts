import { randomBytes } from 'node:crypto'
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { sha256Hex } from '@rumi/kernel/base'
import { skippedLibraryNames, type RuntimeFile, type RuntimeFiles } from './runtime-files.ts'

/** A prepared root folder: what a block sees as `/`. Read-only when mounted; holds no setuid file, no /etc, no host program. */
export interface RootFolder {
  readonly path: string
  readonly executable: string
  readonly version: string
}

/** A file of ours placed in the root, with its content. */
export interface PlacedFile {
  /** Absolute path inside the sandbox. */
  readonly to: string
  readonly content: Uint8Array
}

const recordSchema = z.strictObject({
  folder: z.string().regex(/^[a-z]+-[0-9a-f]{24}$/),
  executable: z.string(),
  version: z.string(),
  interpreter: z.string(),
  ours: z.string(),
  sources: z.array(z.tuple([z.string(), z.number(), z.number()])),
})

/** Where a root puts what the sandbox mounts; they must exist before, because a root is read-only. */
const mountPoints = [
  'pack',
  'tmp',
  'dev',
  'run',
  'rumi',
  'data',
  'pip-packages',
  'bin',
  'lib',
  'lib64',
  'usr/bin',
  'usr/lib',
]
const FORMAT = 'rumi-root/1'

/**
 * Returns the root for an interpreter, building it on first use and whenever the interpreter, one of its libraries or
 * a file of ours has changed.
 *
 * @param cacheFolder - Owned by us and writable by nobody else; shared by every home on the machine.
 * @param interpreter - The host's interpreter, as configured.
 * @param find - Lists its files; slow, so it is asked only when a new root is built.
 */
export async function prepareRoot(request: {
  readonly cacheFolder: string
  readonly interpreter: string
  readonly ours: readonly PlacedFile[]
  readonly find: (interpreter: string) => Promise<RuntimeFiles>
  readonly kind: string
}): Promise<RootFolder> {
  await claimFolder(request.cacheFolder)
  const ours = sha256Hex(JSON.stringify([FORMAT, ...request.ours.map((file) => [file.to, sha256Hex(file.content)])]))
  const recordPath = join(
    request.cacheFolder,
    `${request.kind}-${sha256Hex(request.interpreter + ours).slice(0, 12)}.json`,
  )
  const known = await readRecord(recordPath)
  if (
    known &&
    known.ours === ours &&
    known.interpreter === request.interpreter &&
    (await sourcesUnchanged(known.sources))
  ) {
    const path = join(request.cacheFolder, known.folder)
    if (await exists(path)) {
      const now = new Date()
      await utimes(recordPath, now, now) // in use: the sweep leaves it alone
      return { path, executable: known.executable, version: known.version }
    }
  }
  const files = await request.find(request.interpreter)
  const sources = await describeSources(files)
  const folder = `${request.kind}-${sha256Hex(JSON.stringify([ours, sources])).slice(0, 24)}`
  const path = join(request.cacheFolder, folder)
  if (!(await exists(path))) await buildRoot(path, files, request.ours)
  const record = {
    folder,
    executable: files.executable,
    version: files.version,
    interpreter: request.interpreter,
    ours,
    sources,
  }
  const draft = `${recordPath}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, JSON.stringify(record), { mode: 0o644 })
  await rename(draft, recordPath)
  await sweepRoots(request.cacheFolder)
  return { path, executable: files.executable, version: files.version }
}

const UNUSED_MS = 30 * 24 * 3600 * 1000
const DRAFT_MS = 3600 * 1000

/** Removes roots that nothing has started from for a month, and drafts that a process which was killed left behind. */
async function sweepRoots(cacheFolder: string): Promise<void> {
  const names = await readdir(cacheFolder)
  const kept = new Set<string>()
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    const path = join(cacheFolder, name)
    const record = await readRecord(path)
    if (record && Date.now() - (await stat(path)).mtimeMs < UNUSED_MS) kept.add(record.folder)
    else await rm(path, { force: true })
  }
  for (const name of names.filter((one) => /^[a-z]+-[0-9a-f]{24}/.test(one) && !kept.has(one))) {
    const path = join(cacheFolder, name)
    const facts = await lstat(path).catch(() => undefined)
    if (facts && Date.now() - facts.mtimeMs > DRAFT_MS) await rm(path, { recursive: true, force: true })
  }
}

/** Whoever can write here chooses what every block runs: refuse a folder that is not ours alone. (M6) */
async function claimFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const facts = await lstat(folder)
  const uid = process.getuid?.() ?? -1
  if (!facts.isDirectory() || facts.uid !== uid || (facts.mode & 0o022) !== 0) {
    throw new Error(`the cache folder ${folder} must be a directory owned by uid ${uid} and writable by nobody else`)
  }
  if (uid !== 0) return
  await chmod(folder, 0o755) // workers run as other users: they must be able to enter
  for (let above = dirname(folder); above !== '/'; above = dirname(above)) {
    if (((await lstat(above)).mode & 0o001) === 0) {
      throw new Error(
        `the cache folder ${folder} cannot be reached by the workers' users: ${above} is closed to others; choose another RUMI_CACHE_DIR`,
      )
    }
  }
}

async function readRecord(path: string): Promise<z.infer<typeof recordSchema> | undefined> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined // absent or unreadable: the root is built again
  }
}

async function sourcesUnchanged(sources: readonly (readonly [string, number, number])[]): Promise<boolean> {
  const checks = sources.map(async ([path, size, mtimeMs]) => {
    const facts = await stat(path).catch(() => undefined)
    return facts !== undefined && facts.size === size && facts.mtimeMs === mtimeMs
  })
  return (await Promise.all(checks)).every(Boolean)
}

async function describeSources(files: RuntimeFiles): Promise<[string, number, number][]> {
  return Promise.all(
    [...files.files, ...files.folders].map(async (file): Promise<[string, number, number]> => {
      const facts = await stat(file.from)
      return [file.from, facts.size, facts.mtimeMs]
    }),
  )
}

async function buildRoot(path: string, files: RuntimeFiles, ours: readonly PlacedFile[]): Promise<void> {
  const draft = `${path}.tmp-${randomBytes(6).toString('hex')}`
  try {
    for (const point of mountPoints) await mkdir(join(draft, point), { recursive: true, mode: 0o755 })
    for (const folder of files.folders) await copyFolder(folder.from, join(draft, folder.to))
    for (const file of files.files) await placeCopy(draft, file)
    for (const file of ours) {
      await mkdir(dirname(join(draft, file.to)), { recursive: true, mode: 0o755 })
      await writeFile(join(draft, file.to), file.content, { mode: 0o444 })
    }
    await openFolders(draft)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!(await exists(path))) throw error // otherwise another process built the same root first
  }
}

/** Whatever the umask of whoever started us: a worker's user must be able to enter. */
async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(folder, entry.name))
  }
}

async function placeCopy(root: string, file: RuntimeFile): Promise<void> {
  const target = join(root, file.to)
  await mkdir(dirname(target), { recursive: true, mode: 0o755 })
  await copyOne(await realpath(file.from), target)
}

/** Copies regular files and folders; links are followed only to regular files, so that nothing points outside. */
async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o755 })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (skippedLibraryNames.has(entry.name) || entry.name.startsWith('config-')) continue
    const source = join(from, entry.name)
    if (entry.isDirectory()) await copyFolder(source, join(to, entry.name))
    else if ((await stat(source).catch(() => undefined))?.isFile()) await copyOne(source, join(to, entry.name))
  }
}

async function copyOne(source: string, target: string): Promise<void> {
  const facts = await stat(source)
  await copyFile(source, target)
  await chmod(target, (facts.mode & 0o111) === 0 ? 0o444 : 0o555) // never a setuid bit
  await utimes(target, facts.atime, facts.mtime) // compiled Python files name their source's time
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined
}
