import { accessSync, constants } from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlockLimits } from '@rumi/kernel/sandbox'

/** A worker's control group: exact bounds on memory, processes and processor time, and a kill nobody escapes. */
export interface ControlGroup {
  /** Puts the launcher in soon, so that what it starts is born inside and can be found. Failing is no harm: `admit` decides. */
  admitLauncher(pid: number): void
  /** Puts a process in, before its payload runs. */
  admit(pid: number): Promise<void>
  /** SIGKILLs every process in it, until none is left. */
  kill(): Promise<void>
  /** Removes the (empty) group. */
  remove(): Promise<void>
}

/** Makes groups, in whatever form this machine offers. */
export interface ControlGroups {
  /** For `doctor`: `v2`, `v1`, or why there is none. */
  readonly form: 'v2' | 'v1' | 'none'
  create(name: string, limits: BlockLimits): Promise<ControlGroup | undefined>
  /** Kills and removes the groups that a kernel which was killed left behind. */
  sweep(): Promise<void>
}

const ROOT = '/sys/fs/cgroup'
const PERIOD_US = 1_000_000

/**
 * Finds a writable hierarchy. Without one (an ordinary user without delegation) the limits inside the sandbox hold.
 *
 * @param owner - Names this home's groups, so that two systems on one machine never meet: `[a-z0-9-]{1,40}`.
 */
export async function findControlGroups(owner: string): Promise<ControlGroups> {
  const own = await ownUnifiedGroup()
  if (own !== undefined && (await controllersOf(own)).has('memory') && isWritable(own))
    return unifiedGroups(join(own, `rumi-${owner}`))
  const legacy = ['memory', 'pids', 'cpu'].map((controller) => join(ROOT, controller))
  if (legacy.every(isWritable)) return legacyGroups(legacy.map((folder) => join(folder, `rumi-${owner}`)))
  return { form: 'none', create: async () => undefined, sweep: async () => undefined }
}

async function ownUnifiedGroup(): Promise<string | undefined> {
  const line = (await readFile('/proc/self/cgroup', 'utf8')).split('\n').find((text) => text.startsWith('0::'))
  return line === undefined ? undefined : join(ROOT, line.slice(3))
}

async function controllersOf(folder: string): Promise<ReadonlySet<string>> {
  const text = await readFile(join(folder, 'cgroup.subtree_control'), 'utf8').catch(() => '')
  return new Set(text.trim().split(/\s+/))
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false // asking is how one learns it
  }
}

function unifiedGroups(parent: string): ControlGroups {
  return {
    form: 'v2',
    create: async (name, limits) => {
      const folder = join(parent, name)
      await mkdir(folder, { recursive: true })
      await writeFile(join(parent, 'cgroup.subtree_control'), '+memory +pids +cpu')
      await writeFile(join(folder, 'memory.max'), String(limits.memoryBytes))
      await writeFile(join(folder, 'memory.swap.max'), '0').catch(ignoreMissingSwap)
      await writeFile(join(folder, 'pids.max'), String(limits.pids + 8))
      await writeFile(join(folder, 'cpu.max'), `${Math.round(limits.cpus * PERIOD_US)} ${PERIOD_US}`)
      return createGroup([folder])
    },
    sweep: async () => sweepBelow([parent]),
  }
}

function legacyGroups(parents: readonly string[]): ControlGroups {
  return {
    form: 'v1',
    create: async (name, limits) => {
      const [memory = '', pids = '', cpu = ''] = parents.map((parent) => join(parent, name))
      for (const folder of [memory, pids, cpu]) await mkdir(folder, { recursive: true })
      const quota = Math.round(limits.cpus * PERIOD_US)
      await Promise.all([
        writeFile(join(memory, 'memory.limit_in_bytes'), String(limits.memoryBytes)),
        writeFile(join(pids, 'pids.max'), String(limits.pids + 8)), // the sandbox's own processes come on top
        writeFile(join(cpu, 'cpu.cfs_period_us'), String(PERIOD_US)).then(() =>
          writeFile(join(cpu, 'cpu.cfs_quota_us'), String(quota)),
        ),
      ])
      return createGroup([memory, pids, cpu])
    },
    sweep: async () => sweepBelow(parents),
  }
}

function createGroup(folders: readonly string[]): ControlGroup {
  return {
    admitLauncher: (pid) => {
      // Not awaited, and not in one go with the start: moving a process can take the system ten milliseconds and more.
      writeFile(join(folders[0] ?? '', 'cgroup.procs'), String(pid)).catch(ignoreGone)
    },
    admit: async (pid) => {
      for (const folder of folders) await writeFile(join(folder, 'cgroup.procs'), String(pid))
    },
    kill: async () => killAll(folders[0] ?? ''),
    remove: async () => removeGroups(folders),
  }
}

/** The launcher has ended already, and `admit` will say so. */
function ignoreGone(): void {
  return undefined
}

/** Repeats, because a process may fork between the reading and the signal; bounded, because each round kills all it saw. */
async function killAll(folder: string): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const pids = (await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => ''))
      .split('\n')
      .filter((line) => line !== '')
    if (pids.length === 0) return
    for (const pid of pids) signal(Number(pid))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    return // it ended by itself
  }
}

async function removeGroups(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    for (let round = 0; round < 20; round += 1) {
      const failure = await rmdir(folder).then(
        () => undefined,
        (error: NodeJS.ErrnoException) => error.code,
      )
      if (failure !== 'EBUSY') break
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

async function sweepBelow(parents: readonly string[]): Promise<void> {
  for (const parent of parents) {
    const names = await readdir(parent, { withFileTypes: true }).catch(() => [])
    for (const entry of names.filter((candidate) => candidate.isDirectory())) {
      await killAll(join(parent, entry.name))
      await removeGroups([join(parent, entry.name)])
    }
    await removeGroups([parent])
  }
}

function ignoreMissingSwap(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error // a kernel without swap accounting has no such file
}
