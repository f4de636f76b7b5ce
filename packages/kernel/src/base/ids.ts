import { z } from 'zod'

/** A pack's name: 1–64 of `[a-zA-Z0-9_-]`; `parent__child` nests. (roadmap §5.8 #9, §2.2) */
export const packIdSchema = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'a pack id is 1–64 characters of a–z, A–Z, 0–9, "_" and "-"')
  .brand<'PackId'>()
export type PackId = z.infer<typeof packIdSchema>

/** A flow's name: 1–128 of `[a-zA-Z0-9_.-]`. */
export const flowIdSchema = z
  .string()
  .regex(/^[a-zA-Z0-9_.-]{1,128}$/, 'a flow id is 1–128 characters of a–z, A–Z, 0–9, "_", "." and "-"')
  .brand<'FlowId'>()
export type FlowId = z.infer<typeof flowIdSchema>

/** A run's name: `run_` and 24 lower-case hex digits; the first 12 are the start time, so that ids sort by it. */
export const runIdSchema = z
  .string()
  .regex(/^run_[0-9a-f]{24}$/, 'a run id looks like run_0192f0c1a2b3c4d5e6f70123')
  .brand<'RunId'>()
export type RunId = z.infer<typeof runIdSchema>

/** The digest that names a pack's content: `sha256:` and 64 lower-case hex digits. */
export const treeHashSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'a tree hash is "sha256:" and 64 lower-case hex digits')
  .brand<'TreeHash'>()
export type TreeHash = z.infer<typeof treeHashSchema>
