import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { err, ok, type Outcome, type Random } from '@rumi/kernel/base'
import { deriveSealingKey, type SealingKey } from '@rumi/kernel/secret'
import { writeFileAtomically } from '../system/index.ts'

/** The keys that seal secrets. */
export interface MasterKeys {
  /** The first seals, all of them open; empty: this home has secrets and lost its key. */
  readonly keys: readonly SealingKey[]
  /** Absent: the key is kept elsewhere, and is changed there. */
  readonly file?: MasterKeyFile
}

/** The file of the keys, `user_data/.secrets_key`: lines of 64 hex digits. Every change is durable when it returns. */
export interface MasterKeyFile {
  /** Makes a new key the first one; the others open until `dropOldKeys`. */
  addKey(): MasterKeys
  /** Forgets every key but the first. */
  dropOldKeys(): MasterKeys
}

/** Where the key file is, and whether it may be made. */
export interface MasterKeyPlace {
  readonly path: string
  /** This home has never had a secret. Otherwise a new key would hide that the old one is lost. (K2) */
  readonly mayMake: boolean
  readonly random: Random
}

/**
 * Reads the key file, or makes it in a home that has never had a secret. A home that has secrets and no key opens
 * without one: it runs, and gives no secret out.
 *
 * Problems: `home.unsafe` 403, `home.keys_damaged` 500.
 */
export function loadMasterKeyFile({ path, mayMake, random }: MasterKeyPlace): Outcome<MasterKeys> {
  const facts = lstatSync(path, { throwIfNoEntry: false })
  if (!facts) {
    if (!mayMake) return ok({ keys: [] })
    writeFileAtomically(path, `${makeLine(random)}\n`)
    return loadMasterKeyFile({ path, mayMake: false, random })
  }
  if (!facts.isFile() || facts.nlink > 1) {
    const message = `${path} must be a regular file.`
    return err({ code: 'home.unsafe', status: 403, message, hint: `Look at it: ls -l ${path}` })
  }
  if ((facts.mode & 0o077) !== 0) {
    const message = `${path} is a key and may be read by others.`
    return err({ code: 'home.unsafe', status: 403, message, hint: `chmod 600 ${path}` })
  }
  const lines = facts.size > MAX_FILE_BYTES ? [] : readLines(path)
  if (lines.length === 0 || !lines.every((line) => /^[0-9a-f]{64}$/.test(line))) {
    const message = 'The key of the secrets cannot be read.'
    return err({ code: 'home.keys_damaged', status: 500, message, hint: `Restore ${path} from a backup.` })
  }
  return ok(openLines(path, lines, random))
}

/** 16 keys; nobody has more than two, but for a rotation that was cut short. */
const MAX_FILE_BYTES = 16 * 65

function readLines(path: string): readonly string[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
}

function makeLine(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('hex')
}

function openLines(path: string, lines: readonly string[], random: Random): MasterKeys {
  const replace = (next: readonly string[]): MasterKeys => {
    writeFileAtomically(path, `${next.join('\n')}\n`)
    return openLines(path, next, random)
  }
  return {
    keys: lines.map((line) => deriveSealingKey(Buffer.from(line, 'hex'))),
    file: {
      addKey: () => replace([makeLine(random), ...lines]),
      dropOldKeys: () => replace(lines.slice(0, 1)),
    },
  }
}

/**
 * Reads a key that is kept elsewhere: 64 hex digits, or base64 of at least 32 bytes. Anything else is refused: a short
 * or mistyped key must not come to mean some key.
 *
 * Problem: `settings.invalid` 400; it never repeats the text.
 *
 * @param origin - Where the text is from, for people. @example 'RUMI_SECRETS_KEY'
 */
export function parseMasterKey(text: string, origin: string): Outcome<MasterKeys> {
  const bytes = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : findBase64(text)
  if (bytes === undefined || bytes.length < 32) {
    const message = `${origin}: must be 64 hex digits, or base64 of at least 32 bytes.`
    return err({ code: 'settings.invalid', status: 400, message, hint: 'Make one: openssl rand -hex 32' })
  }
  return ok({ keys: [deriveSealingKey(bytes)] })
}

function findBase64(text: string): Buffer | undefined {
  const plain = text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/={1,2}$/, '')
  const bytes = Buffer.from(plain, 'base64')
  return bytes.toString('base64').replace(/=+$/, '') === plain ? bytes : undefined
}
