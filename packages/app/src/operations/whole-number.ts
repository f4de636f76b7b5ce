import { z } from 'zod'

/**
 * A whole number in a range, as a number or, from a query, in decimal digits. An empty text is no zero: `?seq=` is a
 * mistake and not a wish for the first entry.
 */
export function wholeNumber(minimum: number, maximum: number): z.ZodType<number> {
  const digits = z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
  return z.union([z.number(), digits]).pipe(z.int().min(minimum).max(maximum))
}
