import type { AnyOperation } from '@rumi/kernel/operation'
import { commitState, diffState, restoreState, stateHistory, stateStatus } from './state.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `state.` */
export const operations: readonly AnyOperation<Services>[] = [
  commitState,
  stateStatus,
  stateHistory,
  diffState,
  restoreState,
]
