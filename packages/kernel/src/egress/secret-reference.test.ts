import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findSecretNames, insertSecrets, redactBytes, redactText } from './secret-reference.ts'

const redact = (text: string, values: readonly string[]): string =>
  Buffer.from(redactBytes(Buffer.from(text), values)).toString()

describe('findSecretNames', () => {
  it('finds each name once', () => {
    const headers = [
      ['Authorization', 'Bearer ${secret:API_KEY}'],
      ['X-Both', '${secret:API_KEY}:${secret:OTHER_2}'],
      ['Accept', '${ctx.x} $secret {secret:NO}'],
    ] as const
    expect(findSecretNames(headers)).toEqual({ ok: true, value: ['API_KEY', 'OTHER_2'] })
  })

  it.each([
    '${secret:}',
    '${secret:lower}',
    '${secret:A',
    '${secret:A B}',
    `\${secret:${'A'.repeat(65)}}`,
    'x${secret:',
  ])('refuses %s', (value) => {
    expect(findSecretNames([['X-Key', value]])).toEqual({
      ok: false,
      error: { kind: 'secret-reference', header: 'x-key' },
    })
  })
})

describe('insertSecrets', () => {
  it('puts values in one pass: a value is never read as a reference', () => {
    const secrets = new Map([
      ['A', '${secret:B}'],
      ['B', '$& $1'],
    ])
    expect(insertSecrets([['X-Key', '${secret:A}-${secret:B}']], secrets)).toEqual({
      ok: true,
      value: [['X-Key', '${secret:B}-$& $1']],
    })
  })

  it.each([['a\r\nEvil: 1'], ['a\n'], ['x'.repeat(8193)]])(
    'EGR-12: refuses a value that must not be in a header',
    (value) => {
      expect(insertSecrets([['X-Key', '${secret:A}']], new Map([['A', value]]))).toEqual({
        ok: false,
        error: { kind: 'header-value', header: 'x-key' },
      })
    },
  )

  it('refuses a reference whose value is missing', () => {
    expect(insertSecrets([['X-Key', '${secret:A}']], new Map()).ok).toBe(false)
  })
})

describe('redaction', () => {
  it('takes out every occurrence, the longest value first, and leaves the rest', () => {
    expect(redact('key=abc, abcdef; abc', ['abc', 'abcdef', ''])).toBe('key=[redacted], [redacted]; [redacted]')
    expect(redact('nothing here', ['abc'])).toBe('nothing here')
    expect([redact('no secrets', ['']), redactText('no secrets', [])]).toEqual(['no secrets', 'no secrets'])
    expect(redactText('a=p%2Fq b=p/q', ['p/q'])).toBe('a=[redacted] b=[redacted]')
  })

  it('never replaces inside of a replacement', () => {
    expect(redact('abc a', ['a', 'abc'])).toBe('[redacted] [redacted]')
  })

  it('finds a value that was sent as Latin-1 in bytes that are no UTF-8', () => {
    expect(Buffer.from(redactBytes(Buffer.from('k\u00fcy!', 'latin1'), ['k\u00fcy'])).toString()).toBe('[redacted]!')
  })

  it('leaves no value in what comes out', () => {
    const value = fc.string({ unit: fc.constantFrom('x', 'y', '/', '$', '(', '\\', 'é'), minLength: 2, maxLength: 5 })
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 3 }), fc.array(fc.string()), (values, noise) => {
        const text = noise.flatMap((part, index) => [part, values[index % values.length]]).join('')
        for (const one of values) {
          expect(redact(text, values).includes(one)).toBe(false)
          expect(redactText(text, values).includes(one)).toBe(false)
        }
      }),
    )
  })
})
