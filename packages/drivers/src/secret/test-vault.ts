import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '@rumi/kernel/base'
import type { LedgerEntry } from '@rumi/kernel/ledger'
import type { StateStore } from '@rumi/kernel/state'
import { decideSecretRead, secretNameSchema, SecretText, type SecretName } from '@rumi/kernel/secret'
import { prepareHome, systemRandom, type HomePaths } from '../system/index.ts'
import type { FileSecretVault } from './file-secret-vault.ts'
import { openSecretVault, type SecretSurroundings } from './open-vault.ts'

export const nameOf = (text: string): SecretName => secretNameSchema.parse(text)
export const text = (value: string): SecretText => new SecretText(value)
export const a = nameOf('A')
export const b = nameOf('B')

/** A home with a ledger in memory. */
export interface TestHome {
  readonly paths: HomePaths
  readonly state: StateStore & { readonly entries: readonly LedgerEntry[] }
  readonly clock: Clock
  readonly onBroken?: () => void
}

/** Makes a home in a temporary folder. */
export function makeHome(): HomePaths {
  const prepared = prepareHome(mkdtempSync(join(tmpdir(), 'rumi-secrets-')))
  if (!prepared.ok) throw new Error(prepared.error.message)
  return prepared.value
}

/** Opens the vault as every start does. */
export const tryOpen = async (
  home: TestHome,
  changes: Partial<SecretSurroundings> = {},
): ReturnType<typeof openSecretVault> =>
  openSecretVault({
    ...{ paths: home.paths, state: home.state, clock: home.clock, random: systemRandom },
    ...{ keySource: 'home', environment: {}, keyringProgram: undefined },
    onBroken: home.onBroken ?? (() => undefined),
    ...changes,
  })

/** Opens the vault; throws when it does not open. */
export async function openVault(home: TestHome, changes: Partial<SecretSurroundings> = {}): Promise<FileSecretVault> {
  const opened = await tryOpen(home, changes)
  if (!opened.ok) throw new Error(opened.error.message)
  return opened.value
}

export const fileOf = ({ paths }: TestHome, name: string): string => join(paths.secrets, `${name}.json`)

/** A secret's file. */
export const readJson = (home: TestHome, name: string): ReturnType<JSON['parse']> =>
  JSON.parse(readFileSync(fileOf(home, name), 'utf8'))

/** What a pack with a grant for this name gets. */
export function get(vault: FileSecretVault, name: string): string {
  const decision = decideSecretRead({ name, allowedKeys: new Set([name]), ...vault.read(name) })
  if (!decision.allowed) return `denied: ${decision.reason}`
  const opened = vault.open(decision.record)
  return opened.ok ? opened.value.reveal() : `denied: ${opened.error.kind}`
}

/** What is wrong, as `NAME: fault`. */
export const listFaults = (vault: FileSecretVault): readonly string[] =>
  vault.list().faults.map(({ name, fault }) => `${name}: ${fault}`)

/** The ledger, flat. */
export const listEntries = ({ state }: TestHome): readonly Readonly<Record<string, unknown>>[] =>
  state.entries.map(({ kind, actor, subject, data }) => ({ kind, actor, subject, ...data }))
