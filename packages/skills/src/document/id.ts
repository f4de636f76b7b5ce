import { z } from 'zod'
import { err, ok, type Outcome, type Problem } from '@rumi/kernel/base'
import { documentNameSchema } from '../base/index.ts'

/** A layer that is made of documents: L1 is knowledge of the project, L2 is one session's. L0 is made of skills. */
export type DocumentLayer = 'L1' | 'L2'

/** The folder of all documents of a layer, relative to the data folder. */
export const layerFolders = { L1: 'knowledge', L2: 'context' } as const

/** Where L1 documents lie that are out of use. */
export const archiveFolder = 'knowledge/.archived'

/** Names a document. Anything that cannot be such a name is a document that does not exist. */
export interface DocumentId {
  readonly layer: DocumentLayer
  /** Of an L2 document; null for L1. */
  readonly session: string | null
  readonly name: string
  /** Among the archived documents of L1. */
  readonly isArchived?: boolean
}

const idSchema = z.union([
  z.object({
    layer: z.literal('L1'),
    session: z.null(),
    name: documentNameSchema,
    isArchived: z.boolean().optional(),
  }),
  z.object({
    layer: z.literal('L2'),
    session: documentNameSchema,
    name: documentNameSchema,
    isArchived: z.literal(false).optional(),
  }),
])

/**
 * The folder of a document, or the problem that there is none: a name with a separator, `..`, a leading dot or an escape is
 * no name, so it never becomes a path. (path containment; behaviour: unknown addresses)
 */
export function locateDocument(id: DocumentId): Outcome<string> {
  const parsed = idSchema.safeParse(id)
  if (!parsed.success || isSkippedName(id.name) || (id.session !== null && isSkippedName(id.session))) {
    return err(unknownDocument(id))
  }
  return ok(folderOf(id))
}

/** The folder of an id that is known to be good. */
export function folderOf({ layer, session, name, isArchived }: DocumentId): string {
  if (isArchived === true) return `${archiveFolder}/${name}`
  return session === null ? `${layerFolders[layer]}/${name}` : `${layerFolders[layer]}/${session}/${name}`
}

/** Backups that editors and upgrades leave behind, and hidden folders: `x.bak`, `x.bak.2`, `.git`; not `backup_workflow`. */
export function isSkippedName(name: string): boolean {
  return name.startsWith('.') || name.includes('.bak')
}

/** The first half of a problem's code. */
export function nounOf(layer: DocumentLayer): 'knowledge' | 'context' {
  return layerFolders[layer]
}

/** 404: nothing has this name; a name that is not one answers the same, and is not repeated. */
export function unknownDocument(id: DocumentId): Problem {
  const isName = documentNameSchema.safeParse(id.name).success
  const message = isName ? `No ${nounOf(id.layer)} is called "${id.name}".` : `No ${nounOf(id.layer)} has this name.`
  const rule = 'A name is a letter or digit and up to 63 letters, digits, ".", "_" and "-".'
  return { code: `${nounOf(id.layer)}.unknown`, status: 404, message, ...(isName ? {} : { hint: rule }) }
}
