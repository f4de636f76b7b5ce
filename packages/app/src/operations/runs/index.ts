import type { AnyOperation } from '@rumi/kernel/operation'
import { cancelRun, listRuns, showRun } from './runs.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `runs.` */
export const operations: readonly AnyOperation<Services>[] = [listRuns, showRun, cancelRun]
