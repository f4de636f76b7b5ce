import { z } from 'zod'
import { isoInstant } from '@rumi/kernel/base'
import type { PackView } from '../../library/index.ts'

/** Something wrong that did not stop us, as surfaces show it. */
export const diagnosticSchema = z.object({
  severity: z.enum(['warning', 'error']),
  code: z.string(),
  message: z.string(),
  file: z.string().optional(),
  line: z.number().optional(),
  column: z.number().optional(),
  hint: z.string().optional(),
})

/** A pack as surfaces show it. */
export const packSchema = z.object({
  pack_id: z.string(),
  status: z.enum(['installed', 'pending', 'approved', 'running', 'modified', 'blocked', 'error']),
  identity: z.string().optional(),
  version: z.string().optional(),
  description: z.string().optional(),
  isolation: z.enum(['fresh', 'warm']).optional(),
  /** Content of the folder at the last scan. */
  tree_hash: z.string().optional(),
  /** The content that may run. */
  approved_hash: z.string().optional(),
  approved_at: z.string().optional(),
  reason: z.string().optional(),
  diagnostics: z.array(diagnosticSchema),
})

/** Makes a pack's public form. */
export function presentPack({ packId, state, record, found, manifest }: PackView): z.input<typeof packSchema> {
  const approved = record?.status === 'approved' ? record : undefined
  return {
    pack_id: packId,
    status: state,
    ...(manifest
      ? {
          identity: manifest.identity,
          isolation: manifest.isolation,
          ...(manifest.version === undefined ? {} : { version: manifest.version }),
          ...(manifest.description === undefined ? {} : { description: manifest.description }),
        }
      : {}),
    ...(record ? { tree_hash: record.scannedHash } : {}),
    ...(approved ? { approved_hash: approved.approvedHash, approved_at: isoInstant(approved.approvedAt) } : {}),
    ...(record?.status === 'blocked' ? { reason: record.reason } : {}),
    diagnostics: [...(found?.diagnostics ?? [])],
  }
}
