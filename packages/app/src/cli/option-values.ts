import { z } from 'zod'

/** A port as it is typed. */
export const portValue = z
  .string()
  .regex(/^\d{1,5}$/, '1–65535')
  .transform(Number)
  .pipe(z.number().min(1, '1–65535').max(65_535, '1–65535'))

/** A whole number above zero as it is typed. */
export const countValue = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, '1, 2, 3 …')
  .transform(Number)

/** When a grant ends, as it is typed: a date alone would leave open whose midnight is meant. */
export const expiresValue = z.iso.datetime({ offset: true, error: 'e.g. 2031-12-31T23:59:59Z' })
