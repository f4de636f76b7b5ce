import { z } from 'zod'

/** A single line that a reviewer reads: no control and no text-direction characters, 1–256 characters. */
const lineSchema = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$/u, 'no control or text-direction characters')

const linesSchema = z.array(lineSchema).max(256)

/** Free text for people: at most 4 096 characters. */
const textSchema = z.string().max(4_096)

/** A list of names, or an object whose keys are the names. */
const namesSchema = z.union([linesSchema, z.record(lineSchema, z.unknown())])

const storeSchema = z.object({
  store_id: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'a store id is 1–64 characters of a–z, A–Z, 0–9, "_" and "-"'),
})

const networkSchema = z.union([
  linesSchema,
  z.object({
    allowed_domains: linesSchema.optional(),
    allowed_ports: z.array(z.int().min(1).max(65_535)).max(256).optional(),
  }),
])

/**
 * The documented fields of `ecosystem.json` (pack-development §ecosystem.json) and those in use beside them. Keys
 * not named here are kept in the raw document and have no effect.
 */
export const manifestDocumentSchema = z.object({
  pack_id: lineSchema,
  pack_identity: lineSchema,
  version: lineSchema.optional(),
  description: textSchema.optional(),
  display_name: lineSchema.optional(),
  pack_identity_vocabulary: linesSchema.optional(),
  vocabulary: z
    .union([linesSchema, z.object({ types: linesSchema.optional(), custom_types: z.unknown().optional() })])
    .optional(),
  connectivity: z.object({ provides: linesSchema.optional(), requires: linesSchema.optional() }).optional(),
  load_order: z.union([z.int(), linesSchema]).optional(),
  stores: z.array(storeSchema).max(10).optional(),
  depends_on: namesSchema.optional(),
  dependencies: namesSchema.optional(),
  author: z
    .union([lineSchema, z.object({ name: lineSchema, email: lineSchema.optional(), url: lineSchema.optional() })])
    .optional(),
  license: lineSchema.optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  required_secrets: linesSchema.optional(),
  required_network: networkSchema.optional(),
  isolation: z.enum(['fresh', 'warm']).optional(),
  timeout_seconds: z.number().positive().max(3_600).optional(),
  limits: z.record(lineSchema, z.number().positive()).optional(),
})

export type ManifestDocument = z.infer<typeof manifestDocumentSchema>
