import { z } from 'zod'
import { isoInstant } from '@rumi/kernel/base'
import type { DocumentContent, DocumentPlan, DocumentSummary } from '@rumi/skills/document'
import { diagnosticSchema } from '../packs/view.ts'

export const documentViewSchema = z.object({
  layer: z.enum(['L1', 'L2']),
  session: z.string().nullable(),
  name: z.string(),
  title: z.string(),
  description: z.string(),
  version: z.string().nullable(),
  tags: z.array(z.string()),
  archived: z.boolean(),
  /** Below `.kairos`. */
  path: z.string(),
  /** Files beside the main one, by kind. */
  scripts: z.number(),
  assets: z.number(),
  references: z.number(),
  modified_at: z.string(),
  /** Why it cannot be read as it should. */
  problem: diagnosticSchema.nullable(),
})

/** One document in a list. */
export function presentDocument(document: DocumentSummary): z.input<typeof documentViewSchema> {
  const { layer, session, name, title, description, version, tags, isArchived, path, files, modifiedAtMs } = document
  const count = (kind: string): number => files.filter((file) => file.kind === kind).length
  return {
    ...{ layer, session, name, title, description, version, tags: [...tags], archived: isArchived, path },
    ...{ scripts: count('script'), assets: count('asset'), references: count('reference') },
    modified_at: isoInstant(modifiedAtMs),
    problem: document.problem ?? null,
  }
}

export const documentContentSchema = documentViewSchema.extend({
  /** SHA-256 of the main file. */
  content_hash: z.string().nullable(),
  /** The main file as it is. */
  text: z.string(),
  body: z.string(),
  meta: z.record(z.string(), z.unknown()),
  files: z.array(z.object({ path: z.string(), kind: z.string(), size_bytes: z.number(), executable: z.boolean() })),
})

/** One document with its text. */
export function presentContent(document: DocumentContent): z.input<typeof documentContentSchema> {
  return {
    ...presentDocument(document),
    ...{ content_hash: document.contentHash, text: document.text, body: document.body, meta: { ...document.meta } },
    files: document.files.map(({ path, kind, sizeBytes, isExecutable }) => ({
      ...{ path, kind, size_bytes: sizeBytes, executable: isExecutable },
    })),
  }
}

export const planViewSchema = z.object({
  layer: z.enum(['L1', 'L2']),
  session: z.string().nullable(),
  name: z.string(),
  action: z.enum(['create', 'update', 'delete', 'archive', 'unarchive']),
  /** SHA-256 of the main file before and after. */
  prev_hash: z.string().nullable(),
  next_hash: z.string().nullable(),
  files: z.array(z.string()),
  warnings: z.array(diagnosticSchema),
})

/** What was done with a document. */
export function presentPlan({
  id,
  action,
  prevHash,
  nextHash,
  changes,
  warnings,
}: DocumentPlan): z.input<typeof planViewSchema> {
  return {
    ...{ layer: id.layer, session: id.session, name: id.name, action, prev_hash: prevHash, next_hash: nextHash },
    files: changes.map(({ path }) => path),
    warnings: [...warnings],
  }
}

/** A text of a document. */
export const contentSchema = z.string().max(1024 * 1024)
/** A name as it comes; what is none names nothing. */
export const nameSchema = z.string().min(1).max(128)
export const filesSchema = z
  .array(
    z.strictObject({
      /** Below the document's folder. @example 'scripts/count.py' */
      path: z.string().min(1).max(512),
      /** Its bytes in base64. */
      content: z.base64().max(14 * 1024 * 1024),
      executable: z.boolean().default(false),
    }),
  )
  .max(1000)
  .default([])

/** Files as a plan takes them. */
export function decodeFiles(files: z.output<typeof filesSchema>) {
  return files.map(({ path, content, executable }) => ({
    ...{ path, bytes: Buffer.from(content, 'base64'), isExecutable: executable },
  }))
}
