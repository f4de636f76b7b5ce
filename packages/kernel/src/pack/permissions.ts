import { z } from 'zod'
import { parseStrictJson, type Diagnostic } from '../base/index.ts'

/** The file in which a pack says what it will ask for. Information for people: it grants nothing. (pack-development §permissions.json) */
export const permissionsFileName = 'permissions.json'

const lineSchema = z.string().min(1).max(256)

const wishSchema = z.object({
  type: lineSchema,
  domains: z.array(lineSchema).max(256).default([]),
  ports: z.array(z.int().min(0).max(65_535)).max(256).default([]),
  reason: z.string().max(4_096).default(''),
})

const permissionsSchema = z.object({ permissions: z.array(z.unknown()).max(256) })

/** One thing that a pack says it needs. */
export type PermissionWish = Readonly<z.infer<typeof wishSchema>>

/** Reads a `permissions.json`. Code: `permissions.json` (warning): it has no effect, so a fault in it stops nothing, and a bad entry hides no other. */
export function parsePermissions(
  bytes: Uint8Array,
  file: string,
): { readonly wishes: readonly PermissionWish[]; readonly diagnostics: readonly Diagnostic[] } {
  const warn = (message: string): Diagnostic => ({ severity: 'warning', code: 'permissions.json', message, file })
  const json = parseStrictJson(bytes, { maxBytes: 256 * 1024, maxDepth: 8 })
  if (!json.ok) return { wishes: [], diagnostics: [warn(json.error.message)] }
  const document = permissionsSchema.safeParse(json.value)
  if (!document.success) return { wishes: [], diagnostics: [warn('it must be an object with a list "permissions"')] }
  const read = document.data.permissions.map((entry) => wishSchema.safeParse(entry))
  return {
    wishes: read.flatMap((wish) => wish.data ?? []),
    diagnostics: read.flatMap(({ error }, index) => {
      const issue = error?.issues[0]
      return issue ? [warn(`permissions[${index}].${issue.path.join('.')}: ${issue.message}`)] : []
    }),
  }
}
