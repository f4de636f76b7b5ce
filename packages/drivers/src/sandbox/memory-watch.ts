import { existsSync, readdirSync, readFileSync } from 'node:fs'

const LOOK_MS = 200

/**
 * Where there are no control groups, nothing of the machine bounds what a tree of processes takes together: a limit on
 * one process is multiplied by their number, and Node cannot start under a useful one. So it is looked at, five times
 * a second. What a tree takes between two looks is not prevented; that it goes on is.
 *
 * @param pid - The first process, as this machine numbers it.
 * @param limitBytes - Memory of its own that the tree may hold; shared memory is divided among those who share it.
 * @param onExceeded - Called at every look at which the tree holds more.
 * @returns Ends the watch.
 */
export function watchMemory(pid: number, limitBytes: number, onExceeded: () => void): () => void {
  const timer = setInterval(() => {
    const tree = listTree(pid, chooseListing())
    // What is resident counts shared memory as often as it is shared, but is quick to read: enough for most looks.
    if (sum(tree, readResidentBytes) > limitBytes && sum(tree, readShareBytes) > limitBytes) onExceeded()
  }, LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}

function sum(tree: readonly number[], measure: (pid: number) => number): number {
  return tree.reduce((total, pid) => total + measure(pid), 0)
}

/** A process and all that descend from it. Whoever loses its parent becomes a child of the tree's first process. */
function listTree(pid: number, listChildren: (parent: number) => readonly number[]): readonly number[] {
  const tree = [pid]
  for (const one of tree) tree.push(...listChildren(one))
  return tree
}

/** How to find a process's children: most kernels list them; for the others all processes are asked for their parent. */
function chooseListing(): (parent: number) => readonly number[] {
  if (existsSync(`/proc/self/task/${process.pid}/children`)) return readChildren
  const pids = list('/proc').map(Number)
  const parents = new Map(pids.filter((pid) => pid > 0).map((pid) => [pid, readParent(pid)]))
  return (parent) => [...parents].flatMap(([pid, its]) => (its === parent ? [pid] : []))
}

function readChildren(parent: number): readonly number[] {
  return list(`/proc/${parent}/task`).flatMap((thread) =>
    read(`/proc/${parent}/task/${thread}/children`)
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  )
}

function readParent(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // the process has ended meanwhile
  }
}

/** Anonymous memory alone: files that are mapped belong to everybody. */
function readResidentBytes(pid: number): number {
  return readKibibytes(read(`/proc/${pid}/status`), 'RssAnon')
}

function readShareBytes(pid: number): number {
  return readKibibytes(read(`/proc/${pid}/smaps_rollup`), 'Pss_Anon')
}

function readKibibytes(text: string, field: string): number {
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // it has ended meanwhile
  }
}
