import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/** A process of this machine, as its kernel describes it: what a block cannot lie about. */
export interface HostProcess {
  readonly pid: number
  readonly parent: number
  readonly name: string
  /** Real, effective, saved and file system user. */
  readonly uids: readonly number[]
  readonly gids: readonly number[]
  /** Effective capabilities, in hexadecimal. */
  readonly capabilities: string
  /** 2: a filter decides about its system calls. */
  readonly seccomp: number
  readonly noNewPrivileges: boolean
}

/** A name no other process has; a block gives it to its processes. At most 15 bytes. */
export function createProcessName(): string {
  return `esc${randomBytes(5).toString('hex')}`
}

/** The living processes, anywhere on this machine, that gave themselves this name. */
export function findProcessesNamed(name: string): readonly HostProcess[] {
  return readdirSync('/proc').flatMap((entry) => {
    const found = /^\d+$/.test(entry) ? findProcess(Number(entry)) : undefined
    return found?.name === name ? [found] : []
  })
}

/** A living process; one that is dead but not yet waited for counts as gone. */
export function findProcess(pid: number): HostProcess | undefined {
  const status = readStatus(pid)
  if (status === undefined || status('State').startsWith('Z')) return undefined
  const numbers = (name: string): readonly number[] => status(name).split(/\s+/).map(Number)
  return {
    pid,
    parent: Number(status('PPid')),
    name: status('Name'),
    uids: numbers('Uid'),
    gids: numbers('Gid'),
    capabilities: status('CapEff'),
    seccomp: Number(status('Seccomp')),
    noNewPrivileges: status('NoNewPrivs') === '1',
  }
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

function readStatus(pid: number): ((field: string) => string) | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8')
    return (field) => new RegExp(`^${field}:\\s+(.*)$`, 'm').exec(text)?.[1] ?? ''
  } catch {
    return undefined // it has ended
  }
}
