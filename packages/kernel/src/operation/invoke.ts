import { err, type Outcome, type Problem } from '../base/index.ts'
import type { AnyOperation, CallContext } from './operation.ts'

/** What `invoke` needs besides the operation. */
export interface Invocation<Services> {
  readonly services: Services
  /** As it came: not yet checked. */
  readonly input: unknown
  readonly context: CallContext
  /** Turns an exception into the problem to show, and records it. It is a bug or a broken machine. */
  readonly onException: (error: unknown) => Problem
}

/**
 * The one way into an operation: authorize → call (parse → run). Every surface goes through here, so there is one place that
 * authorizes. Problem of its own:
 * `auth.required` 401, `auth.forbidden` 403.
 */
export async function invoke<Services>(
  operation: AnyOperation<Services>,
  invocation: Invocation<Services>,
): Promise<Outcome<unknown>> {
  const { services, input, context, onException } = invocation
  const denied = authorize(operation, context)
  if (denied) return err(denied)
  try {
    return await operation.call(services, input, context)
  } catch (error) {
    return err(onException(error))
  }
}

/** Authorizes before parsing: a stranger learns nothing about inputs. Undefined: allowed. */
function authorize<Services>(operation: AnyOperation<Services>, context: CallContext): Problem | undefined {
  if (operation.who === 'anyone' || context.caller.kind === 'operator') return undefined
  if (context.caller.kind === 'delegate') return operation.who === 'delegate' ? undefined : forbidden
  return {
    code: 'auth.required',
    status: 401,
    message: 'Unauthorized',
    hint: 'Send "Authorization: Bearer <token>"; the token: rumi token',
  }
}

/** The problem of a delegate that asks for what is the operator's: it never does what it could only propose. */
export const forbidden: Problem = {
  code: 'auth.forbidden',
  status: 403,
  message: 'Only the operator may do this.',
  hint: 'Ask the operator; a delegate reads and proposes.',
}
