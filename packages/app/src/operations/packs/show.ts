import { z } from 'zod'
import { err, ok, packIdSchema, type Diagnostic } from '@rumi/kernel/base'
import { parsePermissions, permissionsFileName, type PermissionWish } from '@rumi/kernel/pack'
import type { PackLibrary, PackReview } from '../../library/index.ts'
import { define } from '../define.ts'
import { packSchema, presentPack } from './view.ts'

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

/** What there is to see before approving: every file, and what changed since the last approval. */
export const showPack = define({
  name: 'packs.show',
  summary: 'Shows a pack: its files, its routes, its hash and what changed since the last approval.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/packs/{pack_id}' },
  input: z.strictObject({ pack_id: packIdSchema }),
  output: packSchema.extend({
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
  }),
  run: async ({ packs, routes, flows }, input) => {
    await packs.settleModified()
    const review = await packs.review(input.pack_id)
    if (review.ok) {
      const { treeHash, files, changes } = review.value
      const paths = changes && {
        added: changes.added.map((entry) => entry.path),
        removed: changes.removed.map((entry) => entry.path),
        changed: changes.changed.map(({ after }) => after.path),
      }
      const shown = presentPack(review.value)
      const offered = routes.review(input.pack_id, treeHash)
      const wired = flows.review(input.pack_id, treeHash)
      const wished = listWishes(review.value, packs)
      const obstacles = packs
        .findObstacles({ packId: input.pack_id, treeHash })
        .filter(({ code }) => code !== 'route.collision') // each is among the diagnostics of the routes
        .map(({ code, message, hint }) => ({
          severity: 'error' as const,
          code,
          message,
          ...(hint === undefined ? {} : { hint }),
        }))
      return ok({
        ...shown,
        // The hash of the files that are shown, and not of the last scan: it is what the reviewer approves.
        tree_hash: treeHash,
        files: files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
        routes: offered.routes.map(({ method, path, flowId, scope, description }) => ({
          method,
          path,
          flow_id: flowId,
          scope,
          description,
        })),
        flows: wired.flows.map(({ flowId, file, schedule }) => ({
          flow_id: flowId,
          file,
          scheduled: schedule !== undefined,
        })),
        stores: [...(review.value.manifest?.stores ?? [])],
        wishes: wished.wishes.map(({ domains, ports, ...wish }) => ({
          ...wish,
          domains: [...domains],
          ports: [...ports],
        })),
        diagnostics: [
          ...shown.diagnostics,
          ...offered.diagnostics,
          ...wired.diagnostics,
          ...wished.diagnostics,
          ...obstacles,
        ],
        ...(paths ? { changes: paths } : {}),
      })
    }
    const view = review.error.code === 'pack.unknown' ? undefined : packs.find(input.pack_id)
    if (!view) return err(review.error)
    const shown = presentPack(view)
    const { code, message, hint } = review.error
    // What is wrong with the folder may be news since the last look: it is the very thing one wants to see.
    const isTold = shown.diagnostics.some(({ severity }) => severity === 'error')
    const fault = { severity: 'error' as const, code, message, ...(hint === undefined ? {} : { hint }) }
    const diagnostics = isTold ? shown.diagnostics : [...shown.diagnostics, fault]
    return ok({ ...shown, diagnostics, files: [], routes: [], flows: [], stores: [], wishes: [] })
  },
})

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
