import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '@rumi/drivers/system'
import type { AuditLine } from '@rumi/kernel/audit'
import type { Clock } from '@rumi/kernel/base'
import type { LedgerEntry } from '@rumi/kernel/ledger'
import { expectAuditOf, projectLedger, readAuditFiles } from '../support/audit-log.ts'
import { removeFolder } from '../support/remove-folder.ts'
import { blockFlow, expectProblem, packFiles, startTestSystem, writeFiles, type TestSystem } from './system.ts'

const home = mkdtempSync(join(tmpdir(), 'rumi-audit-'))
const today = '2026-01-02'
/** The clock of the machine, but on a day that does not end in the middle of a test. */
const clock: Clock = {
  ...systemClock,
  now: () => Date.UTC(2026, 0, 2, 9) + Math.floor(systemClock.monotonicMs() % 3_600_000),
}
let rumi: TestSystem

beforeAll(async () => {
  writeFiles(home, {
    ...packFiles('weather', {
      'blocks/good.py': 'def run(input_data, context=None):\n    return input_data\n',
      'blocks/bad.py': 'def run(input_data, context=None):\n    raise ValueError("no")\n',
      'flows/good.flow.json': blockFlow('weather.good', 'good.py'),
      'flows/bad.flow.json': blockFlow('weather.bad', 'bad.py'),
    }),
    ...packFiles('other', {}),
  })
  rumi = await startTestSystem({ home, systemClock: clock })
  await rumi.ask('POST', '/api/packs/weather/approve')
  await rumi.ask('POST', '/api/flows/weather.good/run', { inputs: { name: 'Ada' } })
  await rumi.ask('POST', '/api/flows/weather.bad/run')
  await rumi.ask('POST', '/api/packs/other/reject', { reason: 'unwanted\n\u001b[31m' })
  await fetch(`${rumi.server.url}/api/packs`)
  await rumi.ask('POST', '/api/packs/weather/reject')
  await rumi.ask('POST', '/api/flows/weather.good/run')
})
afterAll(async () => {
  await rumi.close()
  removeFolder(home)
})

const entries = (): readonly LedgerEntry[] => rumi.system.services.ledger.entries(0, 10_000)
const query = async (text: string): Promise<readonly AuditLine[]> =>
  (await rumi.ask('GET', `/api/audit?${text}`)).body.data.entries
const actions = async (text: string): Promise<readonly string[]> => (await query(text)).map(({ action }) => action)

/** What the manual tells operators to look for, and what has happened. */
const manual: readonly (readonly [string, (line: AuditLine) => boolean, readonly string[]])[] = [
  ['security', ({ success }) => !success, ['request_refuse', 'flow_refuse']],
  ['approval', ({ rejection_reason: reason }) => reason === 'unwanted\n\u001b[31m', ['pack_reject']],
  ['python_file_call', ({ execution_mode: mode }) => mode === 'container', ['block_end', 'block_end']],
  ['system', ({ action }) => action.includes('start'), ['system_start']],
]

describe('the audit log of a system', () => {
  it('follows the ledger while it runs, one file a category and day, for its owner only', async () => {
    await vi.waitFor(() => expect(readAuditFiles(home)).toEqual(projectLedger(entries())), 5000)
    const categories = ['approval', 'flow_execution', 'python_file_call', 'security', 'system']
    expect(Object.keys(readAuditFiles(home)).toSorted()).toEqual(categories.map((name) => `${name}_${today}.jsonl`))
    const folder = join(home, 'user_data/audit')
    const modes = readdirSync(folder).map((name) => lstatSync(join(folder, name)).mode & 0o777)
    expect([lstatSync(folder).mode & 0o777, new Set(modes)]).toEqual([0o700, new Set([0o600])])
  })

  it.each(manual)(
    'says in the file of %s what the manual tells operators to look for',
    async (category, isWanted, found) => {
      await vi.waitFor(() => expect(readAuditFiles(home)).toEqual(projectLedger(entries())), 5000)
      const text = readAuditFiles(home)[`${category}_${today}.jsonl`] ?? ''
      const lines = text
        .trimEnd()
        .split('\n')
        .map((line): AuditLine => JSON.parse(line))
      expect(lines.filter(isWanted).map(({ action }) => action)).toEqual(found)
    },
  )

  it('is written anew byte for byte, whatever became of its files', async () => {
    await vi.waitFor(() => expect(readAuditFiles(home)).toEqual(projectLedger(entries())), 5000)
    const folder = join(home, 'user_data/audit')
    rmSync(join(folder, `security_${today}.jsonl`))
    writeFileSync(join(folder, `approval_${today}.jsonl`), 'damaged')
    writeFileSync(join(folder, 'network_2001-01-01.jsonl'), '{}\n')
    const answer = await rumi.ask('POST', '/api/audit/rebuild')
    expect(answer.body.data).toEqual({ entries: entries().length, files: 5 })
    expect(readAuditFiles(home)).toEqual(projectLedger(entries()))
  })
})

