import { z } from 'zod'
import { packIdSchema } from '../base/index.ts'
import { storeIdSchema } from '../store/index.ts'

/** What else, beside a grant, would let a call through. */
export const remedySchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('share-store'),
    provider: packIdSchema,
    consumer: packIdSchema,
    storeId: storeIdSchema,
  }),
  z.strictObject({ kind: z.literal('create-store'), storeId: storeIdSchema }),
])
/** @example { kind: 'share-store', provider: 'notes', consumer: 'search', storeId: 'notes' } */
export type Remedy = Readonly<z.infer<typeof remedySchema>>
