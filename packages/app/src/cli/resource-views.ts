import { z } from 'zod'

/** Every file of every layer. */
export const resourcesView = z.object({
  resources: z.array(z.object({ uri: z.string(), kind: z.string(), size_bytes: z.number() })),
})

/** One file. */
export const resourceView = z.object({ text: z.string().nullable(), size_bytes: z.number() })

/** The task of an assembly. */
export const assemblyView = z.object({ text: z.string() })
