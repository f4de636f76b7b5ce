import type { AnyOperation } from '@rumi/kernel/operation'
import { queryAudit } from './query.ts'
import { rebuildAudit } from './rebuild.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `audit.` */
export const operations: readonly AnyOperation<Services>[] = [queryAudit, rebuildAudit]
