import type { AnyOperation } from '@rumi/kernel/operation'
import { dismissDenial, grantDenial, listDenials, showDenial } from './denials.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `denials.` */
export const operations: readonly AnyOperation<Services>[] = [listDenials, showDenial, grantDenial, dismissDenial]
