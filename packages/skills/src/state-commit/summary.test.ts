import { sha256Hex } from '@rumi/kernel/base'
import { describe, expect, it } from 'vitest'
import { diffStates } from './diff.ts'
import { layerOf } from './path.ts'
import type { PendingChange } from './pending-change.ts'
import { buildState } from './state-tree.ts'
import { stateSummarySchema, summarizeState, type StateSummary } from './summary.ts'

const nothing: StateSummary = {
  L0_changed: false,
  L1_added: 0,
  L1_modified: 0,
  L1_deleted: 0,
  L2_sessions_added: 0,
  L2_sessions_modified: 0,
  L2_sessions_deleted: 0,
  promotions: 0,
  demotions: 0,
  skillsets: 0,
  config: 0,
  total_changes: 0,
}

/** What the two sets of files differ in; `path=content` gives a file other content than its path. */
function summary(before: string, after: string, pending: readonly PendingChange[] = []): StateSummary {
  const [left, right] = [before, after].map((text) =>
    buildState(
      text
        .split(' ')
        .filter(Boolean)
        .map((word) => {
          const [path = '', content = path] = word.split('=')
          return { path, hash: sha256Hex(content), sizeBytes: content.length, isExecutable: false }
        }),
    ),
  )
  const changes = diffStates(left!.root, right!.root, (hash) => left!.objects.get(hash) ?? right!.objects.get(hash))
  if (!changes.ok) throw new Error(changes.error.kind)
  return summarizeState(changes.value, pending)
}

describe('the layer of a file', () => {
  it.each([
    ['skills/law.rb', 'L0'],
    ['skills/config.yml', 'config'],
    ['skills/config.yml/x', 'L0'],
    ['skills/deep/config.yml', 'L0'],
    ['knowledge/pets/pets.md', 'L1'],
    ['knowledge/.archived/pets/pets.md', 'L1'],
    ['context/s1/notes/notes.md', 'L2'],
    ['skillsets/x/skillset.json', 'skillsets'],
    ['config/safety.yml', 'config'],
    ['storage/blob', undefined],
    ['skills', undefined],
    ['README.md', undefined],
    ['knowledgeable/x', undefined],
    ['constructor/x', undefined],
  ])('%s is %s', (path, layer) => {
    expect(layerOf(path)).toBe(layer)
  })
})

describe('a summary', () => {
  it.each<[string, string, string, Partial<StateSummary>]>([
    ['nothing', 'skills/a', 'skills/a', {}],
    [
      'everything of a first state',
      '',
      'skills/a skills/b knowledge/p/p.md context/s/n/n.md skillsets/x/s.json config/a.yml skills/config.yml',
      { L0_changed: true, L1_added: 1, L2_sessions_added: 1, skillsets: 1, config: 2, total_changes: 6 },
    ],
    [
      'one law, of however many files',
      'skills/a skills/b',
      'skills/a=1 skills/c',
      { L0_changed: true, total_changes: 1 },
    ],
    [
      'a document by each of its files',
      'knowledge/p/p.md knowledge/p/scripts/a',
      'knowledge/p/p.md knowledge/p/scripts/a=1',
      { L1_modified: 1, total_changes: 1 },
    ],
    [
      'a file that came into a document',
      'knowledge/p/p.md',
      'knowledge/p/p.md knowledge/p/assets/a',
      { L1_modified: 1, total_changes: 1 },
    ],
    [
      'a file that went from a document',
      'knowledge/p/p.md knowledge/p/assets/a',
      'knowledge/p/p.md',
      { L1_modified: 1, total_changes: 1 },
    ],
    [
      'documents that came and went',
      'knowledge/p/p.md knowledge/k/k.md',
      'knowledge/q/q.md knowledge/q/a knowledge/k/k.md',
      { L1_added: 1, L1_deleted: 1, total_changes: 2 },
    ],
    ['the only document that there was', 'knowledge/p/p.md', '', { L1_deleted: 1, total_changes: 1 }],
    [
      'a document that went into the archive',
      'knowledge/p/p.md',
      'knowledge/.archived/p/p.md',
      { L1_deleted: 1, total_changes: 2 },
    ],
    [
      'an archived document that was changed',
      'knowledge/.archived/p/p.md',
      'knowledge/.archived/p/p.md=1',
      { L1_modified: 1, total_changes: 1 },
    ],
    [
      'sessions, and the text in them',
      'context/s/n/n.md context/t/n/n.md',
      'context/s/n/n.md=1 context/u/n/n.md',
      { L2_sessions_added: 1, L2_sessions_modified: 1, L2_sessions_deleted: 1, total_changes: 3 },
    ],
    ['a document that was a file', 'knowledge/p', 'knowledge/p/p.md', { L1_modified: 1, total_changes: 1 }],
    [
      'SkillSets and their settings',
      'skillsets/config.yml skillsets/x/a',
      'skillsets/config.yml=1 skillsets/x/a skillsets/x/b skillsets/y/a',
      { skillsets: 3, total_changes: 3 },
    ],
  ])('counts %s', (_, ...[before, after, expected]) => {
    expect(summary(before, after)).toEqual({ ...nothing, ...expected })
  })

  it('takes promotions and demotions from what was reported, each once', () => {
    const change = (action: PendingChange['action'], subject: string): PendingChange => ({
      layer: 'L1',
      action,
      subject,
      at: 0,
    })
    const pending = [
      change('promote', 'a'),
      change('promote', 'a'),
      change('promote', 'b'),
      change('demote', 'c'),
      change('archive', 'd'),
      change('update', 'e'),
    ]
    // A document with the name of a session is no promotion.
    expect(summary('context/p/n/n.md', 'knowledge/p/p.md')).toMatchObject({ promotions: 0, demotions: 0 })
    expect(summary('', '', pending)).toEqual({ ...nothing, promotions: 2, demotions: 2 })
  })

  it('leaves out what is no part of the state, and is what its schema says', () => {
    expect(summary('storage/a README', 'storage/a=1')).toEqual(nothing)
    expect(stateSummarySchema.parse(nothing)).toEqual(nothing)
  })
})
