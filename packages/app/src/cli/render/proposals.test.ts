import { describe, expect, it } from 'vitest'
import { en, ja } from '../../messages/index.ts'
import type { ReviewView } from '../kairos-views.ts'
import { renderDiff, renderProposalReview } from './proposals.ts'
import { style } from './test-style.ts'

const proposal = {
  proposal_id: 'prop_0123456789abcdef',
  kind: 'skill',
  subject: 'seasons',
  hash: `sha256:${'b'.repeat(64)}`,
  status: 'open',
  reason: 'autumn\nHASH',
  by: 'delegate/mcp',
  at: '2026-01-01T00:00:00.000Z',
  expires_at: '2026-01-08T00:00:00.000Z',
  files: [],
  approved_by: null,
  approved_at: null,
  rejected_by: null,
  rejection: null,
  applied_at: null,
  revision: null,
}
const review: ReviewView = {
  proposal,
  skills: [{ id: 'seasons', change: 'changed', text: '~ content\n  - spring\n  + autumn\u001b[2J' }],
  files: [],
  checks: [
    { id: 'id.same', outcome: 'passed', detail: 'it is the same' },
    { id: 'evolution.enabled', outcome: 'failed', detail: 'evolution is off' },
    { id: 'content.meaning', outcome: 'human', detail: 'read it' },
  ],
  ready: false,
}

describe('the review of a proposal', () => {
  it('shows what changes, every check and the hash, and nothing of a stranger stands at the begin of a line', () => {
    expect(renderProposalReview(review, style).split('\n')).toEqual([
      'prop_0123456789abcdef  seasons',
      'status    <yellow>open</>',
      String.raw`reason    autumn\nHASH`,
      'proposed  2026-01-01 00:00:00Z by delegate/mcp',
      'expires   2026-01-08 00:00:00Z',
      '',
      'What changes:',
      'seasons changes',
      '  ~ content',
      '  <red>  - spring</>',
      String.raw`  <green>  + autumn\x1b[2J</>`,
      '',
      'Checks:',
      '  CHECK              RESULT        DETAIL',
      '  id.same            <green>passed</>        it is the same',
      '  evolution.enabled  <red>failed</>        evolution is off',
      '  content.meaning    <yellow>for a person</>  read it',
      '  1 passed, 1 failed, 1 left to a person',
      '',
      'Exactly this is approved or applied:',
      `  ${proposal.hash}`,
      '',
    ])
  })

  it('of files lists them by what becomes of them', () => {
    const files = [
      { path: 'knowledge/new/new.md', before: null, after: 'a' },
      { path: 'knowledge/old/old.md', before: 'a', after: null },
      { path: 'skills/config.yml\u0007', before: 'a', after: 'b' },
    ]
    const shown = renderProposalReview({ ...review, skills: [], proposal: { ...proposal, files } }, style)
    expect(shown).toContain('Files:\n  + knowledge/new/new.md\n  - knowledge/old/old.md\n  ~ skills/config.yml\\x07\n')
  })

  it('of files shows what differs in each, and says when it cannot', () => {
    const files = [
      { path: 'skills/config.yml', change: 'changed' as const, executable: false, text: '- a: 1\n+ a: 2\u001b[2J\n' },
      { path: 'knowledge/x/run.sh', change: 'added' as const, executable: true, text: null },
    ]
    const shown = renderProposalReview({ ...review, skills: [], files }, style)
    expect(shown).toContain('~ skills/config.yml')
    expect(shown).toContain(String.raw`<green>+ a: 2\x1b[2J</>`)
    expect(shown).toContain(`+ knowledge/x/run.sh *\n  ${en.kairos.proposals.notShown}\n`)
  })

  it('in another language tells what each check asks, beside what the system found', () => {
    const shown = renderProposalReview(review, { ...style, messages: ja })
    expect(shown).toMatch(/^ +evolution\.enabled +<red>不合格<\/> +evolution_enabled が true か: evolution is off$/m)
    expect(shown).toMatch(/^ +id\.same +<green>合格<\/> +it is the same$/m)
    expect(shown).toMatch(/^状態 +<yellow>判断待ち<\/>$/m)
  })

  it('of a decided one says when, by whom and why', () => {
    const decided = { ...proposal, status: 'rejected', rejected_by: 'operator/cli', rejection: 'not clear' }
    expect(renderProposalReview({ ...review, proposal: decided }, style)).toMatch(
      /^status +<red>rejected<\/>$[^]*^rejected +operator\/cli {2}not clear$/m,
    )
  })
})

it('a difference is coloured by what is added and lost, and ends in one line end', () => {
  expect(renderDiff('a\n+ b\n- c\n\n', style.terminal.palette)).toBe('a\n<green>+ b</>\n<red>- c</>\n')
})
