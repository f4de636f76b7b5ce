import { expect, it } from 'vitest'
import { answerFailure, type EgressFailure } from './answer.ts'

const told = (failure: EgressFailure) =>
  answerFailure(failure, { url: 'https://a.com/', latencyMs: 5, redirectHops: 1 })

it('has the fields of an answer, all of them, without one', () => {
  expect(told({ type: 'timeout', reason: { kind: 'timeout', timeoutMs: 10 } })).toEqual({
    success: false,
    status_code: 0,
    headers: {},
    body: '',
    error: 'The request took longer than allowed',
    error_type: 'timeout',
    latency_ms: 5,
    redirect_hops: 1,
    bytes_read: 0,
    final_url: 'https://a.com/',
  })
})

it.each<EgressFailure['reason']>([
  { kind: 'no-grant', depth: 0 },
  { kind: 'host-not-granted', depth: 2 },
  { kind: 'address-refused', class: 'metadata' },
  { kind: 'own-port' },
  { kind: 'secret-refused', name: 'KEY' },
])('every refusal by policy reads the same: %j', (reason) => {
  expect(told({ type: 'egress_denied', reason }).error).toBe('Request blocked by security policy')
})

it.each<[EgressFailure['reason'], string]>([
  [{ kind: 'destination', refusal: 'userinfo' }, 'Invalid URL: userinfo'],
  [{ kind: 'request', refusal: { kind: 'method' } }, 'Invalid request: method'],
  [
    { kind: 'request', refusal: { kind: 'header-reserved', header: 'host' } },
    'Invalid request: header-reserved (host)',
  ],
  [{ kind: 'own-port' }, 'Invalid request'],
])('a malformed request is told what is wrong with it: %j', (reason, error) => {
  expect(told({ type: 'bad_request', reason }).error).toBe(error)
})
