import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { err, ok, type Result } from '@rumi/kernel/base'
import { createExportVerifier, parseVerifierKey, type LedgerReport, type VerifierKey } from '@rumi/kernel/ledger'
import { findKey } from './checkpoint-text.ts'
import { createLineSplitter } from './line-splitter.ts'

/** A small text file: a key or a checkpoint. */
const MAX_TEXT_BYTES = 10_000

/** Why a file was not read; `reason` is the system's own word for it, such as ENOENT. */
export interface FileFault {
  readonly path: string
  readonly reason: string
}

/**
 * Verifies an exported ledger with nothing but its key: no home and no running system. The file is read piece by
 * piece, so its size does not matter.
 *
 * @param file - `-` is the standard input.
 * @param trusted - An earlier checkpoint, to find a rewritten history.
 */
export async function verifyExportFile(
  file: string,
  key: VerifierKey,
  trusted: string | undefined,
): Promise<Result<LedgerReport, FileFault>> {
  const verifier = createExportVerifier(key, trusted === undefined ? {} : { trusted })
  const lines = createLineSplitter((line) => verifier.line(line))
  try {
    const stream: AsyncIterable<Buffer> = file === '-' ? process.stdin : createReadStream(file)
    for await (const chunk of stream) lines.push(chunk)
  } catch (error) {
    return err({ path: file, reason: reasonOf(error) })
  }
  lines.finish()
  return ok(verifier.finish())
}

/** A verifier key, given as text or as a file that holds it; undefined when it is neither. */
export function findVerifierKey(given: string, path: string): VerifierKey | undefined {
  const direct = parseVerifierKey(given.trim())
  if (direct.ok) return direct.value
  if (!existsSync(path)) return undefined
  const text = readSmallFile(path)
  return text.ok ? findKey(text.value) : undefined
}

/** A text file of at most 10 000 bytes. */
export function readSmallFile(path: string): Result<string, FileFault> {
  try {
    const facts = statSync(path)
    if (facts.isDirectory()) return err({ path, reason: 'EISDIR' })
    if (facts.size > MAX_TEXT_BYTES) return err({ path, reason: 'EFBIG' })
    return ok(readFileSync(path, 'utf8').slice(0, MAX_TEXT_BYTES + 1))
  } catch (error) {
    return err({ path, reason: reasonOf(error) })
  }
}

/** The system's own word for what went wrong. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
