import { err, ok, type Clock, type Outcome, type Random } from '@rumi/kernel/base'
import type { StateStore } from '@rumi/kernel/state'
import type { HomePaths } from '../system/index.ts'
import { FileSecretVault } from './file-secret-vault.ts'
import { lookUpKeyring } from './keyring.ts'
import { loadMasterKeyFile, parseMasterKey, type MasterKeys } from './master-key.ts'
import { openSecretFolder } from './secret-folder.ts'
import { readVersionFloors } from './version-floors.ts'

/** What opening the vault takes. */
export interface SecretSurroundings {
  readonly paths: Pick<HomePaths, 'root' | 'secrets' | 'secretsKey'>
  readonly state: StateStore
  readonly clock: Clock
  readonly random: Random
  /** Where the key is, when `RUMI_SECRETS_KEY` does not hold it. */
  readonly keySource: 'home' | 'keyring'
  /** `RUMI_SECRETS_KEY` is read from here and goes nowhere else. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `secret-tool`, where it is installed. */
  readonly keyringProgram: string | undefined
  readonly onBroken: () => void
}

const KEYRING_MS = 10_000

/**
 * Opens the vault and records what a crash left unrecorded. With secrets and without their key it opens too, and gives
 * none of them out.
 *
 * Problems: `settings.invalid` 400, `secrets.keyring` 500, `home.unsafe` 403, `home.keys_damaged` 500.
 */
export async function openSecretVault(surroundings: SecretSurroundings): Promise<Outcome<FileSecretVault>> {
  const { paths, state, clock, random, onBroken } = surroundings
  const folder = openSecretFolder(paths.secrets)
  const floors = readVersionFloors(state)
  const isNew = floors.size === 0 && folder.listNames().length === 0
  const keys = await loadKeys(surroundings, isNew)
  if (!keys.ok) return keys
  const vault = new FileSecretVault({ folder, keys: keys.value, floors, state, clock, random, onBroken })
  await vault.recover()
  return ok(vault)
}

async function loadKeys(surroundings: SecretSurroundings, isNew: boolean): Promise<Outcome<MasterKeys>> {
  const { paths, random, environment, keySource, keyringProgram: program } = surroundings
  const { RUMI_SECRETS_KEY: given } = environment
  if (given !== undefined && keySource === 'keyring') {
    const message = 'RUMI_SECRETS_KEY_SOURCE: is "keyring", but RUMI_SECRETS_KEY is set as well.'
    return err({ code: 'settings.invalid', status: 400, message, hint: 'Unset one of them.' })
  }
  if (given !== undefined) return parseMasterKey(given, 'RUMI_SECRETS_KEY')
  if (keySource === 'home') return loadMasterKeyFile({ path: paths.secretsKey, mayMake: isNew, random })
  const found = await lookUpKeyring({ program, home: paths.root, environment, timeoutMs: KEYRING_MS })
  return found.ok ? parseMasterKey(found.value, 'The key in the keyring') : found
}
