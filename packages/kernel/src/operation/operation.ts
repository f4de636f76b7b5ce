import type { z } from 'zod'
import { err, type Outcome, type Problem } from '../base/index.ts'

/** Who asks. Made by the surface from what the connection proves, never from what a message says. */
export type Caller =
  | { readonly kind: 'operator'; readonly via: 'http' | 'cli' }
  /** Acts for the operator with a token of less power: reads and proposes, and never approves. */
  | { readonly kind: 'delegate'; readonly via: 'http' | 'cli' }
  /** Nobody in particular: no token, or a wrong one. */
  | { readonly kind: 'anonymous' }

/** What every call carries besides its input. */
export interface CallContext {
  readonly caller: Caller
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal
}

/** Where an operation is found over HTTP. `{name}` in the path is an input of that name. */
export interface HttpPlace {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  /** The status of a successful call whose value is bad news all the same, e.g. 408 for a run that timed out. */
  readonly statusOf?: (value: unknown) => number
}

/**
 * Something the system can be asked from outside. Defined once; every surface is a projection of it.
 *
 * @typeParam Services - What it works with.
 */
export interface Operation<Services, Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  /** `noun.verb`. @example 'packs.approve' */
  readonly name: string
  /** One English sentence. */
  readonly summary: string
  /** `change`: something is different afterwards. */
  readonly effect: 'read' | 'change'
  /** `anyone` needs no token; `delegate`: a delegate or the operator; `operator`: nobody else. */
  readonly who: 'anyone' | 'delegate' | 'operator'
  readonly http: HttpPlace
  readonly input: Input
  readonly output: Output
  readonly run: (services: Services, input: z.output<Input>, context: CallContext) => Promise<Outcome<z.input<Output>>>
}

/** An operation whose types the table has forgotten: it checks its own input. */
export interface AnyOperation<Services> extends Omit<Operation<Services>, 'run'> {
  /** Problem of its own: `request.invalid` 400, naming every fault of the input. */
  readonly call: (services: Services, input: unknown, context: CallContext) => Promise<Outcome<unknown>>
}

/** Checks an operation's types and prepares it for the table. */
export function defineOperation<Services, Input extends z.ZodType, Output extends z.ZodType>(
  operation: Operation<Services, Input, Output>,
): AnyOperation<Services> {
  const { run, ...rest } = operation
  return {
    ...rest,
    call: async (services, input, context) => {
      const parsed = operation.input.safeParse(input)
      return parsed.success ? run(services, parsed.data, context) : err(invalidRequest(parsed.error))
    },
  }
}

function invalidRequest(error: z.ZodError): Problem {
  const issues = error.issues.map((issue) =>
    [issue.path.join('.'), issue.message].filter((part) => part !== '').join(': '),
  )
  return { code: 'request.invalid', status: 400, message: issues.slice(0, 10).join('; ') }
}
