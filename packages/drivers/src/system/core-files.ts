import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const PROGRAMS = ['/usr/bin/prlimit', '/bin/prlimit']

/**
 * Keeps a crash of this process from writing its memory, with every key in it, to a file. Node cannot do it itself, so
 * `prlimit` of util-linux does; without it nothing changes, and `findCoreFileFault` says so. (rule: core size 0)
 */
export function disableCoreFiles(): void {
  if (findCoreFileFault() === undefined) return
  const program = PROGRAMS.find((path) => existsSync(path))
  if (program === undefined) return
  const limit = coreLimit()
  try {
    const args = [`--core=${limit}:${limit}`, '--pid', String(process.pid)]
    execFileSync(program, args, { env: {}, stdio: 'ignore', timeout: 5000 })
  } catch {
    return // whether it worked is read from the process itself, and doctor tells
  }
}

/** Why a crash could write this process's memory to a file; undefined: it could not. */
export function findCoreFileFault(): string | undefined {
  const limits = readText('/proc/self/limits')
  const soft = /^Max core file size +(\d+|unlimited) /m.exec(limits)?.[1]
  if (soft === undefined) return 'the limit for core files cannot be read'
  if (soft === '1' || (soft === '0' && coreLimit() === 0)) return undefined
  const isInstalled = PROGRAMS.some((path) => existsSync(path))
  return isInstalled
    ? 'core files are not switched off'
    : 'core files are not switched off: prlimit (util-linux) is not there'
}

/**
 * 0, or 1 where crashes are handed to a program: Linux ignores a limit of 0 then, and 1 is its sign for "not this one"
 * (`do_coredump` in fs/coredump.c); a file of one byte is never written either.
 */
function coreLimit(): 0 | 1 {
  return readText('/proc/sys/kernel/core_pattern').startsWith('|') ? 1 : 0
}

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
