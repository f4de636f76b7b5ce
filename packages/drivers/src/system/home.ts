import { accessSync, constants, lstatSync, mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Outcome, type Problem } from '@rumi/kernel/base'

/** Where things are in a home. (README of the seeds §Project structure) */
export interface HomePaths {
  readonly root: string
  readonly ecosystem: string
  readonly flows: string
  readonly userData: string
  /** Skills, knowledge, contexts and their settings. */
  readonly kairos: string
  readonly sharedFlows: string
  readonly trees: string
  readonly keys: string
  readonly database: string
  readonly operatorToken: string
  readonly ledgerKey: string
  /** A file for each secret, and their journal. */
  readonly secrets: string
  /** The keys that seal secrets; not there when they are kept elsewhere. */
  readonly secretsKey: string
  /** Tells a second process, and the command line, where the running system is. */
  readonly serverFile: string
}

/** The paths of a home. */
export function homePaths(root: string): HomePaths {
  const userData = join(root, 'user_data')
  const keys = join(userData, 'keys')
  return {
    root,
    ecosystem: join(root, 'ecosystem'),
    flows: join(root, 'flows'),
    userData,
    kairos: join(root, '.kairos'),
    sharedFlows: join(userData, 'shared', 'flows'),
    trees: join(userData, 'trees'),
    keys,
    database: join(userData, 'rumi.db'),
    operatorToken: join(keys, 'operator.token'),
    ledgerKey: join(keys, 'ledger.pem'),
    secrets: join(userData, 'secrets'),
    secretsKey: join(userData, '.secrets_key'),
    serverFile: join(userData, 'server.json'),
  }
}

/**
 * Makes the folders of a home that are missing and checks the ones that are there. Whoever may write into them chooses
 * what runs, so a folder that others may write to is refused, with the command to type. (OPS-02, STO-14)
 *
 * Problems: `home.unsafe` 403, `home.unusable` 400.
 */
export function prepareHome(path: string): Outcome<HomePaths> {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const paths = homePaths(realpathSync(path))
    const privateFolders = new Set([paths.keys, paths.secrets])
    const folders = [
      paths.root,
      paths.ecosystem,
      paths.flows,
      paths.userData,
      join(paths.userData, 'shared'),
      paths.sharedFlows,
      paths.trees,
      paths.keys,
      paths.secrets,
      paths.kairos,
    ]
    for (const folder of folders) {
      mkdirSync(folder, { recursive: true, mode: privateFolders.has(folder) ? 0o700 : 0o755 })
      const problem = checkFolder(folder, privateFolders.has(folder))
      if (problem) return err(problem)
    }
    // Said now: on a disk that is mounted read-only the first write would fail somewhere in the middle.
    for (const folder of [paths.userData, paths.trees, paths.keys, paths.secrets])
      accessSync(folder, constants.W_OK | constants.X_OK)
    for (const file of [paths.operatorToken, paths.ledgerKey, paths.secretsKey]) {
      const problem = checkSecretFile(file)
      if (problem) return err(problem)
    }
    return ok(paths)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return err({
      code: 'home.unusable',
      status: 400,
      message: `The home ${path} cannot be used (${code}).`,
      hint: 'Choose another one with --home.',
    })
  }
}

function checkFolder(folder: string, isPrivate: boolean): Problem | undefined {
  const facts = lstatSync(folder)
  if (!facts.isDirectory()) {
    return {
      code: 'home.unsafe',
      status: 403,
      message: `${folder} must be a folder, not a link or a file.`,
      hint: `Replace it: mv ${folder} ${folder}.old && mkdir ${folder}`,
    }
  }
  const uid = process.getuid?.() ?? facts.uid
  if (facts.uid !== uid) {
    return {
      code: 'home.unsafe',
      status: 403,
      message: `${folder} belongs to another user (uid ${facts.uid}).`,
      // Made root's, the folder would be lost to its owner, and what runs there would run as root.
      hint: uid === 0 ? `Run it as that user: sudo -u '#${facts.uid}' rumi …` : `chown ${uid} ${folder}`,
    }
  }
  if (isPrivate && (facts.mode & 0o077) !== 0) {
    return {
      code: 'home.unsafe',
      status: 403,
      message: `${folder} holds secrets and may be entered by others.`,
      hint: `chmod 700 ${folder}`,
    }
  }
  if ((facts.mode & 0o022) !== 0) {
    return {
      code: 'home.unsafe',
      status: 403,
      message: `${folder} may be written to by others.`,
      hint: `chmod go-w ${folder}`,
    }
  }
  return undefined
}

function checkSecretFile(file: string): Problem | undefined {
  const facts = lstatSync(file, { throwIfNoEntry: false })
  if (!facts) return undefined
  if (!facts.isFile() || facts.nlink > 1) {
    return {
      code: 'home.unsafe',
      status: 403,
      message: `${file} must be a regular file.`,
      hint: `Look at it: ls -l ${file}`,
    }
  }
  if ((facts.mode & 0o077) !== 0) {
    return {
      code: 'home.unsafe',
      status: 403,
      message: `${file} is a key and may be read by others.`,
      hint: `chmod 600 ${file}`,
    }
  }
  return undefined
}
