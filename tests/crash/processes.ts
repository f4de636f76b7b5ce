import { readdirSync, readFileSync } from 'node:fs'

/** A process, told from a later one of the same number by when it started. */
export interface ProcessName {
  readonly pid: number
  readonly startedAt: string
}

/** All processes that descend from one, itself not included. */
export function findDescendants(pid: number): readonly ProcessName[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []))
  const family = new Set([pid])
  for (let before = 0; before < family.size;) {
    before = family.size
    for (const one of all) if (family.has(one.parent)) family.add(one.pid)
  }
  family.delete(pid)
  return all.filter((one) => family.has(one.pid))
}

/** Those of the processes that still run; a zombie does not. */
export function findAlive(processes: readonly ProcessName[]): readonly ProcessName[] {
  return processes.filter(({ pid, startedAt }) => {
    const now = readProcess(pid)
    return now?.startedAt === startedAt && now.state !== 'Z' && now.state !== 'X'
  })
}

function readProcess(pid: number): (ProcessName & { readonly parent: number; readonly state: string }) | undefined {
  try {
    // The name is in parentheses and may hold anything, parentheses too.
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { pid, state: fields[0] ?? '', parent: Number(fields[1]), startedAt: fields[19] ?? '' }
  } catch {
    return undefined // gone since the folder was listed
  }
}
