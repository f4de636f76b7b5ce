import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type BigIntStats } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { ChainFault, ChainFaultCode } from '@rumi/skills/chain'

/** A file that was read whole, or why not. Only what does not exist is `absent`. */
export type PlainFile =
  | { readonly kind: 'read'; readonly bytes: Uint8Array; readonly stamp: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly fault: ChainFault }

/**
 * Reads a file of at most `limitBytes`. A link, a folder, a pipe or a device is unreadable, and so is a relative path:
 * it would name another file for every place that a process is started from.
 */
export function readPlainFile(path: string, limitBytes: number): PlainFile {
  if (!isAbsolute(path)) return unreadable('chain.unopenable', 'a relative path depends on where the process stands')
  const found = attempt(() => lstatSync(path, { bigint: true }))
  if (found.kind !== 'done') return found
  // Before it is opened: to open a device may already do something.
  if (!found.value.isFile()) return unreadable('chain.unopenable', 'not a plain file')
  // O_NONBLOCK: a pipe put here since must not stop us.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const opened = attempt(() => openSync(path, flags))
  if (opened.kind !== 'done') return opened
  try {
    const read = attempt(() => readDescriptor(opened.value, limitBytes))
    return read.kind === 'done' ? read.value : read
  } finally {
    closeSync(opened.value)
  }
}

/** Differs whenever the content behind a path may have changed; undefined when nothing can be seen there. */
export function findStamp(path: string): string | undefined {
  const found = attempt(() => lstatSync(path, { bigint: true }))
  return found.kind === 'done' ? stampOf(found.value) : undefined
}

/** A reading that failed for one reason. */
export function unreadable(code: ChainFaultCode, message: string): { kind: 'unreadable'; fault: ChainFault } {
  return { kind: 'unreadable', fault: { index: undefined, code, message } }
}

type Attempt<T> = { readonly kind: 'done'; readonly value: T } | Exclude<PlainFile, { kind: 'read' }>

/** Node's errors of the file system, and of a path it does not take, become a reading. */
function attempt<T>(step: () => T): Attempt<T> {
  try {
    return { kind: 'done', value: step() }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return { kind: 'absent' }
    return unreadable('chain.unopenable', `cannot be opened or read (${String(error.code)})`)
  }
}

function readDescriptor(descriptor: number, limitBytes: number): PlainFile {
  const before = fstatSync(descriptor, { bigint: true })
  if (!before.isFile()) return unreadable('chain.unopenable', 'not a plain file')
  if (before.size > BigInt(limitBytes)) return unreadable('chain.too_large', `larger than ${limitBytes} bytes`)
  // One byte more than there should be, so that a file that grows is seen.
  const buffer = Buffer.alloc(Number(before.size) + 1)
  let length = 0
  for (;;) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, null)
    length += count
    if (count === 0 || length === buffer.length) break
  }
  const stamp = stampOf(before)
  const isWhole = length === buffer.length - 1 && stamp === stampOf(fstatSync(descriptor, { bigint: true }))
  if (!isWhole) return unreadable('chain.changed', 'changed while it was read')
  return { kind: 'read', bytes: buffer.subarray(0, length), stamp }
}

function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`
}
