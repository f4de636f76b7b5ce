import type { AnyOperation } from '@rumi/kernel/operation'
import { listSchedules } from './list.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `schedules.` */
export const operations: readonly AnyOperation<Services>[] = [listSchedules]
