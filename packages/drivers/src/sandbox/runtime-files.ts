import { execFile } from 'node:child_process'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { BlockRuntime } from '@rumi/kernel/sandbox'

const run = promisify(execFile)

/** A file of the host and where it goes in the sandbox's root. */
export interface RuntimeFile {
  readonly from: string
  /** Absolute path inside the sandbox. */
  readonly to: string
}

/** What an interpreter needs to start, and how to start it. */
export interface RuntimeFiles {
  readonly runtime: BlockRuntime
  /** The interpreter inside the sandbox. */
  readonly executable: string
  readonly version: string
  /** Single files: the interpreter, its libraries, a shell for limits. A change of one of them makes a new root. */
  readonly files: readonly RuntimeFile[]
  /** Folders copied whole but for `skip`. */
  readonly folders: readonly RuntimeFile[]
}

const pythonFactsSchema = z.object({ executable: z.string(), stdlib: z.string(), version: z.string() })

/** Folders and files of Python's library that no block needs; `sitecustomize` would run in every block. (SBX-27) */
export const skippedLibraryNames: ReadonlySet<string> = new Set([
  'test',
  'tests',
  'idlelib',
  'tkinter',
  'turtledemo',
  'lib2to3',
  'ensurepip',
  'venv',
  'site-packages',
  'dist-packages',
  'sitecustomize.py',
  'usercustomize.py',
  'EXTERNALLY-MANAGED',
  'config-3.11-x86_64-linux-gnu',
])

/** Asks a Python what it is made of. Rejects when it does not start or is older than 3.9. */
export async function findPythonFiles(python: string): Promise<RuntimeFiles> {
  const question =
    'import json,sys,sysconfig;assert sys.version_info>=(3,9),"Python 3.9 or newer is needed";' +
    'print(json.dumps({"executable":sys.executable,"stdlib":sysconfig.get_path("stdlib"),"version":sys.version.split()[0]}))'
  const { stdout } = await run(python, ['-I', '-S', '-c', question], { env: {}, timeout: 10_000 })
  const facts = pythonFactsSchema.parse(JSON.parse(stdout))
  const executable = await realpath(facts.executable)
  const extensions = await nativeExtensions(join(facts.stdlib, 'lib-dynload'))
  const libraries = await sharedLibraries([executable, ...extensions])
  return {
    runtime: 'python',
    executable,
    version: facts.version,
    files: [{ from: executable, to: executable }, ...libraries],
    folders: [{ from: facts.stdlib, to: facts.stdlib }],
  }
}

/** What the given Node needs; `/bin/sh` is there to set limits before Node starts. */
export async function findNodeFiles(node: string): Promise<RuntimeFiles> {
  const source = await realpath(node)
  const shell = await realpath('/bin/sh')
  const { stdout } = await run(source, ['--version'], { env: {}, timeout: 10_000 })
  const libraries = await sharedLibraries([source, shell])
  return {
    runtime: 'node',
    executable: '/usr/bin/node',
    version: stdout.trim(),
    files: [{ from: source, to: '/usr/bin/node' }, { from: shell, to: '/bin/sh' }, ...libraries],
    folders: [],
  }
}

async function nativeExtensions(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder)
  return names.filter((name) => name.endsWith('.so')).map((name) => join(folder, name))
}

/** The libraries the loader would map for these programs, at the paths where it looks for them. */
async function sharedLibraries(programs: readonly string[]): Promise<readonly RuntimeFile[]> {
  // ldd answers 1 when one of several files is not dynamic; what it printed still counts.
  const { stdout } = await run('ldd', [...programs], { timeout: 20_000, maxBuffer: 8 << 20 }).catch((error: unknown) =>
    z.object({ stdout: z.string() }).parse(error),
  )
  const paths = new Set<string>()
  for (const line of stdout.split('\n')) {
    const path = /=> (\/\S+) \(0x/.exec(line)?.[1] ?? /^\s+(\/\S+) \(0x/.exec(line)?.[1]
    if (path !== undefined) paths.add(path)
  }
  const files: RuntimeFile[] = []
  for (const path of [...paths].sort()) {
    if ((await stat(path)).isFile()) files.push({ from: path, to: path })
  }
  return files
}
