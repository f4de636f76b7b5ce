import { z } from 'zod'
import { err, ok, packIdSchema, type Diagnostic, type Problem } from '@rumi/kernel/base'
import { parsePermissions, permissionsFileName, type PermissionWish, type TreeDiff } from '@rumi/kernel/pack'
import type { PackLibrary, PackReview } from '../../library/index.ts'
import { define } from '../define.ts'
import type { Services } from '../services.ts'
import { packSchema, presentPack, type diagnosticSchema } from './view.ts'

const fileSchema = z.object({ path: z.string(), size: z.number(), sha256: z.string() })

/** An HTTP endpoint that an approval would open. */
const routeSchema = z.object({
  method: z.string(),
  path: z.string(),
  flow_id: z.string(),
  /** `own`: below `/api/packs/<pack_id>/`; `outside`: anywhere else. */
  scope: z.enum(['own', 'outside']),
  description: z.string(),
})

/** A flow that an approval would make runnable. */
const flowSchema = z.object({
  flow_id: z.string(),
  file: z.string(),
  /** It starts by itself. */
  scheduled: z.boolean(),
})

/** Something the pack says it needs. It is granted nothing by saying so. */
const wishSchema = z.object({
  type: z.string(),
  domains: z.array(z.string()),
  ports: z.array(z.number()),
  reason: z.string(),
})

const reviewSchema = packSchema.extend({
  files: z.array(fileSchema),
  /** Approved together with the files; what is wrong with them is among the diagnostics. */
  routes: z.array(routeSchema),
  flows: z.array(flowSchema),
  /** Stores of its own that an approval creates. */
  stores: z.array(z.string()),
  /** What it says it will ask for. */
  wishes: z.array(wishSchema),
  /** Against the approved content; absent when nothing is approved. */
  changes: z
    .object({ added: z.array(z.string()), removed: z.array(z.string()), changed: z.array(z.string()) })
    .optional(),
})

/** What there is to see before approving: every file, and what changed since the last approval. */
export const showPack = define({
  name: 'packs.show',
  summary: 'Shows a pack: its files, its routes, its hash and what changed since the last approval.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/packs/{pack_id}' },
  input: z.strictObject({ pack_id: packIdSchema }),
  output: reviewSchema,
  run: async ({ packs, routes, flows }, input) => {
    await packs.settleModified()
    const review = await packs.review(input.pack_id)
    if (review.ok) return ok(presentReview(review.value, { packs, routes, flows }))
    const view = review.error.code === 'pack.unknown' ? undefined : packs.find(input.pack_id)
    if (!view) return err(review.error)
    const shown = presentPack(view)
    // What is wrong with the folder may be news since the last look: it is the very thing one wants to see.
    const isTold = shown.diagnostics.some(({ severity }) => severity === 'error')
    const diagnostics = isTold ? shown.diagnostics : [...shown.diagnostics, asDiagnostic(review.error)]
    return ok({ ...shown, diagnostics, files: [], routes: [], flows: [], stores: [], wishes: [] })
  },
})

/** Everything to see before a decision, approved or not. */
function presentReview(
  review: PackReview,
  { packs, routes, flows }: Pick<Services, 'packs' | 'routes' | 'flows'>,
): z.input<typeof reviewSchema> {
  const { packId, treeHash, files, changes } = review
  const shown = presentPack(review)
  const offered = routes.review(packId, treeHash)
  const wired = flows.review(packId, treeHash)
  const wished = listWishes(review, packs)
  // Collisions of routes are among the diagnostics of the routes, one by one.
  const obstacles = packs.findObstacles({ packId, treeHash }).filter(({ code }) => code !== 'route.collision')
  const found = [...shown.diagnostics, ...offered.diagnostics, ...wired.diagnostics, ...wished.diagnostics]
  return {
    ...shown,
    // The hash of the files that are shown, and not of the last scan: it is what the reviewer approves.
    tree_hash: treeHash,
    files: files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
    routes: offered.routes.map(({ flowId, method, path, scope, description }) => ({
      ...{ method, path, flow_id: flowId, scope, description },
    })),
    flows: wired.flows.map(({ flowId, file, schedule }) => ({
      flow_id: flowId,
      file,
      scheduled: schedule !== undefined,
    })),
    stores: [...(review.manifest?.stores ?? [])],
    wishes: wished.wishes.map(({ domains, ports, ...wish }) => ({ ...wish, domains: [...domains], ports: [...ports] })),
    diagnostics: [...found, ...obstacles.map(asDiagnostic)],
    ...(changes === undefined ? {} : { changes: presentChanges(changes) }),
  }
}

function presentChanges({ added, removed, changed }: TreeDiff): {
  added: string[]
  removed: string[]
  changed: string[]
} {
  return {
    added: added.map(({ path }) => path),
    removed: removed.map(({ path }) => path),
    changed: changed.map(({ after }) => after.path),
  }
}

function asDiagnostic({ code, message, hint }: Problem): z.input<typeof diagnosticSchema> {
  return { severity: 'error', code, message, ...(hint === undefined ? {} : { hint }) }
}

/** From `permissions.json` and from the manifest. */
function listWishes(
  { treeHash, manifest, found }: PackReview,
  packs: PackLibrary,
): { readonly wishes: readonly PermissionWish[]; readonly diagnostics: readonly Diagnostic[] } {
  const file = packs.findFile(treeHash, permissionsFileName)
  const read = file?.bytes
    ? parsePermissions(file.bytes, `${found?.location ?? ''}/${file.path}`)
    : { wishes: [], diagnostics: [] }
  const { domains = [], ports = [] } = manifest?.requiredNetwork ?? {}
  const network = domains.length > 0 ? [{ type: 'network', domains: [...domains], ports: [...ports], reason: '' }] : []
  const secrets = (manifest?.requiredSecrets ?? []).map((name) => ({
    type: `secret ${name}`,
    domains: [],
    ports: [],
    reason: '',
  }))
  return { wishes: [...read.wishes, ...network, ...secrets], diagnostics: read.diagnostics }
}

/** A pack's state alone. */
export const packStatus = define({
  name: 'packs.status',
  summary: 'Tells the state of a pack.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/packs/{pack_id}/status' },
  input: z.strictObject({ pack_id: packIdSchema }),
  output: packSchema,
  run: async ({ packs }, input) => {
    await packs.settleModified()
    const view = packs.find(input.pack_id)
    if (view) return ok(presentPack(view))
    return err({
      code: 'pack.unknown',
      status: 404,
      message: `Pack not found: "${input.pack_id}".`,
      hint: 'rumi packs list',
    })
  },
})
