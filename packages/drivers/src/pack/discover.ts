import { closeSync } from 'node:fs'
import { join } from 'node:path'
import { unreachable, type Diagnostic, type PackId } from '@rumi/kernel/base'
import {
  checkPackId,
  comparePaths,
  isSkippedDirectory,
  listSubdirCandidates,
  manifestFileName,
  manifestLimits,
  parseManifest,
  treeDiagnostic,
  treeLimits,
  type FoundPack,
  type PackDiscovery,
  type PackFolder,
  type PackIdRefusal,
  type PackManifest,
} from '@rumi/kernel/pack'
import { fingerprintFolder } from './fingerprint.ts'
import {
  listBeneath,
  lookBeneath,
  openDirectory,
  openDirectoryBeneath,
  readFileBeneath,
  type EntryProblem,
} from './open-beneath.ts'

/** Where packs lie, relative to the home; an id in the first place wins (pack-development §最小構成). */
const places = ['ecosystem', 'ecosystem/packs'] as const

/** The packs of a home: `<home>/ecosystem/*` and, for packs of before, `<home>/ecosystem/packs/*`. */
export function directoryPackFolder(home: string): PackFolder {
  return { discover: () => discoverPacks(home), fingerprint: fingerprintFolder }
}

/**
 * Looks at every directory in the places for packs. Whatever is wrong with one is a diagnostic of that one; a link
 * in place of a directory, a refused name and a second pack of the same name (case aside) are no packs at all.
 *
 * Codes beside those of `parseManifest`: `pack.symlink`, `pack.name`, `pack.duplicate`, `pack.too_many`,
 * `pack.unreadable`, `pack.manifest_missing`, `pack.manifest_unreadable`.
 */
export function discoverPacks(home: string): PackDiscovery {
  const packs = new Map<string, FoundPack>()
  const diagnostics: Diagnostic[] = []
  for (const place of places) {
    const listed = discoverPlace(home, place)
    diagnostics.push(...listed.diagnostics)
    for (const pack of listed.packs) {
      const folded = pack.packId.toLowerCase()
      const first = packs.get(folded)
      if (first === undefined) packs.set(folded, pack)
      else diagnostics.push(error('pack.duplicate', pack.location, `not used: ${first.location} has the same name`))
    }
  }
  return { packs: [...packs.values()].sort((left, right) => comparePaths(left.packId, right.packId)), diagnostics }
}

function discoverPlace(home: string, place: string): PackDiscovery {
  const opened = openDirectory(join(home, place))
  if (!opened.ok) {
    const isAbsent = opened.error.kind === 'missing'
    return { packs: [], diagnostics: isAbsent ? [] : [error('pack.unreadable', place, opened.error.message)] }
  }
  try {
    const names = listBeneath(opened.value, treeLimits.maxEntries)
    if (!names.ok) return { packs: [], diagnostics: [error('pack.unreadable', place, names.error.message)] }
    if (names.value.length > treeLimits.maxEntries) {
      return { packs: [], diagnostics: [error('pack.too_many', place, `more than ${treeLimits.maxEntries} entries`)] }
    }
    const directories: string[] = []
    const diagnostics: Diagnostic[] = []
    for (const name of names.value) {
      if (name === undefined) diagnostics.push(error('pack.name', place, 'holds a name that is not UTF-8'))
      else if (!isSkippedDirectory(name)) {
        const stats = lookBeneath(opened.value, name)
        if (stats.ok && stats.value.isDirectory()) directories.push(name)
        // What a link points to can be exchanged without touching anything we look at.
        if (stats.ok && stats.value.isSymbolicLink()) {
          diagnostics.push(error('pack.symlink', `${place}/${name}`, 'a symbolic link, which is never followed'))
        }
      }
    }
    const packs = directories.flatMap((name) => {
      const id = checkPackId(name, directories)
      const location = `${place}/${name}`
      if (id.ok) return [inspectPack(opened.value, { packId: id.value, location, directory: join(home, location) })]
      diagnostics.push(error('pack.name', location, describeRefusal(id.error)))
      return []
    })
    return { packs, diagnostics }
  } finally {
    closeSync(opened.value)
  }
}

function inspectPack(
  place: number,
  pack: { readonly packId: PackId; readonly location: string; readonly directory: string },
): FoundPack {
  const opened = openDirectoryBeneath(place, pack.packId)
  if (!opened.ok) return { ...pack, subdir: '', diagnostics: [unreadable(pack.location, opened.error)] }
  try {
    const { subdir, manifest, diagnostics } = findManifest(opened.value, pack)
    const fingerprint = fingerprintFolder(pack.directory)
    if (fingerprint === undefined) {
      const message = 'cannot be read in full, or holds more than a pack may'
      return { ...pack, subdir, diagnostics: [...diagnostics, error('pack.unreadable', pack.location, message)] }
    }
    return { ...pack, subdir, ...(manifest ? { manifest } : {}), fingerprint, diagnostics }
  } finally {
    closeSync(opened.value)
  }
}

interface FoundManifest {
  readonly subdir: string
  readonly manifest?: PackManifest
  readonly diagnostics: readonly Diagnostic[]
}

function findManifest(directory: number, pack: { readonly packId: PackId; readonly location: string }): FoundManifest {
  const names = listBeneath(directory, treeLimits.maxEntries)
  if (!names.ok) return { subdir: '', diagnostics: [unreadable(pack.location, names.error)] }
  const children = names.value.flatMap((name) => (name !== undefined && isDirectory(directory, name) ? [name] : []))
  for (const subdir of listSubdirCandidates(children)) {
    const file = [pack.location, subdir, manifestFileName].filter((part) => part !== '').join('/')
    const bytes = readManifestFile(directory, subdir)
    if (bytes.ok) return { subdir, ...parseManifest(bytes.value, { directoryName: pack.packId, file }) }
    if (bytes.error.kind !== 'missing') {
      return { subdir, diagnostics: [error('pack.manifest_unreadable', file, bytes.error.message)] }
    }
  }
  const message = `no ${manifestFileName} here or in a directory below`
  return { subdir: '', diagnostics: [error('pack.manifest_missing', pack.location, message)] }
}

function readManifestFile(directory: number, subdir: string): ReturnType<typeof readFileBeneath> {
  if (subdir === '') return readFileBeneath(directory, manifestFileName, manifestLimits)
  const child = openDirectoryBeneath(directory, subdir)
  if (!child.ok) return child
  try {
    return readFileBeneath(child.value, manifestFileName, manifestLimits)
  } finally {
    closeSync(child.value)
  }
}

function isDirectory(parent: number, name: string): boolean {
  const stats = lookBeneath(parent, name)
  return stats.ok && stats.value.isDirectory()
}

function describeRefusal(refusal: PackIdRefusal): string {
  switch (refusal.kind) {
    case 'malformed':
      return 'not a pack id: 1–64 characters of a–z, A–Z, 0–9, "_" and "-"'
    case 'reserved':
      return 'a name that is kept for the system'
    case 'collision':
      return `differs only by case from "${refusal.winner}", which is used`
    default:
      return unreachable(refusal)
  }
}

function unreadable(location: string, problem: EntryProblem): Diagnostic {
  return error('pack.unreadable', location, problem.message)
}

/** Names come from strangers: characters that hide or move text are escaped. */
function error(code: string, location: string, message: string): Diagnostic {
  return treeDiagnostic(code, location, message)
}