describe('a question to the audit log', () => {
  it('is answered at once, newest first, with every line of the ledger', async () => {
    await rumi.ask('POST', '/api/packs/scan', { pack_id: 'other' })
    const lines = await query('limit=1000')
    expect(lines.map(({ seq }) => seq)).toEqual(
      entries()
        .map(({ seq }) => seq)
        .toReversed(),
    )
  })

  it.each([
    ['category=approval&pack_id=weather', ['pack_reject', 'pack_approve', 'pack_scan']],
    ['flow_id=weather.bad&outcome=failure', ['flow_end', 'block_end']],
    ['flow_id=weather.good&category=flow_execution', ['flow_end', 'flow_start']],
    ['pack_id=weather&category=security', ['flow_refuse']],
    ['action=pack_approve', ['pack_approve']],
    ['category=python_file_call&outcome=success', ['block_start', 'block_end', 'block_start']],
    ['category=modifier_application', []],
    ['category=security&until=2001-01-01', []],
    [`category=system&since=${today}`, ['system_start']],
    ['category=system&since=2001-01-01T00:00:00%2B09:00&until=2999-12-31', ['system_start']],
  ])('%s finds these', async (text, found) => {
    expect(await actions(text)).toEqual(found)
  })

  it('comes in pages that hold each line once', async () => {
    const pages: AuditLine[] = []
    let path = '/api/audit?limit=3'
    for (let page = 0; page < 100; page += 1) {
      const { data } = (await rumi.ask('GET', path)).body
      pages.push(...data.entries)
      expect(data.count).toBe(data.entries.length)
      expect(data.truncated).toBe(data.next_before_seq !== undefined)
      if (!data.truncated) break
      path = `/api/audit?limit=3&before_seq=${data.next_before_seq}`
    }
    expect(pages).toEqual(await query('limit=1000'))
  })

  it.each([
    'since=yesterday',
    'until=2026-02-30',
    'since=2026-01-01T25:00',
    'since=2026-01-02&until=2026-01-01',
    'since=',
  ])('is refused with a hint when its time is none: %s', async (text) => {
    const answer = await rumi.ask('GET', `/api/audit?${text}`)
    expectProblem(answer, 400, 'audit.time')
    expect(answer.body.problem?.hint).toContain('rumi audit query')
  })

  it.each(['category=everything', 'limit=0', 'limit=1001', 'outcome=ok', 'pack_id=..', 'before_seq=-1'])(
    'is refused when it is none: %s',
    async (text) => {
      expectProblem(await rumi.ask('GET', `/api/audit?${text}`), 400, 'request.invalid')
    },
  )
})

describe('an audit log that cannot be written', () => {
  it('stops no decision; doctor tells, and it goes on from the ledger afterwards', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'rumi-audit-'))
    mkdirSync(join(elsewhere, 'user_data'))
    writeFiles(elsewhere, { 'user_data/audit': 'in the way', ...packFiles('other', {}) })
    const system = await startTestSystem({ home: elsewhere })
    await vi.waitFor(() => expect(system.system.services.audit.problem).toBeDefined(), 5000)
    expect((await system.ask('POST', '/api/packs/other/approve')).body.data.status).toBe('approved')
    const { data } = (await system.ask('GET', '/api/doctor')).body
    expect([data.ok, data.audit]).toMatchObject([false, { ok: false, message: expect.stringContaining('EEXIST') }])
    expectProblem(await system.ask('POST', '/api/audit/rebuild'), 503, 'audit.unwritable')
    rmSync(join(elsewhere, 'user_data/audit'))
    const known = system.system.services.ledger.entries(0, 1000)
    await system.close()
    expectAuditOf(elsewhere, known)
    removeFolder(elsewhere)
  })
})

describe('an audit log after a restart', () => {
  it('goes on where it was, with the end of the system before and its own start', async () => {
    const before = entries()
    await rumi.close()
    expectAuditOf(home, before)
    rumi = await startTestSystem({ home, systemClock: clock })
    await vi.waitFor(() => expect(readAuditFiles(home)).toEqual(projectLedger(entries())), 5000)
    expect(await actions('category=system')).toEqual(['system_start', 'system_stop', 'system_start'])
  })
})
