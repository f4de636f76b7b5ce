import { z } from 'zod'

/** A secret's name: 1–64 of `[A-Z0-9_]`. (pack-development §Secrets) @example 'OPENAI_API_KEY' */
export const secretNameSchema = z
  .string()
  .regex(/^[A-Z0-9_]{1,64}$/, 'a secret is called by 1–64 characters of A–Z, 0–9 and "_"')
  .brand<'SecretName'>()
export type SecretName = z.infer<typeof secretNameSchema>
