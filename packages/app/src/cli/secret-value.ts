import { resolve } from 'node:path'
import { err, ok, type Result } from '@rumi/kernel/base'
import { readBounded, standardInput } from './read-bounded.ts'
import { reasonOf } from './verify-file.ts'
import type { Session } from './session.ts'

/** Bytes that are read of a value; a longer one than a secret may have is refused by the operation. */
const MAX_VALUE_BYTES = 1024 * 1024 + 2

/**
 * Reads the value of a secret: from a file, from whoever types it (nothing is shown), else from the standard input. It
 * is never an argument: every user of the machine can read those, and the shell keeps them. The refusal is a sentence
 * that holds nothing of the value.
 */
export async function readSecretValue(
  session: Session,
  { key, file }: { readonly key: string; readonly file: string | undefined },
): Promise<Result<string, string>> {
  const { terminal, messages, currentFolder } = session
  if (file === undefined && terminal.isTyped) {
    const typed = await terminal.askHidden(messages.gate.secrets.ask(key))
    return typed === '' ? err(messages.gate.usage.secretEmpty) : ok(typed)
  }
  try {
    const path = file === undefined ? standardInput : resolve(currentFolder, file)
    return decodeSecretValue(readBounded(path, MAX_VALUE_BYTES), messages.gate.usage)
  } catch (error) {
    return err(messages.usage.file(file ?? '-', reasonOf(error)))
  }
}

/** The text of a value; one line end at its end is the editor's or the shell's, and is left off. */
export function decodeSecretValue(
  bytes: Uint8Array,
  usage: { readonly secretEmpty: string; readonly secretText: string },
): Result<string, string> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return err(usage.secretText)
  }
  const value = text.replace(/\r?\n$/, '')
  return value === '' ? err(usage.secretEmpty) : ok(value)
}
