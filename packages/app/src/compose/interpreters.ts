import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** The first of the candidates that can be executed. */
export function findProgram(
  name: string,
  configured: string | undefined,
  pathVariable: string | undefined,
): string | undefined {
  if (configured !== undefined) return configured
  const folders = ['/usr/bin', '/bin', '/usr/local/bin', ...(pathVariable ?? '').split(delimiter)]
  return folders.map((folder) => join(folder, name)).find((path) => path.startsWith('/') && isExecutable(path))
}

/** Where prepared sandbox roots are kept when nothing else is configured: one place for all homes of a user. */
export function defaultCacheFolder(uid: number, cacheVariable: string | undefined): string {
  if (uid === 0) return '/var/cache/rumi'
  return join(cacheVariable?.startsWith('/') === true ? cacheVariable : join(homedir(), '.cache'), 'rumi')
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // asking is how one learns it
  }
}
