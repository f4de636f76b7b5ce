import type { AnyOperation } from '@rumi/kernel/operation'
import { deleteContext, endSession, listContexts, saveContext, showContext } from './context.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `context.` */
export const operations: readonly AnyOperation<Services>[] = [
  listContexts,
  showContext,
  saveContext,
  deleteContext,
  endSession,
]
