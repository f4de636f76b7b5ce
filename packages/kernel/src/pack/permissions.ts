import { z } from 'zod'
import { parseStrictJson, type Diagnostic } from '../base/index.ts'

/** The file in which a pack says what it will ask for. Information for people: it grants nothing. (pack-development §permissions.json) */
export const permissionsFileName = 'permissions.json'

const lineSchema = z.string().min(1).max(256)

const permissionsSchema = z.object({
  permissions: z
    .array(
      z.object({
        type: lineSchema,
        domains: z.array(lineSchema).max(256).default([]),
        ports: z.array(z.int().min(0).max(65_535)).max(256).default([]),
        reason: z.string().max(4_096).default(''),
      }),
    )
    .max(256),
})

/** One thing that a pack says it needs. */
export type PermissionWish = Readonly<z.infer<typeof permissionsSchema>['permissions'][number]>

/** Reads a `permissions.json`. Code: `permissions.json` (warning): it has no effect, so a fault in it stops nothing. */
export function parsePermissions(
  bytes: Uint8Array,
  file: string,
): { readonly wishes: readonly PermissionWish[]; readonly diagnostics: readonly Diagnostic[] } {
  const json = parseStrictJson(bytes, { maxBytes: 256 * 1024, maxDepth: 8 })
  const parsed = permissionsSchema.safeParse(json.ok ? json.value : undefined)
  if (parsed.success) return { wishes: parsed.data.permissions, diagnostics: [] }
  const issue = parsed.error.issues[0]
  const message = json.ok ? `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}` : json.error.message
  return { wishes: [], diagnostics: [{ severity: 'warning', code: 'permissions.json', message, file }] }
}
