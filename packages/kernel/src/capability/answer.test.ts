import { describe, expect, it } from 'vitest'
import { permissionIdSchema } from '../grant/index.ts'
import { answerFailure, answerSuccess, getDenialType, parseCapabilityCall } from './answer.ts'

describe('parseCapabilityCall', () => {
  it.each([
    [{ permission_id: 'store.get' }, { permissionId: 'store.get', args: {}, timeoutMs: 30_000 }],
    [
      { permission_id: 'a.b', args: { key: [1] }, timeout_seconds: 0.5, request_id: 'r1' },
      { permissionId: 'a.b', args: { key: [1] }, timeoutMs: 500, requestId: 'r1' },
    ],
    [
      { permission_id: 'a', args: null, timeout_seconds: 9_999, request_id: null },
      { permissionId: 'a', args: {}, timeoutMs: 120_000 },
    ],
    [
      { permission_id: 'a', principal_id: 'other', owner_pack: 'other' },
      { permissionId: 'a', args: {}, timeoutMs: 30_000 },
    ],
  ])('reads %j', (message, call) => {
    expect(parseCapabilityCall(message)).toEqual({ ok: true, value: call })
  })

  it.each([
    null,
    [],
    'store.get',
    {},
    { permission_id: 'a b' },
    { permission_id: 'a', args: [] },
    { permission_id: 'a', args: 'x' },
    { permission_id: 'a', timeout_seconds: 0 },
    { permission_id: 'a', timeout_seconds: '5' },
    { permission_id: 'a', request_id: '' },
    { permission_id: 'a', request_id: 'x'.repeat(129) },
  ])('refuses %j', (message) => {
    expect(parseCapabilityCall(message)).toMatchObject({ ok: false, error: { kind: 'invalid-request' } })
  })

  it('lists every problem with its field', () => {
    const refused = parseCapabilityCall({ permission_id: '', args: 1, timeout_seconds: -1 })
    expect(refused.ok ? [] : refused.error.problems.map((problem) => problem.split(':')[0])).toEqual([
      'permission_id',
      'args',
      'timeout_seconds',
    ])
  })
})

describe('an answer', () => {
  it('carries what the handler gave', () => {
    expect(answerSuccess({ success: true, value: 1 }, 1.23456)).toEqual({
      success: true,
      output: { success: true, value: 1 },
      error: null,
      error_type: null,
      latency_ms: 1.235,
    })
  })

  it('says why it failed where blocks look for it', () => {
    expect(answerFailure('access_denied', 2)).toEqual({
      success: false,
      output: { success: false, error: 'Access denied or secret not found', error_type: 'access_denied' },
      error: 'Access denied or secret not found',
      error_type: 'access_denied',
      latency_ms: 2,
    })
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -5])('shows a time of %s as 0', (latencyMs) => {
    expect(answerSuccess(null, latencyMs).latency_ms).toBe(0)
  })

  it.each([
    ['secrets.get', 'access_denied'],
    ['store.get', 'grant_denied'],
    ['secretsx.get', 'grant_denied'],
  ])('refuses %s with the one word %s', (permissionId, word) => {
    expect(getDenialType(permissionIdSchema.parse(permissionId))).toBe(word)
  })
})
