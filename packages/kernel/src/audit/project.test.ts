import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../base/index.ts'
import { sealEntry, type LedgerEntry, type NewLedgerEntry } from '../ledger/index.ts'
import { auditFileName, auditFilePattern, auditLineSchema, encodeAuditLine, maxAuditLineBytes } from './line.ts'
import { projectEntry } from './project.ts'

const about = { actor: 'operator/http', subject: 'thing' }
const seal = (entry: Partial<NewLedgerEntry> & { readonly kind: string }): LedgerEntry =>
  sealEntry({ entry: { ...about, data: {}, ...entry }, seq: 7, at: Date.UTC(2026, 0, 2, 23, 59, 59, 999) })

/** Kind, what is special about the entry, and what its line must be. */
const table: readonly [kind: string, entry: Partial<NewLedgerEntry>, line: object][] = [
  ['system.start', { data: { mode: 'strict' } }, { category: 'system', action: 'system_start', success: true }],
  ['system.stop', {}, { category: 'system', action: 'system_stop', severity: 'info' }],
  ['pack.scan', { subject: 'weather' }, { category: 'approval', action: 'pack_scan', owner_pack: 'weather' }],
  ['pack.approve', { subject: 'weather' }, { category: 'approval', action: 'pack_approve', success: true }],
  [
    'pack.reject',
    { subject: 'weather', data: { reason: 'unwanted' } },
    { category: 'approval', action: 'pack_reject', success: true, rejection_reason: 'unwanted' },
  ],
  ['pack.remove', {}, { category: 'approval', action: 'pack_remove' }],
  ['pack.modified', {}, { category: 'approval', action: 'pack_modified', severity: 'warning' }],
  [
    'pack.refuse',
    { subject: 'weather', data: { reason: 'pack.hash_mismatch' } },
    {
      category: 'security',
      success: false,
      severity: 'warning',
      owner_pack: 'weather',
      rejection_reason: 'pack.hash_mismatch',
    },
  ],
  [
    'flow.refuse',
    { subject: 'weather.get', data: { pack_id: 'weather', reason: 'modified' } },
    {
      category: 'security',
      success: false,
      flow_id: 'weather.get',
      owner_pack: 'weather',
      rejection_reason: 'modified',
    },
  ],
  [
    'step.refuse',
    { data: { flow_id: 'f', step_id: 's', reason: 'no such handler' } },
    { category: 'security', success: false, flow_id: 'f', step_id: 's', rejection_reason: 'no such handler' },
  ],
  ['run.start', { data: { flow_id: 'f' } }, { category: 'flow_execution', action: 'flow_start', flow_id: 'f' }],
  [
    'run.end',
    { data: { flow_id: 'f', status: 'completed' } },
    { category: 'flow_execution', action: 'flow_end', success: true, severity: 'info' },
  ],
  [
    'run.end',
    { data: { flow_id: 'f', status: 'failed', error_type: 'block_error', step_id: 'a' } },
    {
      category: 'flow_execution',
      action: 'flow_end',
      success: false,
      severity: 'error',
      error_type: 'block_error',
      step_id: 'a',
    },
  ],
  ['run.end', { data: { status: 'cancelled' } }, { success: false, severity: 'warning', error_type: 'cancelled' }],
  ['run.end', { data: { status: 'timed_out' } }, { success: false, severity: 'error', error_type: 'timed_out' }],
  [
    'block.start',
    { actor: 'weather', data: { pack_id: 'weather', file: 'a.py', flow_id: 'f', step_id: 's', phase: 'main', seq: 3 } },
    { category: 'python_file_call', success: true, owner_pack: 'weather', phase: 'main', step_id: 's', seq: 7 },
  ],
  [
    'block.end',
    { data: { pack_id: 'weather', outcome: 'ok', posture: 'bubblewrap_warm' } },
    { category: 'python_file_call', success: true, execution_mode: 'container' },
  ],
  [
    'block.end',
    { data: { outcome: 'timeout', posture: 'host_permissive' } },
    { success: false, severity: 'error', error_type: 'timeout', execution_mode: 'host_permissive' },
  ],
  [
    'block.end',
    { data: { outcome: 'not_approved', posture: 'rejected' } },
    { success: false, execution_mode: 'rejected' },
  ],
  [
    'block.refuse',
    { actor: 'weather', data: { reason: 'not_approved' } },
    {
      category: 'python_file_call',
      success: false,
      owner_pack: 'weather',
      rejection_reason: 'not_approved',
      execution_mode: 'rejected',
    },
  ],
  [
    'request.refuse',
    { actor: '127.0.0.1', subject: 'http', data: { reason: 'auth.required' } },
    { category: 'security', action: 'request_refuse', success: false, rejection_reason: 'auth.required' },
  ],
  [
    'sandbox.self-test',
    { data: { failed: ['a'] } },
    { category: 'security', action: 'sandbox_self_test', success: false, severity: 'error' },
  ],
  [
    'grant.set',
    { data: { principal_id: 'weather', permission_id: 'store.get', epoch: 1 } },
    { category: 'permission', action: 'grant_set', success: true, owner_pack: 'weather' },
  ],
  ['grant.revoke', {}, { category: 'permission', action: 'grant_revoke', success: true }],
  ['grant.spend', {}, { category: 'permission', action: 'grant_spend', success: true }],
  [
    'capability.call',
    { actor: 'weather', data: { permission_id: 'store.get', outcome: 'ok' } },
    { category: 'permission', action: 'store.get', success: true, owner_pack: 'weather' },
  ],
  [
    'capability.call',
    { data: { principal_id: 'weather', permission_id: 'store.get', outcome: 'key_not_found' } },
    { category: 'permission', action: 'store.get', success: false, error_type: 'key_not_found' },
  ],
  [
    'capability.use',
    { actor: 'weather', data: { permission_id: 'store.get', outcome: 'denied', count: 9 } },
    { category: 'permission', action: 'store.get', success: false, severity: 'warning', owner_pack: 'weather' },
  ],
  ['denial.grant', {}, { category: 'permission', action: 'denial_grant', success: true }],
  [
    'capability.deny',
    { data: { principal_id: 'weather', permission_id: 'store.get', reason: 'no-grant' } },
    { category: 'security', action: 'capability_deny', success: false, rejection_reason: 'no-grant' },
  ],
  [
    'capability.deny',
    { data: { reasons: ['a: no-grant', 'a__b: signature-invalid'] } },
    { severity: 'critical', rejection_reason: 'a: no-grant; a__b: signature-invalid' },
  ],
  [
    'network.request',
    { data: { principal: 'weather', outcome: 'answered' } },
    { category: 'network', action: 'network_request', success: true, owner_pack: 'weather' },
  ],
  [
    'network.request',
    { data: { outcome: 'dns_error', reason: { kind: 'dns', code: 'ENOTFOUND' } } },
    { category: 'network', success: false, severity: 'error', error: 'dns', error_type: 'dns_error' },
  ],
  [
    'network.request',
    { data: { outcome: 'egress_denied', reason: { kind: 'peer-changed' } } },
    { category: 'network', success: false, severity: 'warning', rejection_reason: 'peer-changed' },
  ],
  [
    'network.deny',
    { actor: 'weather', data: { reason: 'host-not-granted' } },
    { category: 'network', success: false, severity: 'warning', rejection_reason: 'host-not-granted' },
  ],
  [
    'principal.overridden',
    { actor: 'weather' },
    { category: 'security', severity: 'warning', action: 'principal_id_overridden', owner_pack: 'weather' },
  ],
  ['secret.set', {}, { category: 'permission', action: 'secret_set', success: true }],
  ['secret.delete', {}, { category: 'permission', action: 'secret_delete' }],
  ['store.share', { data: { provider: 'notes' } }, { category: 'permission', owner_pack: 'notes' }],
  ['route.header-refuse', {}, { category: 'security', success: false, severity: 'warning' }],
  ['store.create', {}, { category: 'permission', action: 'store_create' }],
  [
    'candidate.scan',
    { subject: 'weather:forecast:h:00' },
    { category: 'permission', action: 'candidate_scan', owner_pack: 'weather' },
  ],
  [
    'handler.end',
    { actor: 'weather__forecast', data: { outcome: 'ok', posture: 'bubblewrap_fresh' } },
    { category: 'python_file_call', success: true, owner_pack: 'weather__forecast', execution_mode: 'container' },
  ],
  ['candidate.approve', {}, { category: 'permission', action: 'candidate_approve' }],
  ['candidate.reject', { data: { reason: 'x' } }, { category: 'permission', success: true, rejection_reason: 'x' }],
  ['candidate.block', {}, { category: 'permission', severity: 'warning' }],
  ['candidate.unblock', {}, { category: 'permission', action: 'candidate_unblock' }],
  ['route.call', { data: { flow_id: 'f' } }, { category: 'flow_execution', action: 'route_call', flow_id: 'f' }],
  [
    'route.refuse',
    { data: { reason: 'collision' } },
    { category: 'security', success: false, rejection_reason: 'collision' },
  ],
  ['schedule.run', { data: { status: 'completed' } }, { category: 'system', action: 'schedule_run', success: true }],
  ['schedule.run', { data: { status: 'failed' } }, { category: 'system', success: false, severity: 'error' }],
  [
    'schedule.skip',
    { data: { reason: 'still-running' } },
    {
      category: 'system',
      action: 'schedule_skip',
      success: false,
      severity: 'warning',
      rejection_reason: 'still-running',
    },
  ],
  [
    'modifier.apply',
    { subject: 'add-units' },
    { category: 'modifier_application', action: 'modifier_apply', modifier_id: 'add-units' },
  ],
  ['lib.run', {}, { category: 'system', action: 'lib.run', success: true }],
  ['lib.deny', { data: { reason: 'x' } }, { category: 'system', action: 'lib.deny', success: false }],
]

