import { lstatSync, mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * Keeps compiled source of ours between starts: it halves the time to start. Whoever may write there chooses what we
 * execute, so a folder that is not ours alone is not used. Without one everything works, only slower.
 *
 * @param {Readonly<Record<string, string | undefined>>} environment
 */
export function keepCompiledCode(environment) {
  const folder = join(cacheFolder(environment), 'code')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 })
    const facts = lstatSync(folder)
    if (facts.isDirectory() && facts.uid === process.getuid?.() && (facts.mode & 0o022) === 0)
      enableCompileCache(folder)
  } catch {
    return // no room or no right to write: nothing but time is lost
  }
}

/**
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @returns {string}
 */
function cacheFolder({ RUMI_CACHE_DIR, XDG_CACHE_HOME }) {
  if (RUMI_CACHE_DIR !== undefined && isAbsolute(RUMI_CACHE_DIR)) return RUMI_CACHE_DIR
  if (process.getuid?.() === 0) return '/var/cache/rumi'
  const parent = XDG_CACHE_HOME !== undefined && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache')
  return join(parent, 'rumi')
}
