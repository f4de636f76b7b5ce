import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the operator is when they read what we print. */
export interface Whereabouts {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly currentFolder: string
  /** The home as it was named on the command line. */
  readonly home: string | undefined
}

/**
 * How this program is called from where the operator is, with the `--home` that leads to the same home again: what we
 * print can be typed as it is.
 *
 * @example 'bin/rumi --home /srv/rumi'
 */
export function describeOwnName(whereabouts: Whereabouts): string {
  const { environment, currentFolder, home } = whereabouts
  const launcher = fileURLToPath(new URL('../../../../bin/rumi', import.meta.url))
  const program = isOnPath(launcher, environment['PATH']) ? 'rumi' : describePath(launcher, currentFolder)
  const usual = resolve(currentFolder, environment['RUMI_HOME'] ?? '.rumi')
  if (home === undefined || resolve(currentFolder, home) === usual) return program
  return `${program} --home ${describePath(resolve(currentFolder, home), currentFolder)}`
}

/** A path as the operator would type it: relative when it lies below, quoted when a shell would take it apart. */
export function describePath(path: string, currentFolder: string): string {
  const below = relative(currentFolder, path)
  if (below === '') return '.'
  if (below.startsWith('..')) return quote(path)
  return quote(below.includes('/') ? below : `./${below}`)
}

/** Our sentences name commands as `rumi packs list`; this writes them so that they can be typed here. */
export function nameCommands(text: string, ownName: string): string {
  return text.replace(COMMANDS, () => `${ownName} `)
}

const COMMANDS =
  /(?<![\w/.-])rumi (?=(?:init|up|token|doctor|packs|flows|runs|routes|schedules|network|grants|capability|stores|secrets|denials|ledger|audit|kairos|skills|knowledge|context|chain|state|formalization|instructions|resources|completion|--help)\b)/g

function isOnPath(launcher: string, pathVariable: string | undefined): boolean {
  if (!existsSync(launcher)) return true
  const real = realpathSync(launcher)
  const found = (pathVariable ?? '')
    .split(delimiter)
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, 'rumi'))
    .find((path) => existsSync(path))
  return found !== undefined && realpathSync(found) === real
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
