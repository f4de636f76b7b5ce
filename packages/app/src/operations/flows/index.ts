import type { AnyOperation } from '@rumi/kernel/operation'
import { listFlows } from './list.ts'
import { runFlow } from './run.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `flows.` */
export const operations: readonly AnyOperation<Services>[] = [listFlows, runFlow]
