import { describe, expect, it } from 'vitest'
import { err, ok, treeHashSchema } from '@rumi/kernel/base'
import type { CandidateRecord } from '@rumi/kernel/capability'
import { permissionIdSchema } from '@rumi/kernel/grant'
import type { CandidateView } from '../../handlers/index.ts'
import type { Services } from '../services.ts'
import { callOperation } from '../test-services.ts'
import {
  approveCandidate,
  listBlocked,
  listCandidates,
  rejectCandidate,
  removeHandler,
  scanCandidates,
  unblockCandidate,
} from './handlers.ts'

const key = (slug: string) => `p:${slug}:greeter:${'a'.repeat(64)}`
const base = (slug: string) => ({
  offer: {
    ...{ candidateKey: key(slug), manifestSha256: 'b'.repeat(64), entrypoint: 'handler.py:execute' },
    ...{ permissionId: permissionIdSchema.parse('greet.say') },
    contentHash: treeHashSchema.parse(`sha256:${'c'.repeat(64)}`),
  },
  ...{ rejectCount: 1, updatedAt: 0 },
})
const records: readonly CandidateRecord[] = [
  { ...base('pending'), status: 'pending' },
  { ...base('installed'), status: 'installed' },
  { ...base('rejected'), status: 'rejected', cooldownUntil: 3_600_000 },
  { ...base('blocked'), status: 'blocked', reason: 'evil' },
  { ...base('failed'), status: 'failed', lastError: 'disk' },
]

function setUp() {
  const heard: unknown[] = []
  const unknown = { code: 'candidate.unknown', status: 404, message: 'no' }
  const decide =
    (name: string) =>
    async (...given: readonly unknown[]) => {
      heard.push([name, ...given])
      return given[0] === key('pending') ? ok(records[1]) : err(unknown)
    }
  const views: readonly CandidateView[] = [
    ...records.map((record) => ({ key: record.offer.candidateKey, record })),
    { key: 'p:odd', record: 'unreadable' },
  ]
  const handlers = {
    list: () => views,
    findClaims: (hash: string) =>
      hash.includes('c') ? { description: 'says hello', risk: '' } : expect.fail('another content was read'),
    findFiles: () => [{ path: 'handler.py', size: 3, sha256: 'a'.repeat(64) }],
    scan: async (actor: string) => {
      heard.push(['scan', actor])
      const skipped = { blocked: 1, cooldown: 2, installed: 3, pending: 4, failed: 5 }
      return { scanned: 9, created: 6, skipped, diagnostics: [{ severity: 'error', code: 'x', message: 'y' }] }
    },
    ...{ approve: decide('approve'), reject: decide('reject'), unblock: decide('unblock') },
    remove: async (name: string, actor: string) => {
      heard.push(['remove', name, actor])
      return ok({ key: name })
    },
  }
  const call = (operation: typeof listCandidates, input: unknown = {}) =>
    callOperation(operation, { handlers } as unknown as Services, input)
  return { heard, call }
}

describe('handlers of packs over the surfaces', () => {
  it('are counted by a scan as the documents say', async () => {
    const { call, heard } = setUp()
    expect(await call(scanCandidates)).toEqual({
      ok: true,
      value: {
        ...{ scanned_count: 9, pending_created: 6, skipped_blocked: 1, skipped_cooldown: 2, skipped_installed: 3 },
        ...{ skipped_pending: 4, skipped_failed: 5, errors: [{ severity: 'error', code: 'x', message: 'y' }] },
      },
    })
    expect(heard).toEqual([['scan', 'operator/http']])
  })

  it('are listed with everything that a decision needs, also what cannot be read', async () => {
    const { call } = setUp()
    expect(await call(listCandidates, { status: 'rejected' })).toEqual({
      ok: true,
      value: {
        ...{ count: 1, status_filter: 'rejected' },
        items: [
          {
            ...{ candidate_key: key('rejected'), status: 'rejected', pack_id: 'p', slug: 'rejected' },
            ...{ handler_id: 'greeter', sha256: 'a'.repeat(64), permission_id: 'greet.say' },
            ...{ entrypoint: 'handler.py:execute', content_hash: `sha256:${'c'.repeat(64)}` },
            description: 'says hello',
            ...{ principal_id: 'p__rejected', reject_count: 1, cooldown_until: '1970-01-01T01:00:00.000Z' },
            updated_at: '1970-01-01T00:00:00.000Z',
          },
        ],
      },
    })
    expect(await call(listCandidates)).toMatchObject({
      value: {
        count: 6,
        status_filter: 'all',
        items: expect.arrayContaining([{ candidate_key: 'p:odd', status: 'unreadable' }]),
      },
    })
    expect(await call(listCandidates, { status: 'failed' })).toMatchObject({ value: { items: [{ reason: 'disk' }] } })
    const one = await call(listCandidates, { candidate_key: key('pending') })
    expect(one).toMatchObject({ value: { count: 1, items: [{ status: 'pending', files: [{ path: 'handler.py' }] }] } })
    expect(await call(listBlocked)).toMatchObject({
      value: { count: 1, blocked: { [key('blocked')]: { reason: 'evil' } } },
    })
  })

  it('are decided about by name, with who did it and why', async () => {
    const { call, heard } = setUp()
    const about = { candidate_key: key('pending') }
    const outcomes = [
      await call(approveCandidate, { ...about, notes: 'good', content_hash: records[0]?.offer.contentHash ?? '' }),
      await call(rejectCandidate, about),
      await call(unblockCandidate, { ...about, reason: 'sorry' }),
      await call(removeHandler, about),
      await call(approveCandidate, { candidate_key: 'x' }),
      await call(approveCandidate, {}),
      await call(approveCandidate, { ...about, content_hash: 'sha256:x' }),
    ]
    expect(outcomes).toMatchObject([
      { ok: true, value: { status: 'installed' } },
      { ok: true },
      { ok: true },
      { ok: true, value: { candidate_key: key('pending'), removed: true } },
      { ok: false, error: { code: 'candidate.unknown' } },
      { ok: false, error: { code: 'request.invalid' } },
      { ok: false, error: { code: 'request.invalid' } },
    ])
    const actor = 'operator/http'
    expect(heard).toEqual([
      ['approve', key('pending'), { note: 'good', contentHash: records[0]?.offer.contentHash }, actor],
      ['reject', key('pending'), 'User rejected', actor],
      ['unblock', key('pending'), 'sorry', actor],
      ['remove', key('pending'), actor],
      ['approve', 'x', { note: undefined, contentHash: undefined }, actor],
    ])
  })
})
