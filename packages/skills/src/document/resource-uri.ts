import { err, ok, type Outcome } from '@rumi/kernel/base'
import { documentNameSchema } from '../base/index.ts'
import { locateDocument, type DocumentId } from './id.ts'

/** What an address of a resource names. */
export type ResourceAddress =
  /** A file of L0, by its name. */
  | { readonly kind: 'l0'; readonly file: string }
  /** A document, or one of its files; `path` null is the main file. */
  | { readonly kind: 'document'; readonly id: DocumentId; readonly path: string | null }

/**
 * Reads an address: `l0://kairos.md`, `knowledge://pets`, `knowledge://pets/scripts/x.py`, `context://monday/pets/pets.md`.
 * Nothing in it is decoded, so an address with `..`, an empty or dotted segment, an escape, a question mark or a backslash is
 * one of nothing: 404, like the address of what does not exist. (path containment)
 */
export function parseResourceUri(uri: string): Outcome<ResourceAddress> {
  const [scheme, rest] = splitScheme(uri)
  const [first, second, ...tail] = rest.split('/')
  if (uri.length > 1024 || first === undefined) return err(unknownResource)
  if (scheme === 'l0') {
    const isFile = second === undefined && documentNameSchema.safeParse(first).success
    return isFile ? ok({ kind: 'l0', file: first }) : err(unknownResource)
  }
  if (scheme === 'knowledge') {
    return toAddress({ layer: 'L1', session: null, name: first }, second === undefined ? [] : [second, ...tail])
  }
  if (scheme === 'context' && second !== undefined)
    return toAddress({ layer: 'L2', session: first, name: second }, tail)
  return err(unknownResource)
}

/** The address of a document, or of one of its files. */
export function formatResourceUri({ layer, session, name }: DocumentId, path: string | null): string {
  const tail = path === null ? '' : `/${path}`
  return layer === 'L1' ? `knowledge://${name}${tail}` : `context://${session}/${name}${tail}`
}

const unknownResource = { code: 'resource.unknown', status: 404, message: 'There is no such resource.' } as const

function splitScheme(uri: string): readonly [string, string] {
  const end = uri.indexOf('://')
  return end < 0 ? ['', ''] : [uri.slice(0, end), uri.slice(end + 3)]
}

function toAddress(id: DocumentId, segments: readonly string[]): Outcome<ResourceAddress> {
  if (!locateDocument(id).ok || segments.some(isForeign)) return err(unknownResource)
  return ok({ kind: 'document', id, path: segments.length === 0 ? null : segments.join('/') })
}

/** A segment that some reader would take for another place. */
function isForeign(segment: string): boolean {
  return segment === '' || segment === '.' || segment === '..' || /[\\%?#\u0000-\u001f\u007f]/.test(segment)
}
