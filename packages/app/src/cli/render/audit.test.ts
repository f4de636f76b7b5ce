import { describe, expect, it } from 'vitest'
import type { AuditLineView } from '../views.ts'
import { renderAudit } from './audit.ts'
import { style } from './test-style.ts'

const line = (action: string, more: Partial<AuditLineView>): AuditLineView => ({
  ...{ ts: '2026-01-02T03:04:05.678Z', category: 'security', severity: 'warning', action, success: false, details: {} },
  ...more,
})
const shown = (one: AuditLineView): string => renderAudit([one], style).split('\n')[1] ?? ''

describe('a line of the audit log for people', () => {
  it.each<[string, AuditLineView, string]>([
    [
      'a denial: permission and subject',
      line('capability_deny', {
        ...{ owner_pack: 'weather', rejection_reason: 'weather: no-grant', step_id: 's' },
        details: { subject: 'forecasts', permission_id: 'store.get' },
      }),
      'store.get forecasts: s: weather: no-grant',
    ],
    [
      'a refused request of a pack: the place',
      line('network_deny', {
        rejection_reason: 'host-not-granted',
        details: { subject: 'a.example:443', method: 'GET' },
      }),
      'GET a.example:443: host-not-granted',
    ],
    [
      'a request: the place',
      line('network_request', { success: true, details: { subject: 'a.example:443', method: 'GET' } }),
      'GET a.example:443',
    ],
    [
      'a refused answer of a route: what was wrong with it',
      line('route_refuse', {
        ...{ flow_id: 'f', rejection_reason: 'route.bad_response' },
        details: { subject: 'f', detail: 'it is larger than 9 bytes' },
      }),
      'route.bad_response: it is larger than 9 bytes',
    ],
    ['anything else: why', line('flow_end', { error_type: 'timed_out', details: { subject: 'run_1' } }), 'timed_out'],
    ['or else the subject', line('system_start', { success: true, details: { subject: 'system' } }), 'system'],
  ])('tells of %s', (_name, one, words) => {
    expect(shown(one).replaceAll(/<\/?\w*>/g, '')).toMatch(
      new RegExp(`  ${words.replaceAll(/[.*+?()|[\]]/g, String.raw`\$&`)}$`),
    )
  })

  it('obeys nothing that a pack wrote into it', () => {
    const forged = line('capability_deny', { details: { subject: 'x\u001b[2J\nok', permission_id: 'a.b' } })
    expect(shown(forged)).toContain(String.raw`a.b x\x1b[2J\nok`)
  })
})
