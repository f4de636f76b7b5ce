import { readdirSync, readFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'

/** A process of this machine, as its kernel describes it. */
export interface HostProcess {
  readonly pid: number
  /** Real and effective user. */
  readonly uids: readonly number[]
}

/** A name no other process has; a block gives it to its processes, at most 15 bytes. */
export function createProcessName(): string {
  return `esc${randomBytes(5).toString('hex')}`
}

/** The processes, anywhere on this machine, that gave themselves this name. What is dead but not yet waited for counts as gone. */
export function findProcessesNamed(name: string): readonly HostProcess[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    const found = findProcess(Number(entry))
    return found?.name === name && found.state !== 'Z' ? [{ pid: found.pid, uids: found.uids }] : []
  })
}

/** Real and effective user of a process; empty when there is none. */
export function readHostUids(pid: number): readonly number[] {
  return findProcess(pid)?.uids ?? []
}

/** Whether a process lives. */
export function isAlive(pid: number): boolean {
  const found = findProcess(pid)
  return found !== undefined && found.state !== 'Z'
}

/** Waits until a condition holds; answers whether it came true within the time. */
export async function eventually(condition: () => boolean, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return true
}

function findProcess(pid: number): (HostProcess & { readonly name: string; readonly state: string }) | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const field = (name: string): string => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1] ?? ''
    const uids = field('Uid').split(/\s+/).slice(0, 2).map(Number)
    return { pid, uids, name: field('Name'), state: field('State').slice(0, 1) }
  } catch {
    return undefined // it has ended meanwhile
  }
}
