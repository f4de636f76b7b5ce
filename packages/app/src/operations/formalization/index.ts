import type { AnyOperation } from '@rumi/kernel/operation'
import { formalizationHistory, recordFormalization } from './formalization.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `formalization.` */
export const operations: readonly AnyOperation<Services>[] = [recordFormalization, formalizationHistory]
