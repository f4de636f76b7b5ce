import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import type { DocumentId } from '@rumi/skills/document'
import { actorOf, define } from '../define.ts'
import { diagnosticSchema } from '../packs/view.ts'
import { reasonSchema } from '../skills/source.ts'
import {
  contentSchema,
  decodeFiles,
  documentContentSchema,
  documentViewSchema,
  filesSchema,
  nameSchema,
  planViewSchema,
  presentContent,
  presentDocument,
  presentPlan,
} from './views.ts'

const isTrue = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])

function idOf(name: string, isArchived = false): DocumentId {
  return { layer: 'L1', session: null, name, ...(isArchived ? { isArchived } : {}) }
}

/** Lists knowledge. */
export const listKnowledge = define({
  name: 'knowledge.list',
  summary: 'Lists the documents of L1; one that is broken hides no other.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/knowledge' },
  input: z.strictObject({ archived: isTrue.default(false) }),
  output: z.object({
    documents: z.array(documentViewSchema),
    count: z.number(),
    diagnostics: z.array(diagnosticSchema),
  }),
  run: async ({ kairos }, { archived }) => {
    const { documents, diagnostics } = kairos.documents.list('L1', { state: archived ? 'archived' : 'active' })
    return ok({ documents: documents.map(presentDocument), count: documents.length, diagnostics: [...diagnostics] })
  },
})

/** Shows a document. */
export const showKnowledge = define({
  name: 'knowledge.show',
  summary: 'Shows a document of L1 with its text and its files.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/knowledge/{name}' },
  input: z.strictObject({ name: nameSchema, archived: isTrue.default(false) }),
  output: documentContentSchema,
  run: async ({ kairos }, { name, archived }) => {
    const document = kairos.documents.read(idOf(name, archived))
    return document.ok ? ok(presentContent(document.value)) : document
  },
})

const writeInput = {
  name: nameSchema,
  /** Markdown, with or without front matter. */
  content: contentSchema,
  description: z.string().max(1024).optional(),
  tags: z.array(z.string().max(64)).max(64).optional(),
  files: filesSchema,
  reason: reasonSchema.default(''),
}

function wishOf(id: DocumentId, input: z.output<z.ZodObject<typeof writeInput>>) {
  const { content, description, tags, files } = input
  return {
    ...{ id, content, files: decodeFiles(files) },
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags }),
  }
}

/** Creates a document. */
export const createKnowledge = define({
  name: 'knowledge.create',
  summary: 'Creates a document of L1.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'POST', path: '/api/knowledge' },
  input: z.strictObject(writeInput),
  output: planViewSchema,
  run: async ({ kairos }, input, context) => {
    const changing = { by: actorOf(context), reason: input.reason }
    const done = await kairos.documents.create(wishOf(idOf(input.name), input), changing)
    return done.ok ? ok(presentPlan(done.value)) : done
  },
})

/** Changes a document. */
export const updateKnowledge = define({
  name: 'knowledge.update',
  summary: 'Changes the text of a document of L1, or files beside it; what it was is kept by its content.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'POST', path: '/api/knowledge/{name}' },
  input: z.strictObject(writeInput),
  output: planViewSchema,
  run: async ({ kairos }, input, context) => {
    const changing = { by: actorOf(context), reason: input.reason }
    const done = await kairos.documents.update(wishOf(idOf(input.name), input), changing)
    return done.ok ? ok(presentPlan(done.value)) : done
  },
})

/** Deletes a document. */
export const deleteKnowledge = define({
  name: 'knowledge.delete',
  summary: 'Deletes a document of L1; its bytes are kept, and a committed state can bring it back.',
  effect: 'change',
  who: 'operator',
  http: { method: 'DELETE', path: '/api/knowledge/{name}' },
  input: z.strictObject({ name: nameSchema, reason: reasonSchema.default('') }),
  output: planViewSchema,
  run: async ({ kairos }, { name, reason }, context) => {
    const done = await kairos.documents.delete(idOf(name), { by: actorOf(context), reason })
    return done.ok ? ok(presentPlan(done.value)) : done
  },
})

/** Archives a document. */
export const archiveKnowledge = define({
  name: 'knowledge.archive',
  summary: 'Takes a document of L1 out of use, with all its files.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/knowledge/{name}/archive' },
  input: z.strictObject({
    name: nameSchema,
    reason: z.string().trim().min(1, 'is required').max(4000),
    /** The document that takes its place. */
    superseded_by: nameSchema.optional(),
  }),
  output: planViewSchema,
  run: async ({ kairos }, { name, reason, superseded_by: successor }, context) => {
    const wish = { id: idOf(name), ...(successor === undefined ? {} : { supersededBy: successor }) }
    const done = await kairos.documents.archive(wish, { by: actorOf(context), reason })
    return done.ok ? ok(presentPlan(done.value)) : done
  },
})

/** Brings a document back. */
export const unarchiveKnowledge = define({
  name: 'knowledge.unarchive',
  summary: 'Brings an archived document of L1 back into use.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/knowledge/{name}/unarchive' },
  input: z.strictObject({ name: nameSchema, reason: reasonSchema.default('') }),
  output: planViewSchema,
  run: async ({ kairos }, { name, reason }, context) => {
    const done = await kairos.documents.unarchive(name, { by: actorOf(context), reason })
    return done.ok ? ok(presentPlan(done.value)) : done
  },
})

const folderSchema = z.string().min(1).max(4096)

/** Takes folders of the Agent Skills standard. */
export const importKnowledge = define({
  name: 'knowledge.import',
  summary: 'Takes folders of the Agent Skills standard on this machine as documents of L1, every byte as it is.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/knowledge-import' },
  input: z.strictObject({
    /** An absolute path: a folder with a `SKILL.md`, or one whose child folders have one. */
    path: folderSchema,
    reason: reasonSchema.default('import'),
    dry_run: z.boolean().default(false),
  }),
  output: z.object({
    ok: z.boolean(),
    documents: z.array(
      z.object({
        name: z.string(),
        imported: planViewSchema.nullable(),
        problem: z.object({ code: z.string(), message: z.string() }).nullable(),
        warnings: z.array(diagnosticSchema),
      }),
    ),
  }),
  run: async ({ kairos }, { path, reason, dry_run: isDryRun }, context) => {
    const taken = await kairos.standard.takeIn(path, { by: actorOf(context), reason }, isDryRun)
    if (!taken.ok) return taken
    const documents = taken.value.map(({ name, plan, problem, warnings }) => ({
      ...{ name, imported: plan && presentPlan(plan), warnings: [...warnings] },
      problem: problem && { code: problem.code, message: problem.message },
    }))
    return ok({ ok: documents.every(({ problem }) => problem === null), documents })
  },
})

/** Gives documents as folders of the Agent Skills standard. */
export const exportKnowledge = define({
  name: 'knowledge.export',
  summary: 'Writes documents of L1 as folders of the Agent Skills standard on this machine.',
  effect: 'read',
  who: 'operator',
  http: { method: 'POST', path: '/api/knowledge-export' },
  input: z.strictObject({
    /** An absolute path of a folder; each document becomes a folder in it that is not there yet. */
    path: folderSchema,
    /** Documents; none: all. */
    names: z.array(nameSchema).max(10_000).default([]),
  }),
  output: z.object({ folders: z.array(z.string()), files: z.number() }),
  run: async ({ kairos }, { path, names }) => {
    const given = kairos.standard.giveOut(path, names)
    return given.ok ? ok({ folders: [...given.value.folders], files: given.value.files }) : given
  },
})
