import { describe, expect, it } from 'vitest'
import { en, ja } from '../../messages/index.ts'
import type { SkillDetailView } from '../kairos-views.ts'
import {
  renderCounts,
  renderDrift,
  renderFindings,
  renderParsed,
  renderSkill,
  renderVerification,
  wordFor,
} from './skills.ts'
import { style } from './test-style.ts'

const skill: SkillDetailView = {
  id: 'seasons',
  version: '1.0',
  title: 'Seasons\u001b[2J',
  use_when: null,
  tree_hash: `sha256:${'a'.repeat(64)}`,
  file: 'skills/seasons.skill.ts',
  guarantees: ['truthful'],
  evolvable: ['content'],
  immutable: false,
  nodes: 2,
  has_behavior: true,
  source: '',
  tree: { id: 'seasons', content: 'Spring\n\u202eSummer' },
  versions: [],
}

describe('a skill', () => {
  it('is shown with what rules it and its text, and nothing that a terminal obeys', () => {
    const shown = renderSkill(skill, style)
    expect(shown).toMatch(/^seasons {2}Seasons\\x1b\[2J$/m)
    expect(shown).toMatch(/^may change +content$/m)
    expect(shown).toMatch(/^behavior +has one; run it: bin\/rumi skills run seasons$/m)
    expect(shown).toContain('  Spring\n  \\u{202e}Summer\n')
    expect(shown).not.toMatch(/[\u001b\u202e]/)
  })

  it('that is immutable says so in the place of what may change', () => {
    expect(renderSkill({ ...skill, immutable: true, evolvable: [] }, style)).toMatch(
      /^may change +<yellow>nothing: it is immutable<\/>$/m,
    )
  })
})

const none = { total: 0, satisfied: 0, unsatisfied: 0, unknown: 0, human_required: 0, declared: 0 }

describe('what statements come to', () => {
  it.each([
    ['everything holds', { ...none, total: 2, satisfied: 2 }, en.kairos.verification.all],
    ['one is unknown', { ...none, total: 2, satisfied: 1, unknown: 1 }, en.kairos.verification.open],
    ['one is only declared', { ...none, total: 2, satisfied: 2, declared: 1 }, en.kairos.verification.open],
    ['one is for a person', { ...none, total: 2, satisfied: 1, human_required: 1 }, en.kairos.verification.open],
    ['one does not hold', { ...none, total: 2, satisfied: 1, unsatisfied: 1 }, en.kairos.verification.failed],
    [
      'one fails beside an unknown one',
      { ...none, total: 2, unknown: 1, unsatisfied: 1 },
      en.kairos.verification.failed,
    ],
  ])('when %s is said so, and only then that everything holds', (_, counts, sentence) => {
    const shown = renderCounts(counts, style)
    expect(shown).toContain(sentence)
    expect(shown.includes(en.kairos.verification.all)).toBe(sentence === en.kairos.verification.all)
  })

  it('tells how to give what is missing only when something is unknown', () => {
    expect(renderCounts({ ...none, total: 1, unknown: 1 }, style)).toContain('--bind')
    expect(renderCounts({ ...none, total: 1, human_required: 1 }, style)).not.toContain('--bind')
  })

  it('calls a statement that names nothing to check declared, and not found to hold', () => {
    const node = { name: 'floor', type: 'Constraint', status: 'satisfied', basis: 'declared', detail: 'd', missing: [] }
    const shown = renderVerification({ skill_id: 'seasons', verdict: 'unknown', summary: none, nodes: [node] }, style)
    expect(shown).toContain(`<yellow>${en.kairos.statuses['declared']}</>`)
  })

  it('lists each statement with what is missing to judge it', () => {
    const node = {
      name: 'floor',
      type: 'constraint',
      status: 'unknown',
      basis: 'none',
      detail: 'not known',
      missing: ['a', 'b\n'],
    }
    const report = { skill_id: 'seasons', verdict: 'unknown', summary: none, nodes: [node] }
    expect(renderVerification(report, style)).toMatch(
      /^floor +constraint +<yellow>unknown<\/> +not known \(missing: a, b\\n\)$/m,
    )
    expect(renderVerification({ ...report, nodes: [] }, style)).toBe(
      '"seasons" has no definition: there is nothing to verify.\n',
    )
  })
})

it('names that the sentence has already are not said twice', () => {
  const node = { name: 'floor', type: 'Constraint', status: 'unknown', basis: 'evaluated', missing: ['height', 'a'] }
  const shown = (detail: string): string =>
    renderVerification(
      {
        skill_id: 'seasons',
        verdict: 'unknown',
        summary: { total: 1, satisfied: 0, unsatisfied: 0, unknown: 1, human_required: 0 },
        nodes: [{ ...node, detail }],
      },
      style,
    )
  expect(shown('Not bound: a, height.')).not.toContain('missing')
  expect(shown('Nobody can say: height.')).toContain('(missing: a)')
})

it('a source that was read is told by its version, title and number of statements', () => {
  const definition = { nodes: [{}, {}] }
  expect(renderParsed({ version: '1.0', title: 'Seasons\u001b', definition }, style).split('\n')).toEqual([
    'version     1.0',
    String.raw`title       Seasons\x1b`,
    'statements  2',
    '',
  ])
  expect(renderParsed({ version: null, title: null, definition: null }, style)).toBe('statements  0\n')
})

it('a code without a word is shown as it is, also when it is called as something that every object has', () => {
  const { statuses } = ja.kairos
  expect(['satisfied', 'newer', 'constructor', '\u0007'].map((code) => wordFor(statuses, code))).toEqual([
    '成立',
    'newer',
    'constructor',
    '\\x07',
  ])
})

it('drift names the side that says more, and where', () => {
  const item = { direction: 'value_mismatch', severity: 'error', node: 'limit', line: 4, message: '3 and 5' }
  expect(renderDrift({ skill_id: 'seasons', is_drifted: true, coverage: 1, items: [item] }, style)).toMatch(
    /^<red>error<\/> +values differ +limit:4 +3 and 5$/m,
  )
})

it('a finding names its place and what to do about it', () => {
  const finding = { kind: 'stale', severity: 'warning', subject: 'L1/pets', line: 3, message: 'old\n', hint: 'look' }
  expect(renderFindings([finding], style)).toBe('<yellow>warning</> stale L1/pets:3: old\\n\n  hint: look\n')
})
