import { resolve } from 'node:path'
import { err, ok, type Result } from '@rumi/kernel/base'
import { readBounded, standardInput } from './read-bounded.ts'
import type { Session } from './session.ts'
import { reasonOf } from './verify-file.ts'

/** Bytes of a source or of a document's main file, as the operations take them at most. */
const maxTextBytes = 1024 * 1024

/**
 * The text of a file, of at most 1 MiB; without a file, or for `-`, what comes through the standard input. Nobody is made
 * to type it at a terminal. The refusal is a sentence.
 */
export function readLocalText(session: Session, file: string | undefined): Result<string, string> {
  const { messages, terminal, currentFolder } = session
  const words = messages.kairos.usage
  const isStandardInput = file === undefined || file === '-'
  if (isStandardInput && terminal.isTyped) return err(words.needsText)
  const shown = file ?? '-'
  try {
    const bytes = readBounded(isStandardInput ? standardInput : resolve(currentFolder, file), maxTextBytes + 1)
    if (bytes.length > maxTextBytes) return err(words.tooLong(shown))
    // Nothing at all came: whoever typed the command forgot the file, and would only learn that a text is empty.
    if (isStandardInput && bytes.length === 0) return err(words.needsText)
    return decode(bytes, words.noText(shown))
  } catch (error) {
    return err(messages.usage.file(shown, reasonOf(error)))
  }
}

/** Bytes that are no UTF-8 are refused: replaced ones would be another text than the one that somebody reviewed. */
function decode(bytes: Uint8Array, refusal: string): Result<string, string> {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return err(refusal)
  }
}
