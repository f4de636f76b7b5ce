import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redactSecrets } from './redact.ts'

const secret = 's3cr3t/Väl ue'
const bytes = Buffer.from(secret)

describe('what is kept of a run', () => {
  it.each([
    ['as it is', secret],
    ['percent-encoded', encodeURIComponent(secret)],
    ['base64', bytes.toString('base64')],
    ['base64url', bytes.toString('base64url')],
    ['hexadecimal', bytes.toString('hex')],
  ])('holds no secret that the run was given, %s', (_, form) => {
    const value = { a: `x ${form} y ${form}`, [form]: [form, { deep: form }], n: 1, b: null, t: true }
    const kept = JSON.stringify(redactSecrets(value, new Set([secret])))
    expect(kept).not.toContain(form.replace(/=+$/, ''))
    expect(kept).toContain('x [redacted]')
  })

  it('loses a long secret before the short one inside of it', () => {
    const kept = redactSecrets({ text: 'abcdefgh abcd' }, new Set(['abcd', 'abcdefgh']))
    expect(kept).toEqual({ text: '[redacted] [redacted]' })
  })

  it('is the very value when nothing was given, or only what is too short to be a secret', () => {
    const value = { text: 'abc' }
    expect(redactSecrets(value, new Set())).toBe(value)
    expect(redactSecrets(value, new Set(['abc', '']))).toBe(value)
  })

  it('keeps every JSON value as it is where no secret occurs', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        expect(redactSecrets(value, new Set(['\u0001\u0002\u0003\u0004 no text has this']))).toEqual(
          JSON.parse(JSON.stringify(value)),
        )
      }),
    )
  })
})
