import { expect, it } from 'vitest'
import { renderFileChanges, renderStateStatus } from './state.ts'
import { style } from './test-style.ts'

const changes = [
  { path: 'knowledge/a/a.md', kind: 'added' },
  { path: 'knowledge/b\u202e', kind: 'removed' },
  { path: 'skills/c.skill.ts', kind: 'changed' },
]

it('changes of files are marked by their kind, and it is said when not all are shown', () => {
  expect(renderFileChanges({ changes, total_changes: 3 }, style)).toBe(
    '<green>+ knowledge/a/a.md</>\n<red>- knowledge/b\\u{202e}</>\n<yellow>~ skills/c.skill.ts</>\n',
  )
  expect(renderFileChanges({ changes, total_changes: 9 }, style)).toMatch(/^3 of 9 changes are shown\.$/m)
})

it('a state that was never committed says how to commit it', () => {
  const status = { root: 'abc', files: 2, last: null, pending: 0, diagnostics: [], changes: [], total_changes: 0 }
  expect(renderStateStatus(status, style)).toBe(
    'last commit  none yet; commit: bin/rumi state commit --reason "…"\nroot         abc\nfiles        2\n',
  )
})
