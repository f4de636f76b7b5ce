import { expect } from 'vitest'
import type { System } from '@rumi/app/compose'
import { packIdSchema, runIdSchema } from '@rumi/kernel/base'
import type { LedgerEntry } from '@rumi/kernel/ledger'
import type { StepRecord } from '@rumi/kernel/state'
import { expectAuditOf } from '../support/audit-log.ts'
import { ask, openHome } from './system.ts'

/** What a kernel said before it died. */
export type Said =
  | { readonly done: 'open'; readonly interrupted: readonly string[] }
  | { readonly done: 'run'; readonly runId: string; readonly status: string; readonly result: unknown }
  | { readonly done: 'approve'; readonly hash: string }
  | { readonly done: 'reject'; readonly reason: string }
  | { readonly begin: 'approve' | 'reject' }

/** What a restart found. */
export interface Verdict {
  /** The signed head, to hold the next restart to. */
  readonly checkpoint: string
  readonly interruptedRuns: number
}

/** What else is looked at. */
export interface Scrutiny {
  /** The checkpoint of the last restart: what it vouches for must still be so. */
  readonly trusted?: string | undefined
  readonly judge?: (system: System, entries: readonly LedgerEntry[]) => void
}

/**
 * Opens the home that a killed kernel left, and checks that everything acknowledged is there, that nothing is half done
 * and that ledger and state tell the same story.
 *
 */
export async function judgeHome(home: string, said: readonly Said[], more: Scrutiny = {}): Promise<Verdict> {
  const { trusted } = more
  const system = await openHome(home, 'permissive')
  let known: readonly LedgerEntry[] = []
  try {
    const { ledger } = system.services
    const entries = Array.from({ length: ledger.size() }, (_, index) => index)
      .filter((index) => index % 1000 === 0)
      .flatMap((from) => [...ledger.entries(from, 1000)])
    known = entries
    judgeRuns(system, entries, said)
    judgePack(system, entries, said)
    more.judge?.(system, entries)
    const report = await ask(system, 'ledger.verify', trusted === undefined ? {} : { trusted })
    expect(report).toMatchObject({ ok: true, problems: [] })
    const { checkpoint } = await ask(system, 'ledger.head', {})
    return { checkpoint, interruptedRuns: system.interrupted.length }
  } finally {
    await system.close()
    expectAuditOf(home, known)
  }
}

function judgeRuns({ services, interrupted }: System, entries: readonly LedgerEntry[], said: readonly Said[]): void {
  const { runs, steps } = services.state.read((state) => {
    const all = state.runs.list(1_000_000)
    return { runs: all, steps: new Map(all.map(({ runId }) => [runId, state.runs.steps(runId)])) }
  })
  const byId = new Map<string, (typeof runs)[number]>(runs.map((run) => [run.runId, run]))
  for (const one of said) {
    if (!('done' in one) || one.done !== 'run') continue
    const { status, result } = byId.get(one.runId) ?? {}
    expect({ runId: one.runId, status, result }).toEqual({ runId: one.runId, status: one.status, result: one.result })
  }
  const ended = new Set(['completed', 'interrupted'])
  expect(runs.filter(({ status }) => !ended.has(status))).toEqual([])
  for (const runId of interrupted) expect(byId.get(runId)?.status).toBe('interrupted')
  const open = [...steps].filter(([, of]: [string, readonly StepRecord[]]) =>
    of.some(({ status }) => status === 'running'),
  )
  expect(open).toEqual([])
  // State and ledger agree: each run began once and ended once, as its record says.
  const about = (kind: string): readonly string[] =>
    entries.flatMap((entry) => (entry.kind === kind ? [`${entry.subject} ${textOf(entry, 'status')}`] : []))
  expect(about('run.start').toSorted()).toEqual(runs.map(({ runId }) => `${runId} `).toSorted())
  expect(about('run.end').toSorted()).toEqual(runs.map(({ runId, status }) => `${runId} ${status}`).toSorted())
}

function judgePack({ services }: System, entries: readonly LedgerEntry[], said: readonly Said[]): void {
  const flip = packIdSchema.parse('flip')
  const record = services.state.read((state) => state.packs.find(flip))
  const decisions = entries.filter(({ kind, subject }) => subject === 'flip' && /^pack\.(approve|reject)$/.test(kind))
  const describe = (entry: LedgerEntry): string =>
    entry.kind === 'pack.approve' ? `approve ${textOf(entry, 'tree_hash')}` : `reject ${textOf(entry, 'reason')}`
  const last = decisions.at(-1)
  const state =
    record?.status === 'approved'
      ? `approve ${record.approvedHash}`
      : record?.status === 'blocked'
        ? `reject ${record.reason}`
        : undefined
  expect(state).toBe(last && describe(last))
  const acknowledged = said.flatMap((one) => {
    if (!('done' in one)) return []
    if (one.done === 'approve') return [`approve ${one.hash}`]
    return one.done === 'reject' ? [`reject ${one.reason}`] : []
  })
  // Of the one decision that was begun and not answered it is not known whether it was made; no other may be there.
  const begun = said.filter((one) => 'begin' in one).length
  const first = acknowledged[0]
  const from = first === undefined ? decisions.length : decisions.findIndex((entry) => describe(entry) === first)
  const made = decisions.slice(from).map(describe)
  expect(made.slice(0, acknowledged.length)).toEqual(acknowledged)
  expect(made.length).toBeLessThanOrEqual(Math.max(begun, acknowledged.length))
  if (record?.status === 'approved') expect(services.packs.isApproved(flip, record.approvedHash)).toBe(true)
}

function textOf(entry: LedgerEntry, name: string): string {
  const value = entry.data[name]
  return typeof value === 'string' ? value : ''
}

/** How many runs were acknowledged: without any, a test has seen nothing. */
export function countRuns(said: readonly Said[]): number {
  return said.filter((one) => 'done' in one && one.done === 'run' && runIdSchema.safeParse(one.runId).success).length
}
