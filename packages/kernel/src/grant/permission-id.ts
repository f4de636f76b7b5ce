import { z } from 'zod'

/**
 * Names something the host does for a pack: words of `[a-zA-Z0-9_-]` joined by dots, 1–128 characters.
 *
 * @example 'secrets.get'
 */
export const permissionIdSchema = z
  .string()
  .max(128, 'a permission id has at most 128 characters')
  .regex(
    /^[a-zA-Z0-9_-]+(?:\.[a-zA-Z0-9_-]+)*$/,
    'a permission id is words of a–z, A–Z, 0–9, "_" and "-" joined by dots',
  )
  .brand<'PermissionId'>()
export type PermissionId = z.infer<typeof permissionIdSchema>
