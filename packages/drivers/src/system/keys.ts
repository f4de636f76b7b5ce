import { createPrivateKey, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { err, ok, sha256Hex, type Outcome } from '@rumi/kernel/base'
import { createLedgerSigner, generateLedgerKey, type LedgerSigner } from '@rumi/kernel/ledger'
import type { HomePaths } from './home.ts'
import { syncDirectory, writeFileAtomically } from './safe-files.ts'

/** A home's own secrets. */
export interface HomeKeys {
  /** 256 random bits as 43 characters of base64url. */
  readonly operatorToken: string
  readonly signer: LedgerSigner
}

/**
 * Reads the keys, or makes them in a home that has never been used. A used home without its keys, or without its
 * database, is refused: lost security state is no fresh start. (K2, STO-09)
 *
 * Problems: `home.keys_missing` 500, `home.state_missing` 500, `home.keys_damaged` 500.
 */
export function loadKeys(paths: HomePaths): Outcome<HomeKeys> {
  const hasDatabase = existsSync(paths.database)
  if (existsSync(usedMark(paths)) && !hasDatabase) {
    return err({
      code: 'home.state_missing',
      status: 500,
      message: `This home was used before, but its database is missing: ${paths.database}.`,
      hint: 'Restore it from a backup, or start a new home.',
    })
  }
  const isUsed = hasDatabase || existsSync(usedMark(paths))
  const missing = findMissing(paths)
  if (isUsed && missing.length > 0) {
    return err({
      code: 'home.keys_missing',
      status: 500,
      message: `This home was used before, but its keys are missing: ${missing.join(', ')}.`,
      hint: 'Restore them from a backup, or start a new home.',
    })
  }
  if (missing.length === 2) makeTogether(paths)
  for (const file of findMissing(paths)) writeFileAtomically(file, makeKey(paths, file))
  return readKeys(paths)
}

/** Notes, once the database exists, that this home has state: from then on its absence is a loss. */
export function markHomeUsed(paths: HomePaths): void {
  if (!existsSync(usedMark(paths))) writeFileAtomically(usedMark(paths), 'This home has state in user_data/rumi.db.\n')
}

function usedMark(paths: HomePaths): string {
  return join(paths.keys, 'used')
}

/**
 * Makes both keys in a folder of their own, which then takes the place of the empty one. Of two processes that start in
 * the same new home one wins, and the other reads the winner's keys: nobody works with keys that are on no disk.
 */
function makeTogether(paths: HomePaths): void {
  const folder = mkdtempSync(`${paths.keys}.tmp-`)
  try {
    for (const file of [paths.operatorToken, paths.ledgerKey]) {
      writeFileAtomically(join(folder, basename(file)), makeKey(paths, file))
    }
    renameSync(folder, paths.keys)
    syncDirectory(paths.userData)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    const isTaken = error instanceof Error && 'code' in error && ['ENOTEMPTY', 'EEXIST'].includes(String(error.code))
    if (!isTaken) throw error
  }
}

function findMissing(paths: HomePaths): readonly string[] {
  return [paths.operatorToken, paths.ledgerKey].filter((file) => !existsSync(file))
}

function makeKey(paths: HomePaths, file: string): string {
  if (file === paths.ledgerKey) return generateLedgerKey().privateKeyPem
  return `${randomBytes(32).toString('base64url')}\n`
}

/** Reads the keys of a home and makes none. Problem: `home.keys_damaged` 500. */
export function readKeys(paths: HomePaths): Outcome<HomeKeys> {
  const token = readText(paths.operatorToken)?.trim() ?? ''
  const pem = readText(paths.ledgerKey)
  if (!/^[A-Za-z0-9_-]{43}$/.test(token) || pem === undefined) return damaged()
  try {
    const key = createPrivateKey(pem)
    return ok({ operatorToken: token, signer: createLedgerSigner(`rumi-${sha256Hex(pem).slice(0, 16)}`, key) })
  } catch {
    return damaged() // not a key: nobody is authenticated by half a file
  }
}

function readText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function damaged(): Outcome<HomeKeys> {
  return err({
    code: 'home.keys_damaged',
    status: 500,
    message: 'The keys of this home cannot be read.',
    hint: 'Restore user_data/keys from a backup, or start a new home.',
  })
}