describe('the line of an entry', () => {
  it.each(table)('says what the manual says: %s %j', (kind, entry, line) => {
    expect(projectEntry(seal({ kind, ...entry }))).toMatchObject(line)
  })

  it('is exactly this, with what has no value left out', () => {
    const data = { pack_id: 'weather', flow_id: 'f', step_id: '', reason: 'not_approved', file: 'ä.py' }
    expect(encodeAuditLine(projectEntry(seal({ kind: 'block.refuse', actor: 'weather', data })))).toBe(
      '{"ts":"2026-01-02T23:59:59.999Z","category":"python_file_call","severity":"warning","action":"block_refuse",' +
        '"success":false,"flow_id":"f","owner_pack":"weather",' +
        '"details":{"kind":"block.refuse","actor":"weather","subject":"thing","file":"\\u00e4.py"},' +
        '"rejection_reason":"not_approved","execution_mode":"rejected","seq":7}',
    )
  })

  it.each([
    ['network.request', 'network_grant'],
    ['store.get', 'capability_grant'],
  ])('of a grant of %s says that it is a %s', (permission, type) => {
    const data = { permission_id: permission, permission_type: 'forged', actor: 'forged' }
    expect(projectEntry(seal({ kind: 'grant.set', data })).details).toEqual({
      kind: 'grant.set',
      ...about,
      permission_type: type,
      permission_id: permission,
    })
  })

  it('goes to the file of its category and its day', () => {
    expect(auditFileName(projectEntry(seal({ kind: 'network.deny' })))).toBe('network_2026-01-02.jsonl')
  })

  it('says that something was cut, and keeps what is short', () => {
    const data = { long: 'x'.repeat(4000), list: ['y'.repeat(3000)], short: 1, reason: 'ß'.repeat(4000) }
    const line = projectEntry(seal({ kind: 'capability.deny', data }))
    expect(line.details).toEqual({
      kind: 'capability.deny',
      ...about,
      long: 'x'.repeat(1024),
      short: 1,
      truncated: true,
    })
    expect(line.rejection_reason).toBe('ß'.repeat(170))
  })
})

