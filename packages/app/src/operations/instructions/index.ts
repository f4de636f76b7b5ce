import type { AnyOperation } from '@rumi/kernel/operation'
import { showInstructions, updateInstructions } from './instructions.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `instructions.` */
export const operations: readonly AnyOperation<Services>[] = [showInstructions, updateInstructions]
