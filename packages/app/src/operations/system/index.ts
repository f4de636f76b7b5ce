import type { AnyOperation } from '@rumi/kernel/operation'
import { doctor, health } from './system.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `system.` */
export const operations: readonly AnyOperation<Services>[] = [health, doctor]
