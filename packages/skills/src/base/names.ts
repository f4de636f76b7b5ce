import { z } from 'zod'

/** A skill's name: a letter and up to 63 of letters, digits, `_` and `-`. */
export const skillIdSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'a skill id is a letter and up to 63 letters, digits, "_" and "-"')
  .brand<'SkillId'>()
export type SkillId = z.infer<typeof skillIdSchema>

/** A document's or session's name, which is one folder: no separator, no leading dot. (path containment) */
export const documentNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a name is a letter or digit and up to 63 letters, digits, ".", "_" and "-"',
  )
  .brand<'DocumentName'>()
export type DocumentName = z.infer<typeof documentNameSchema>

/** A name of the content of a blob: 64 lower-case hex digits of SHA-256. */
export const contentHashSchema = z.string().regex(/^[0-9a-f]{64}$/, 'a content hash is 64 lower-case hex digits')
