import type { AnyOperation } from '@rumi/kernel/operation'
import { listRoutes, reloadRoutes } from './list.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `routes.` */
export const operations: readonly AnyOperation<Services>[] = [listRoutes, reloadRoutes]
