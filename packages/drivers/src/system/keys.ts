import { createPrivateKey, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { err, ok, sha256Hex, type Outcome } from '@rumi/kernel/base'
import { createLedgerSigner, generateLedgerKey, type LedgerSigner } from '@rumi/kernel/ledger'
import type { HomePaths } from './home.ts'
import { writeFileAtomically } from './safe-files.ts'

/** A home's own secrets. */
export interface HomeKeys {
  /** 256 random bits as 43 characters of base64url. */
  readonly operatorToken: string
  readonly signer: LedgerSigner
}

/**
 * Reads the keys, or makes them in a home that has never been used. A used home without its keys is refused: a new key
 * would turn a stolen or lost one into a fresh start. (K2, STO-09)
 *
 * Problem: `home.keys_missing` 500, `home.keys_damaged` 500.
 */
export function loadKeys(paths: HomePaths): Outcome<HomeKeys> {
  const isUsed = existsSync(paths.database)
  const missing = [paths.operatorToken, paths.ledgerKey].filter((file) => !existsSync(file))
  if (isUsed && missing.length > 0) {
    return err({
      code: 'home.keys_missing',
      status: 500,
      message: `This home was used before, but its keys are missing: ${missing.join(', ')}.`,
      hint: 'Restore them from a backup, or start a new home.',
    })
  }
  if (missing.includes(paths.operatorToken))
    writeFileAtomically(paths.operatorToken, `${randomBytes(32).toString('base64url')}\n`)
  if (missing.includes(paths.ledgerKey)) writeFileAtomically(paths.ledgerKey, generateLedgerKey().privateKeyPem)
  return readKeys(paths)
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
