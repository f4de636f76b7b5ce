import { isoInstant, type Problem } from '@rumi/kernel/base'
import type { Messages } from '../messages/index.ts'
import { escapeJson } from './render/escape.ts'
import type { Session } from './session.ts'

/** What an exception is turned into a problem with. */
export interface ExceptionLog {
  /** Takes one line of JSON for whoever keeps the system running. */
  readonly write: (line: string) => void
  /** A fresh id, so that the reply and the line find each other. */
  readonly newId: () => string
  readonly now: () => string
  readonly messages: Messages
}

/**
 * Makes the last resort of an operation: the exception goes to the log with an id; whoever asked learns the id and no
 * detail. A disk that is full or failed is told apart: it is `storage.unavailable` 503 and may pass. So is something that
 * stands where a file of the skills belongs: it is `kairos.obstructed` 409, and the change is finished once it is gone.
 */
export function createExceptionHandler({ write, newId, now, messages }: ExceptionLog): (error: unknown) => Problem {
  return (error) => {
    const id = newId()
    const obstacle = findObstacle(error)
    if (obstacle !== undefined) return obstructed(obstacle)
    const storage = readStorageFault(error)
    // Of a bug one wants to know where it is; of a full disk only that it is full.
    const detail = error instanceof Error ? ((storage ? undefined : error.stack) ?? error.message) : String(error)
    write(`${escapeJson({ level: 'error', at: now(), id, code: storage ? 'storage' : 'internal', detail }, 0)}\n`)
    if (!storage)
      return { code: 'internal', status: 500, message: messages.internal.message(id), hint: messages.internal.hint }
    return {
      code: 'storage.unavailable',
      status: 503,
      message: `Nothing was changed: ${storage} (${id}).`,
      hint: storage === 'the disk is full' ? 'Make room on the disk of the home, then try again.' : 'rumi doctor',
    }
  }
}

/** The last resort of this process; its log is `err`. */
export function exceptionHandler({ terminal, messages }: Session): (error: unknown) => Problem {
  return createExceptionHandler({
    write: (line) => terminal.err(line),
    newId: () => crypto.randomUUID().slice(0, 8),
    now: () => isoInstant(Date.now()),
    messages,
  })
}

/** The path, below `.kairos`, at which something stands that is no plain file or folder of ours. */
function findObstacle(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('kind' in error) || !('path' in error)) return undefined
  const isObstacle = error.kind === 'not-a-folder' || error.kind === 'not-a-file'
  return isObstacle && typeof error.path === 'string' ? error.path : undefined
}

function obstructed(path: string): Problem {
  return {
    code: 'kairos.obstructed',
    status: 409,
    message: `Something stands where .kairos/${path} belongs. The change is on record, and its files wait for that to go.`,
    hint: 'Remove what stands there; the next change, or the next start, writes what waits.',
  }
}

/** Why something could not be stored, in a few words without a path; undefined for any other exception. */
function readStorageFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const sqlite = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
  const kind = 'kind' in error ? error.kind : undefined
  const code = 'code' in error ? error.code : undefined
  if (kind === 'full' || code === 'ENOSPC' || code === 'EDQUOT' || sqlite === SQLITE_FULL) return 'the disk is full'
  if (kind === 'broken' || code === 'EIO' || sqlite === SQLITE_IOERR) return 'the disk failed'
  if (code === 'EROFS' || sqlite === SQLITE_READONLY) return 'the disk is read-only'
  return kind === 'closed' ? 'the system is stopping' : undefined
}

const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_FULL = 13
