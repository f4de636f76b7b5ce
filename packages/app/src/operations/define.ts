import type { z } from 'zod'
import { defineOperation, type AnyOperation, type CallContext, type Operation } from '@rumi/kernel/operation'
import type { Services } from './services.ts'

/** `defineOperation` for this application's services. */
export function define<Input extends z.ZodType, Output extends z.ZodType>(
  operation: Operation<Services, Input, Output>,
): AnyOperation<Services> {
  return defineOperation(operation)
}

/** The name of the caller for the ledger. */
export function actorOf(context: CallContext): string {
  const { caller } = context
  return caller.kind === 'anonymous' ? 'anonymous' : `${caller.kind}/${caller.via}`
}
