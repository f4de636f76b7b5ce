import type { AnyOperation } from '@rumi/kernel/operation'
import { listResources, readResource } from './read.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `resources.` */
export const operations: readonly AnyOperation<Services>[] = [listResources, readResource]
