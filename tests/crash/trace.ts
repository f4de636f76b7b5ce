import { dirname } from 'node:path'

/** A system call that a process made, as strace wrote it down. */
export interface Call {
  readonly thread: number
  readonly name: string
  /** How many calls of that name this thread had made, this one included: what an injection counts. */
  readonly count: number
  /** The file of a descriptor, or the first path. */
  readonly path: string
  /** The second path of a rename. */
  readonly target: string
  /** The whole line. */
  readonly text: string
}

/** Reads what `strace -f -y` wrote. Calls stand where they ended: a flush holds from then on. */
export function readTrace(text: string): readonly Call[] {
  const counts = new Map<string, number>()
  const unfinished = new Map<number, Omit<Call, 'text'>>()
  return text.split('\n').flatMap((line) => {
    const resumed = /^(\d+) +<\.\.\. \w+ resumed>/.exec(line)
    if (resumed) {
      const begun = unfinished.get(Number(resumed[1]))
      return begun ? [{ ...begun, text: line }] : []
    }
    const called = /^(\d+) +(\w+)\((.*)$/.exec(line)
    if (!called) return []
    const [, thread = '', name = '', rest = ''] = called
    const count = (counts.get(`${thread} ${name}`) ?? 0) + 1
    counts.set(`${thread} ${name}`, count)
    const paths = [...rest.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '')
    const path = /^\d+<([^>]*)>/.exec(rest)?.[1] ?? paths[0] ?? ''
    const call = { thread: Number(thread), name, count, path, target: paths[1] ?? '' }
    if (line.endsWith('<unfinished ...>')) {
      unfinished.set(Number(thread), call)
      return []
    }
    return [{ ...call, text: line }]
  })
}

/**
 * What a power cut right after the last call could take away: files written and not flushed, and names changed in a
 * folder that was not flushed. `early` are renames of what was not flushed before them.
 */
export function findUnflushed(
  calls: readonly Call[],
  home: string,
): { readonly files: readonly string[]; readonly folders: readonly string[]; readonly early: readonly string[] } {
  const files = new Set<string>()
  const folders = new Set<string>()
  const early: string[] = []
  for (const { name, path, target, text } of calls) {
    if (!path.startsWith(home) || text.includes(' = -1 ')) continue
    if (path.startsWith(`${home}/user_data/audit`)) continue // a copy of the ledger: a cut makes it anew
    if (name === 'write' || name === 'pwrite64') files.add(path)
    if (name === 'fsync' || name === 'fdatasync') {
      files.delete(path)
      folders.delete(path)
    }
    if (name.startsWith('rename')) {
      early.push(...[...files].filter((file) => file === path || file.startsWith(`${path}/`)))
      folders.add(dirname(target))
    }
  }
  return { files: [...files], folders: [...folders], early }
}
