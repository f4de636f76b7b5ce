import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Outcome } from '@rumi/kernel/base'
import { deriveGrantKey, type GrantKey } from '@rumi/kernel/grant'
import type { HomePaths } from './home.ts'
import { writeFileAtomically } from './safe-files.ts'

/** The keys that sign grants: the first signs, all of them count. Kept as lines of 64 hex digits. */
export interface GrantKeyFile {
  readonly keys: readonly GrantKey[]
  /** Makes a new key the first one; the others count on until `dropOldKeys`. Durable when it returns. */
  addKey(): GrantKeyFile
  /** Forgets every key but the first. */
  dropOldKeys(): GrantKeyFile
}

/**
 * Reads the keys for grants, or makes one in a home that has never had a grant. Lost keys are no fresh start: whoever
 * could make new ones by deleting a file could also sign what they like. (K2)
 *
 * Problems: `home.keys_missing` 500, `home.keys_damaged` 500, `home.unsafe` 403.
 */
export function loadGrantKeys(paths: HomePaths, hasGrants: boolean): Outcome<GrantKeyFile> {
  const file = join(paths.keys, 'grants.key')
  if (!existsSync(file)) {
    if (hasGrants) {
      return err({
        code: 'home.keys_missing',
        status: 500,
        message: `This home has grants, but the keys that signed them are missing: ${file}.`,
        hint: 'Restore them from a backup, or start a new home.',
      })
    }
    writeFileAtomically(file, `${randomBytes(32).toString('hex')}\n`)
  }
  const facts = lstatSync(file)
  if (!facts.isFile() || (facts.mode & 0o077) !== 0) {
    const message = `${file} is a key and may be read by others.`
    return err({ code: 'home.unsafe', status: 403, message, hint: `chmod 600 ${file}` })
  }
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  const isSound = lines.length > 0 && lines.length <= 16 && lines.every((line) => /^[0-9a-f]{64}$/.test(line))
  if (!isSound) {
    const hint = `Restore ${file} from a backup, or start a new home.`
    return err({ code: 'home.keys_damaged', status: 500, message: 'The keys of this home cannot be read.', hint })
  }
  return ok(openKeys(file, lines))
}

function openKeys(file: string, lines: readonly string[]): GrantKeyFile {
  const replace = (next: readonly string[]): GrantKeyFile => {
    writeFileAtomically(file, `${next.join('\n')}\n`)
    return openKeys(file, next)
  }
  return {
    keys: lines.map((line) => deriveGrantKey(Buffer.from(line, 'hex'))),
    addKey: () => replace([randomBytes(32).toString('hex'), ...lines]),
    dropOldKeys: () => replace(lines.slice(0, 1)),
  }
}
