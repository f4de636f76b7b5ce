import type { HttpPlace } from '@rumi/kernel/operation'

/** Tells which methods a path has, so that a wrong method is not taken for a wrong path. */
export type MethodFinder = (path: string) => readonly string[]

/** Makes the finder for operations' places. A path that can be read can also be asked for its headers alone. */
export function createMethodFinder(places: readonly Pick<HttpPlace, 'method' | 'path'>[]): MethodFinder {
  const patterns = places.map(({ method, path }) => ({ method, segments: path.split('/') }))
  return (path) => {
    const given = path.replace(/\/$/, '').split('/')
    const methods = patterns.filter(({ segments }) => fits(segments, given)).map(({ method }) => method)
    return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].toSorted()
  }
}

function fits(segments: readonly string[], given: readonly string[]): boolean {
  if (segments.length !== given.length) return false
  return segments.every((segment, index) => (segment.startsWith('{') ? given[index] !== '' : segment === given[index]))
}
