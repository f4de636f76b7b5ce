import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTestGate, testCaller } from '../testing/index.ts'
import { redactEntry, redactSecrets } from './redact.ts'
import { answer, testCapability } from './test-gate.ts'

const secret = 's3cr3t/Väl ue'
const bytes = Buffer.from(secret)

describe('a secret of digits', () => {
  it('is found in a number as well', () => {
    expect(redactSecrets({ n: 918273645546372, m: 9182, t: 'x' }, new Set(['918273645546372']))).toEqual({
      n: '[redacted]',
      m: 9182,
      t: 'x',
    })
  })

  it('is found inside of JSON in a text', () => {
    const secret = 'a"b\\nc/d'
    const kept = redactSecrets({ log: `said ${JSON.stringify({ secret })}` }, new Set([secret]))
    expect(JSON.stringify(kept)).toContain('[redacted]')
    expect(JSON.stringify(kept)).not.toContain(JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1))
  })
})

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

describe('a pack that was given a secret', () => {
  const value = 'canary0plain1word'
  const reveal = (): Set<string> => new Set<string>()

  it('does not get it onto the ledger or among the denials by naming something after it', async () => {
    const gate = createTestGate([testCapability(async (use) => use.commit(() => answer()))])
    await gate.grant('a', 'test.do', { allowed_things: [value] })
    const session = gate.openGate({ ...testCaller('a'), revealed: new Set([value]) })
    await gate.call(session, value, { principal_id: value })
    await gate.call(session, 'test.do', { thing: value }, { request_id: value })
    await gate.call(session, 'test.do', { thing: `not-${value}` })
    const kept = [...gate.state.entries, ...session.finish()]
    expect(kept.map(({ kind }) => kind)).toEqual([
      ...['principal.overridden', 'capability.deny', 'capability.call', 'capability.deny'],
    ])
    expect(JSON.stringify([kept, gate.denials()])).not.toContain(value)
    expect(
      gate
        .denials()
        .map(({ permissionId }) => permissionId)
        .toSorted(),
    ).toEqual(['redacted', 'test.do'])
  })

  it('and that has a memory is one that was given it in its next run as well, and no other pack is', () => {
    const gate = createTestGate()
    const [first, next, other] = [reveal(), reveal(), reveal()]
    const session = gate.openGate({ ...testCaller('a'), revealed: first })
    first.add(value)
    session.finish()
    gate.openGate({ ...testCaller('a'), revealed: next })
    gate.openGate({ ...testCaller('b'), revealed: other })
    expect([...next, ...other]).toEqual([value])
  })

  it('changes no word of ours when the secret is one', () => {
    const entry = { kind: 'capability.deny', actor: 'demo', subject: 'demo', data: { why_not: 'demo' } }
    expect(redactEntry(entry, new Set(['demo', 'capability', 'why_not']))).toEqual({
      ...{ kind: 'capability.deny', actor: 'demo', subject: '[redacted]', data: { why_not: '[redacted]' } },
    })
  })
})