describe('whatever strangers wrote into an entry', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('\n', '\u001b[2J', '\u2028', '\u009b', '__proto__', 'x'.repeat(5000), '\u0000'.repeat(5000)),
    fc.constant('𝄞'.repeat(3000)),
  )
  const names = fc.constantFrom(
    ...['flow_id', 'step_id', 'phase', 'pack_id', 'modifier_id', 'reason', 'reasons', 'error', 'error_type'],
    ...['outcome', 'status', 'posture', 'permission_id', 'principal_id', 'kind', 'truncated', '__proto__'],
  )
  const value = fc.oneof(text, fc.jsonValue({ maxDepth: 3 }), fc.array(text, { maxLength: 9 }))
  const data = fc
    .array(fc.tuple(fc.oneof(names, text), value), { maxLength: 30 })
    .map((members) => Object.fromEntries(members) as JsonObject)
  const kind = fc.oneof(
    fc.constantFrom(...table.map(([known]) => known)),
    fc.stringMatching(/^[a-z]{1,20}(\.[a-z-]{1,20}){1,2}$/),
  )
  const entry = fc
    .record({ entry: fc.record({ kind, actor: text, subject: text, data }), seq: fc.nat(), at: fc.nat() })
    .map(sealEntry)

  it('it becomes one bounded line of printable ASCII that says the same when it is read again', () => {
    fc.assert(
      fc.property(entry, (sealed) => {
        const line = projectEntry(sealed)
        const encoded = encodeAuditLine(line)
        expect(encoded).toMatch(/^[\u0020-\u007e]+$/)
        expect(encoded.length).toBeLessThanOrEqual(maxAuditLineBytes)
        // JSON has no negative zero.
        expect(JSON.parse(encoded)).toEqual(JSON.parse(JSON.stringify(line)))
        expect(auditLineSchema.parse(line)).toEqual(line)
        expect(auditFileName(line)).toMatch(auditFilePattern)
        expect([line.ts, line.seq]).toEqual([sealed.at, sealed.seq])
      }),
    )
  })
})
