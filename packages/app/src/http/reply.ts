import type { Outcome, Problem } from '@rumi/kernel/base'

/** The body of every reply. (operations §HTTP API; `problem` says the same for programs) */
export interface Envelope {
  readonly success: boolean
  readonly data: unknown
  readonly error: string | null
  readonly problem?: { readonly code: string; readonly hint?: string }
}

/** A reply: its status and its envelope. */
export interface Reply {
  readonly status: number
  readonly body: Envelope
}

/** The reply to an outcome. */
export function replyTo(outcome: Outcome<unknown>, statusOf: ((value: unknown) => number) | undefined): Reply {
  if (!outcome.ok) return replyProblem(outcome.error)
  const status = statusOf?.(outcome.value) ?? 200
  if (status < 400) return { status, body: { success: true, data: outcome.value, error: null } }
  const error = readText(outcome.value, 'error') ?? 'failed'
  const code = `run.${readText(outcome.value, 'status') ?? 'failed'}`
  return { status, body: { success: false, data: outcome.value, error, problem: { code } } }
}

/** The reply to a problem. */
export function replyProblem(problem: Problem): Reply {
  const { code, hint, message, status } = problem
  return {
    status,
    body: { success: false, data: null, error: message, problem: { code, ...(hint === undefined ? {} : { hint }) } },
  }
}

/** The envelope as it is sent: one line, so that it can be read line by line. */
export function formatReply(body: Envelope): string {
  return `${JSON.stringify(body)}\n`
}

/** A run that ended badly says so in members of its own. */
function readText(value: unknown, member: 'error' | 'status'): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found: unknown = new Map(Object.entries(value)).get(member)
  return typeof found === 'string' ? found : undefined
}
