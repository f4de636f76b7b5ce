import { closeSync, readdirSync, readFileSync } from 'node:fs'

const CLOSE_ON_EXEC = 0o2000000

/**
 * Closes every descriptor above 2 that whoever started us left open without close-on-exec. Node marks only the first
 * few, so one such as 30 would be readable inside every sandbox. (SBX-22; the class of CVE-2024-21626.)
 * Call it first of all, before anything is opened. Returns the descriptors closed.
 */
export function closeInheritedDescriptors(): readonly number[] {
  const closed: number[] = []
  for (const name of readdirSync('/proc/self/fd')) {
    const descriptor = Number(name)
    if (descriptor > 2 && isInheritable(descriptor)) {
      closeSync(descriptor)
      closed.push(descriptor)
    }
  }
  return closed
}

function isInheritable(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0
  } catch {
    return false // the descriptor of the directory listing itself: already gone
  }
}
