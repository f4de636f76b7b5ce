/** Bounds of everything below one data folder. */
export const stateLimits = {
  files: 200_000,
  /** Most names in one path. */
  depth: 16,
  /** Longest name in bytes of UTF-8: file systems hold 255, and a file that is being written has a longer name. */
  nameBytes: 200,
} as const

/** A layer that a state holds, in the words of its summary. */
export type StateLayer = 'L0' | 'L1' | 'L2' | 'skillsets' | 'config'

/** Folders below the data folder that belong to the state. `storage/` does not: it holds what is made of the others. */
export const stateFolders = ['config', 'context', 'knowledge', 'skills', 'skillsets'] as const

/**
 * The layer a file belongs to; `undefined`: it is no part of the state. The file with the settings of the skills is
 * configuration, not law.
 *
 * @example layerOf('knowledge/pets/pets.md') === 'L1'
 */
export function layerOf(path: string): StateLayer | undefined {
  if (path === 'skills/config.yml') return 'config'
  const slash = path.indexOf('/')
  switch (path.slice(0, Math.max(slash, 0))) {
    case 'skills':
      return 'L0'
    case 'knowledge':
      return 'L1'
    case 'context':
      return 'L2'
    case 'skillsets':
      return 'skillsets'
    case 'config':
      return 'config'
    default:
      return undefined
  }
}

/**
 * Tells whether a text can be one name in a path on every machine and in every record: not empty, no step up, no
 * separator, no control character, whole characters, short enough. (path containment)
 */
export function isPathName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || /[/\p{Cc}]/u.test(name)) return false
  // A character has at most 3 bytes for each of its UTF-16 units.
  if (name.length * 3 > stateLimits.nameBytes && Buffer.byteLength(name) > stateLimits.nameBytes) return false
  return name.isWellFormed()
}

/** The names of a path from the top; `undefined` for a text that is no path below a data folder. */
export function splitPath(path: string): readonly string[] | undefined {
  const names = path.split('/', stateLimits.depth + 1)
  return names.length <= stateLimits.depth && names.every(isPathName) ? names : undefined
}

/** Orders texts by their UTF-16 code units, as canonical JSON orders keys. */
export function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
