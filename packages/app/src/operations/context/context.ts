import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { actorOf, define } from '../define.ts'
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
} from '../knowledge/views.ts'

/** Lists contexts. */
export const listContexts = define({
  name: 'context.list',
  summary: 'Lists sessions and the documents of L2 in them.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/context' },
  input: z.strictObject({ session_id: nameSchema.optional() }),
  output: z.object({
    sessions: z.array(z.object({ session_id: z.string(), documents: z.array(documentViewSchema) })),
    count: z.number(),
  }),
  run: async ({ kairos }, { session_id: wanted }) => {
    const found = kairos.documents.listSessions().filter(({ session }) => wanted === undefined || session === wanted)
    const sessions = found.map(({ session, documents }) => ({
      ...{ session_id: session, documents: documents.map(presentDocument) },
    }))
    return ok({ sessions, count: sessions.length })
  },
})

/** Shows a context. */
export const showContext = define({
  name: 'context.show',
  summary: 'Shows a document of a session.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/context/{session_id}/{name}' },
  input: z.strictObject({ session_id: nameSchema, name: nameSchema }),
  output: documentContentSchema,
  run: async ({ kairos }, { session_id: session, name }) => {
    const document = kairos.documents.read({ layer: 'L2', session, name })
    return document.ok ? ok(presentContent(document.value)) : document
  },
})

/** Saves a context. */
export const saveContext = define({
  name: 'context.save',
  summary: 'Creates or changes a document of a session.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'POST', path: '/api/context/{session_id}/{name}' },
  input: z.strictObject({
    session_id: nameSchema,
    name: nameSchema,
    content: contentSchema,
    description: z.string().max(1024).optional(),
    tags: z.array(z.string().max(64)).max(64).optional(),
    files: filesSchema,
  }),
  output: planViewSchema,
  run: async ({ kairos }, input, context) => {
    const { session_id: session, name, content, description, tags, files } = input
    const wish = {
      ...{ id: { layer: 'L2' as const, session, name }, content, files: decodeFiles(files) },
      ...(description === undefined ? {} : { description }),
      ...(tags === undefined ? {} : { tags }),
    }
    const done = await kairos.documents.save(wish, { by: actorOf(context), reason: '' })
    return done.ok ? ok(presentPlan(done.value)) : done
  },
})

/** Deletes a context. */
export const deleteContext = define({
  name: 'context.delete',
  summary: 'Deletes a document of a session.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'DELETE', path: '/api/context/{session_id}/{name}' },
  input: z.strictObject({ session_id: nameSchema, name: nameSchema }),
  output: planViewSchema,
  run: async ({ kairos }, { session_id: session, name }, context) => {
    const done = await kairos.documents.delete({ layer: 'L2', session, name }, { by: actorOf(context), reason: '' })
    return done.ok ? ok(presentPlan(done.value)) : done
  },
})

/** Ends a session. */
export const endSession = define({
  name: 'context.end',
  summary: 'Says that a session has ended; the state is committed when the settings say so.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'POST', path: '/api/context/{session_id}/end' },
  input: z.strictObject({ session_id: nameSchema }),
  output: z.object({ session_id: z.string(), commit: z.string().nullable() }),
  run: async ({ kairos }, { session_id: session }) => {
    const commit = await kairos.endSession(session)
    return ok({ session_id: session, commit })
  },
})
