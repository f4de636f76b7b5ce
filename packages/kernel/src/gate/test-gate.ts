import { ok, packIdSchema, type JsonValue } from '../base/index.ts'
import type { CapabilityAnswer } from '../capability/index.ts'
import { permissionIdSchema } from '../grant/index.ts'
import type { Capability, CapabilityRequest, CapabilityResult } from './capability.ts'

export const packId = (text: string) => packIdSchema.parse(text)
export const permission = (text: string) => permissionIdSchema.parse(text)

/** A capability that needs `{allowed_things: [args.thing]}` and does what `perform` says. */
export function testCapability(
  perform: CapabilityRequest['perform'],
  more: Partial<Omit<CapabilityRequest, 'perform'>> = {},
  name = 'test.do',
): Capability {
  return {
    permissionId: permission(name),
    read: (args) => {
      const { thing = 'x' } = args
      if (typeof thing !== 'string')
        return { ok: false, error: { kind: 'validation_error', message: '"thing" is wrong' } }
      return ok({ subject: thing, needs: { allowed_things: [thing] }, perform, ...more })
    },
  }
}

export const answer = (output: JsonValue = 1): CapabilityResult => ({ kind: 'answer', output })

/** What a block sees of an answer, but for the time it took. */
export const seen = ({ latency_ms: _latency, ...rest }: CapabilityAnswer): string => {
  return JSON.stringify(rest)
}

/** A promise and how to fulfil it. */
// eslint-disable-next-line typescript/explicit-function-return-type
export const gateway = () => {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  return { passed: promise, open: () => resolve(undefined) }
}
