import { describe, expect, it } from 'vitest'
import { autoCommitSettingsSchema, decideAutoCommit, type AutoCommitSettings } from './auto-commit.ts'
import { commitIdOf, stateCommitSchema } from './commit-record.ts'
import { pendingChangeSchema, type PendingChange } from './pending-change.ts'

const settings = autoCommitSettingsSchema.parse({})
const change = (layer: PendingChange['layer'], action: PendingChange['action'] = 'update'): PendingChange => ({
  layer,
  action,
  subject: 'subject',
  at: 0,
})
const times = (count: number, layer: PendingChange['layer']): PendingChange[] =>
  Array.from({ length: count }, () => change(layer))
const trigger = (pending: readonly PendingChange[], chosen: AutoCommitSettings = settings): unknown => {
  const decision = decideAutoCommit(pending, chosen)
  return decision.due ? decision.trigger : undefined
}

describe('a commit that nobody asked for', () => {
  it.each<[readonly PendingChange[], string | undefined]>([
    [[], undefined],
    [[change('L0')], 'l0_change'],
    [[change('L1', 'promote')], 'promotion'],
    [[change('L2', 'promote')], 'promotion'],
    [[change('L1', 'demote')], 'demotion'],
    [[change('L1', 'archive')], 'demotion'],
    [[change('L1', 'unarchive')], undefined],
    [[change('L2', 'session_end')], 'session_end'],
    [times(4, 'L1'), undefined],
    [times(5, 'L1'), 'l1_threshold'],
    [[...times(4, 'L1'), ...times(5, 'L2')], undefined],
    [[...times(4, 'L1'), ...times(6, 'L2')], 'total_threshold'],
    [[...times(4, 'skillsets'), ...times(6, 'config')], 'total_threshold'],
    [
      [...times(5, 'L1'), change('L2', 'session_end'), change('L1', 'archive'), change('L1', 'promote'), change('L0')],
      'l0_change',
    ],
    [[...times(5, 'L1'), change('L2', 'session_end'), change('L1', 'archive'), change('L1', 'promote')], 'promotion'],
    [[...times(5, 'L1'), change('L2', 'session_end'), change('L1', 'archive')], 'demotion'],
    [[...times(5, 'L1'), change('L2', 'session_end')], 'session_end'],
    [times(10, 'L1'), 'l1_threshold'],
  ])('after %j is due for %s', (pending, expected) => {
    expect(trigger(pending)).toBe(expected)
  })

  it.each([
    ['l0_change', [change('L0')]],
    ['promotion', [change('L1', 'promote')]],
    ['demotion', [change('L1', 'archive')]],
    ['session_end', [change('L2', 'session_end')]],
  ] as const)('is not due for %s when that is switched off', (event, pending) => {
    const off = autoCommitSettingsSchema.parse({ on_events: { [event]: false } })
    expect([trigger(pending), trigger(pending, off), trigger(pending, { ...settings, enabled: false })]).toEqual([
      event,
      undefined,
      undefined,
    ])
  })

  it('has thresholds of one’s own, or none', () => {
    const low = autoCommitSettingsSchema.parse({ change_threshold: { l1_changes: 1, total_changes: 2 } })
    const none = autoCommitSettingsSchema.parse({ change_threshold: { enabled: false } })
    expect([trigger(times(1, 'L1'), low), trigger(times(2, 'L2'), low), trigger(times(99, 'L1'), none)]).toEqual([
      'l1_threshold',
      'total_threshold',
      undefined,
    ])
  })

  it('does not count the end of a session as a change', () => {
    const off = autoCommitSettingsSchema.parse({ on_events: { session_end: false } })
    expect(trigger([...times(9, 'L2'), change('L2', 'session_end')], off)).toBeUndefined()
  })

  it('says why', () => {
    const reasonOf = (pending: readonly PendingChange[]): unknown => decideAutoCommit(pending, settings)
    expect([reasonOf([change('L0'), ...times(2, 'L1')]), reasonOf([change('L2', 'session_end')])]).toEqual([
      { due: true, trigger: 'l0_change', reason: 'automatic, l0_change: changes of L0 1, L1 2' },
      { due: true, trigger: 'session_end', reason: 'automatic, session_end: no change was reported' },
    ])
  })

  it('has settings that refuse words and numbers that mean nothing', () => {
    for (const bad of [
      { on_event: {} },
      { on_events: { promotions: true } },
      { change_threshold: { l1_changes: 0 } },
      { enabled: 'yes' },
    ]) {
      expect(autoCommitSettingsSchema.safeParse(bad).success).toBe(false)
    }
  })
})

describe('what is kept', () => {
  const root = '0123456789ab'.padEnd(64, 'c')
  const summary = Object.fromEntries(
    'L1_added L1_modified L1_deleted L2_sessions_added L2_sessions_modified L2_sessions_deleted promotions demotions skillsets config total_changes'
      .split(' ')
      .map((name) => [name, 0]),
  )
  const commit = {
    commit_id: '2-0123456789ab',
    number: 2,
    root,
    previous: '1-ffffffffffff',
    committed_at: '2025-01-01T00:00:00.000Z',
    by: 'operator',
    reason: 'a reason',
    trigger: null,
    summary: { L0_changed: true, ...summary },
    changes: 3,
  }

  it('is a commit with its number, its state and the one before', () => {
    expect([stateCommitSchema.parse(commit), commitIdOf(2, root)]).toEqual([commit, '2-0123456789ab'])
    const first = { ...commit, commit_id: '1-0123456789ab', number: 1, previous: null, trigger: 'promotion' }
    expect(stateCommitSchema.parse(first)).toEqual(first)
  })

  it.each([
    { commit_id: '3-0123456789ab' },
    { commit_id: '2-ffffffffffff' },
    { root: root.toUpperCase() },
    { previous: null },
    { previous: '2-ffffffffffff' },
    { previous: '12-ffffffffffff' },
    { reason: ' \n' },
    { trigger: 'whim' },
    { changes: -1 },
    { committed_at: 'yesterday' },
    { more: 1 },
  ])('is no commit with %j', (part) => {
    expect(stateCommitSchema.safeParse({ ...commit, ...part }).success).toBe(false)
  })

  it('is a change with a layer, an action and a subject', () => {
    const promoted = change('L1', 'promote')
    expect(pendingChangeSchema.parse(promoted)).toEqual(promoted)
    for (const part of [{ layer: 'L3' }, { action: 'explode' }, { subject: '' }, { at: -1 }, { more: 1 }]) {
      expect(pendingChangeSchema.safeParse({ ...promoted, ...part }).success).toBe(false)
    }
  })
})
