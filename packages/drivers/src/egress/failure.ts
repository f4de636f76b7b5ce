import { err, type Result } from '@rumi/kernel/base'
import type { EgressFailure, EgressReason } from '@rumi/kernel/egress'

/** A refusal by policy: the pack learns that it was one, the record why. */
export function denied(reason: EgressReason): EgressFailure {
  return { type: 'egress_denied', reason }
}

/** The answer was not HTTP, or broke off. */
export function protocolError(code: string): Result<never, EgressFailure> {
  return err({ type: 'protocol_error', reason: { kind: 'protocol', code } })
}

/** What Node calls an error. Other people's texts stay out of records; only a code of the usual form gets in. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : 'UNKNOWN'
}
