import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@rumi/kernel/base'
import { skillTreeSchema, type DefinitionNode, type SkillTree } from '../../language/index.ts'
import { detectDrift, type DriftItem } from './detect.ts'

function node(name: string, options: JsonObject = {}, type = 'Constraint'): DefinitionNode {
  return { type, name, options, source_span: null }
}

function skill(content: string | undefined, definition?: readonly DefinitionNode[]): SkillTree {
  return skillTreeSchema.parse({
    id: 'core_safety',
    ...(content !== undefined && { content }),
    ...(definition && { definition }),
  })
}

function itemsOf(content: string, definition: readonly DefinitionNode[], direction: DriftItem['direction']) {
  return detectDrift(skill(content, definition)).items.filter((item) => item.direction === direction)
}

const content = `## Safety of the core

### 1. Explicit enablement
Nothing evolves by default: \`evolution_enabled: true\` must be set first.

### 2. Human approval
Changes of the lowest layer always need the approval of a human.

### 3. Blockchain recording
Each change is recorded with its skill_id and a timestamp.

### 4. Immutability
This skill is out of reach (evolve deny :all).
`

const definition = [
  node('explicit_enablement', { required: true, condition: 'evolution_enabled == true' }),
  node('human_approval', { required: true, scope: 'l0_changes', approver: 'human' }),
  node('blockchain_recording', { required: true, fields: ['skill_id', 'timestamp'] }),
  node('immutability', { target: 'core_safety', condition: 'evolve deny :all' }),
]

describe('detectDrift', () => {
  it('C04: a node that the content does not speak of is an orphan', () => {
    const report = detectDrift(skill(content, [...definition, node('quantum_validation', { required: true })]))
    expect(report).toMatchObject({ skill_id: 'core_safety', is_drifted: true, coverage: 0.8 })
    expect(report.items).toEqual([
      {
        direction: 'definition_orphaned',
        severity: 'warning',
        node: 'quantum_validation',
        line: null,
        message: 'The content does not speak of "quantum_validation".',
      },
    ])
  })

  it('C05: a line that demands what no node says is uncovered', () => {
    const line = 'Temporal consistency is mandatory for all operations.'
    const report = detectDrift(skill(`${content}${line}\n`, definition))
    expect(report.items).toEqual([
      {
        direction: 'content_uncovered',
        severity: 'info',
        node: null,
        line: 14,
        message: `No node of the definition covers "${line}".`,
      },
    ])
  })

  it('C06: without a definition nothing has drifted and there is no coverage', () => {
    const none = { skill_id: 'core_safety', is_drifted: false, coverage: null, items: [] }
    expect(detectDrift(skill('Everything must be safe.'))).toEqual(none)
    expect(detectDrift(skill('Everything must be safe.', []))).toEqual(none)
  })

  it('C06: a core_safety whose content says what its definition says has not drifted', () => {
    expect(detectDrift(skill(content, definition))).toEqual({
      skill_id: 'core_safety',
      is_drifted: false,
      coverage: 1,
      items: [],
    })
  })

  it('without content every node is an orphan', () => {
    expect(detectDrift(skill(undefined, definition))).toMatchObject({ coverage: 0, items: { length: 4 } })
  })

  it('coverage has two decimals', () => {
    const three = [node('human_approval'), node('quantum_state'), node('warp_drive')]
    expect(detectDrift(skill(content, three)).coverage).toBe(0.33)
  })
})

describe('nodes in the content', () => {
  it.each<[string, string, DefinitionNode, boolean]>([
    ['a name in other words of the same stem', 'Blockchains are recorded.', node('blockchain_recording'), true],
    ['a name as identifier', 'See human_approval.', node('human_approval'), true],
    ['a name in camel case', 'See humanApproval.', node('human_approval'), true],
    ['a name in a heading', '# Session limits', node('session_limit'), true],
    ['a name in a table', '| session limit | 3 |', node('session_limit'), true],
    ['a name in code', '```\nsession_limit: 3\n```', node('session_limit'), true],
    ['two words of three', 'The evolve rules decide.', node('evolve_rules_permit'), true],
    ['one word of two', 'Data is validated.', node('quantum_validation'), false],
    ['two words far apart', 'A session.\n\n# Other\n\nA limit.', node('session_limit'), false],
    ['two words under one heading', '# Limits\n\nIt counts each session.', node('session_limit'), true],
    [
      'the names of its condition',
      'Keep evolution_count below max_count.',
      node('q', { condition: 'evolution_count < max_count' }),
      true,
    ],
    ['one name of two', 'Keep evolution_count low.', node('q', { condition: 'evolution_count < max_count' }), false],
    [
      'half of its description',
      'Backups go to another house.',
      node('q', { description: 'Backups are kept in a second house' }),
      true,
    ],
    [
      'a question',
      'Weigh the worth of the change.',
      node('q', { prompt: 'What is the worth of a change?' }, 'SemanticReasoning'),
      true,
    ],
    [
      'steps that stand in a list',
      '1. Propose\n2. Review\n3. Apply',
      node('q', { steps: ['propose', 'review', 'apply'] }, 'Plan'),
      true,
    ],
    ['a command', 'It calls run_pipeline.', node('q', { command: 'run_pipeline' }, 'ToolCall'), true],
    [
      'a Japanese description',
      '進化には明示的な有効化が必要',
      node('no_ops', { description: '破壊的操作には進化モードの明示的有効化が必要' }),
      true,
    ],
    [
      'another Japanese description',
      '猫は寝る。',
      node('no_ops', { description: '破壊的操作には進化モードの明示的有効化が必要' }),
      false,
    ],
    ['an English name in Japanese content', '`approval` の節を読む。', node('approval'), true],
    ['a Japanese name', '人間の承認を得る。', node('人間承認'), true],
    ['full-width letters', 'Ｓｅｓｓｉｏｎ ｌｉｍｉｔ', node('session_limit'), true],
    // Traps: parts of words, and words that are everywhere.
    ['cat in category', 'Every category counts.', node('cat'), false],
    ['cats', 'Our cats count.', node('cat'), true],
    ['one letter', 'A plan B.', node('a_b'), false],
    ['one letter as identifier', 'The variable `x` counts.', node('x'), true],
    ['one letter as a word', 'Mark it with an x.', node('x'), false],
    ['stop words alone', 'It must not be so.', node('must_not'), true],
    ['stop words apart', 'Not that it must.', node('must_not'), false],
    ['a number in its name', 'There are 3.', node('rule_3'), false],
    ['one Japanese word of three', '進化論の話。', node('q', { description: '進化の記録と監視' }), false],
    ['"constructor"', 'Nothing.', node('constructor'), false],
  ])('%s', (...[, text, one, isReflected]) => {
    expect(detectDrift(skill(text, [one])).coverage).toBe(isReflected ? 1 : 0)
  })
})

describe('demands of the content', () => {
  const other = [node('warp_drive')]

  it.each([
    'Backups must be kept.',
    'A backup is required.',
    'Always keep backups.',
    'Backups shall be kept.',
    'Deleting backups is prohibited.',
    'You may not delete backups.',
    '- Backups must be kept.',
    '1. Backups must be kept.',
    '* [ ] Backups must be kept.',
    '> Backups must be kept.',
    'MUST keep backups',
    'バックアップは必須です。',
    '必ずバックアップを取る。',
    'バックアップを取らなければならない。',
    'バックアップを消してはならない。',
    'バックアップの削除は禁止。',
    '常にバックアップを取る。',
    '決してバックアップを消さない。',
    'バックアップが必要',
  ])('%s', (text) => {
    expect(itemsOf(text, other, 'content_uncovered')).toMatchObject([{ line: 1, severity: 'info', node: null }])
  })

  it.each([
    '# Backups must be kept',
    '| Backups must be kept |',
    '```\nBackups must be kept.\n```',
    '~~~\n```\nBackups must be kept.\n~~~',
    '```\nBackups must be kept.',
    'Backups `must` be kept.',
    'A backup is not required.',
    'Backups are not mandatory.',
    'The mustard and the nevermore backups.',
    'Backups may be kept.',
    'This is required.',
    '非常に大きなバックアップ。',
    '必要に応じてバックアップを取る。',
    'バックアップは不必要。',
    'バックアップは必要ありません。',
    '必ずしもバックアップではない。',
    '正常にバックアップが終わる。',
  ])('%s demands nothing', (text) => {
    expect(itemsOf(text, other, 'content_uncovered')).toEqual([])
  })

  it.each<[string, DefinitionNode, boolean]>([
    ['Backups must be kept.', node('nightly_backup', { description: 'Backups are kept' }), true],
    ['The nightly backup is mandatory.', node('nightly_backup'), true],
    ['Backups must be encrypted with a strong key.', node('nightly_backup'), false],
    ['# Nightly backup\nEach backup must be encrypted with a strong key.', node('nightly_backup'), true],
    ['# Nightly backup\nTemporal consistency is mandatory.', node('nightly_backup'), false],
    ['Backups must be kept. Cats must be fed.', node('backups_kept'), false],
    ['夜間バックアップは必須です。', node('q', { description: '夜間のバックアップ' }), true],
    ['猫の餌は必須です。', node('q', { description: '夜間のバックアップ' }), false],
  ])('%s is covered only by a node that says it', (text, one, isCovered) => {
    expect(itemsOf(text, [one], 'content_uncovered').length).toBe(isCovered ? 0 : 1)
  })

  it('an item tells the line of its sentence, however lines are wrapped', () => {
    const text = 'First line.\n\nA long sentence about\nbackups. Cats must\nbe fed twice.\n- Dogs must be fed.'
    expect(itemsOf(text, other, 'content_uncovered').map(({ line }) => line)).toEqual([4, 6])
  })

  it('only the first sentences of an endless content are compared, and an item says so', () => {
    const items = itemsOf('Cats must be fed.\n'.repeat(3000), [node('cat')], 'content_uncovered')
    expect(items).toMatchObject([
      { message: 'Only the first 2000 sentences of the content were compared.', line: 2000 },
    ])
  })
})

describe('values', () => {
  const limit = (condition: string) => node('session_limit', { condition })

  it.each<[string, DefinitionNode, string | null]>([
    ['`max_evolutions_per_session: 30` is set.', limit('max_evolutions_per_session == 3'), 'error'],
    ['`max_evolutions_per_session: 3` is set.', limit('max_evolutions_per_session == 3'), null],
    ['max_evolutions_per_session = 2.5', limit('max_evolutions_per_session == 3'), 'error'],
    ['max_evolutions_per_session は 30 です', limit('max_evolutions_per_session == 3'), 'error'],
    ['max_evolutions_per_session は３です', limit('max_evolutions_per_session == 3'), null],
    ['At most 30 evolutions per session.', limit('max_evolutions_per_session == 3'), 'warning'],
    ['At most 3 evolutions per session.', limit('max_evolutions_per_session == 3'), null],
    ['At most three evolutions per session.', limit('max_evolutions_per_session == 3'), null],
    ['At most five evolutions per session.', limit('3 == max_evolutions_per_session'), 'warning'],
    ['3. Evolutions per session are bounded.', limit('max_evolutions_per_session == 5'), null],
    ['Since 2026-03-01 evolutions per session are bounded (v2.1, L0).', limit('max_evolutions_per_session == 5'), null],
    ['Between 1-9 evolutions per session.', limit('max_evolutions_per_session == 5'), null],
    ['A session of 30 minutes.', limit('max_evolutions_per_session == 3'), null],
    ['other_max_evolutions_per_session: 30', node('q', { condition: 'max_evolutions_per_session == 3' }), 'warning'],
    ['evolution_count < 4', limit('evolution_count <= 3'), null],
    ['evolution_count <= 30', limit('evolution_count <= 3'), 'error'],
    ['evolution_count: 2', limit('evolution_count <= 3'), null],
    ['evolution_count: 7', limit('evolution_count <= 3'), 'error'],
    ['Fewer than 4 evolutions count.', limit('evolution_count <= 3'), null],
    ['score >= 0.8', limit('score >= 0.8'), null],
    ['score >= 0.7', limit('score >= 0.8'), 'error'],
    ['A score of 80 % is enough.', limit('score >= 0.8'), null],
    ['A score of 70 % is enough.', limit('score >= 0.8'), 'warning'],
    ['The timeout is 1 minute.', limit('timeout_seconds == 60'), null],
    ['The timeout is 2 minutes.', limit('timeout_seconds == 60'), 'warning'],
    ['It has 1,000 records.', limit('max_records == 1000'), null],
    // Two values for one switch: what it is by default, and what it must be.
    ['`evolution_enabled: false`', limit('evolution_enabled == true'), 'error'],
    [
      '`evolution_enabled: false` at first. `evolution_enabled: true` to evolve.',
      limit('evolution_enabled == true'),
      null,
    ],
    ['`mode: fast`', limit('mode in ["slow", "safe"]'), 'error'],
    ['`mode: safe`', limit('mode in ["slow", "safe"]'), null],
    ['The mode is fast.', limit('mode in ["slow", "safe"]'), null],
    ['`evolution_enabled: false`', node('q', { config_key: 'evolution_enabled', value: true }), 'error'],
    // Where nothing is fixed nothing differs.
    ['`a_count: 3`', limit('a_count == 2 or b_count == 1'), null],
    ['`a_count: 3`', limit('not a_count == 3'), null],
    ['`a_count: 3`', limit('a_count != 2'), null],
    ['`a_count: 3`', limit('b == 1 and a_count == 2'), 'error'],
    // Options of a node hold where the content speaks of the node.
    ['The retry policy allows 5 attempts.', node('retry_policy', { max_attempts: 3 }), 'warning'],
    ['The retry policy allows 3 attempts.', node('retry_policy', { max_attempts: 3 }), null],
    ['The login allows 5 attempts.', node('retry_policy', { max_attempts: 3 }), null],
    ['# Retry policy\n`approver: machine`', node('retry_policy', { approver: 'human' }), 'error'],
    ['# Other policy\n`approver: machine`', node('retry_policy', { approver: 'human' }), null],
    ['```\nmax_evolutions_per_session: 30\n```', limit('max_evolutions_per_session == 3'), null],
  ])('%s', (...[text, one, severity]) => {
    expect(itemsOf(text, [one], 'value_mismatch').map((item) => item.severity)).toEqual(
      severity === null ? [] : [severity],
    )
  })

  it('a mismatch names the node, the line and both values', () => {
    const items = itemsOf(
      'Bounded.\n\n`max_count: 30`',
      [node('limit', { condition: 'max_count == 3' })],
      'value_mismatch',
    )
    expect(items).toEqual([
      {
        direction: 'value_mismatch',
        severity: 'error',
        node: 'limit',
        line: 3,
        message: 'The definition says max_count == 3, and the content says 30.',
      },
    ])
  })
})

describe('laws', () => {
  const word = fc.constantFrom(
    ...[
      'must',
      'cat',
      'category',
      '3',
      '30',
      '`',
      '```',
      '# ',
      '- ',
      '| ',
      '\n',
      '。',
      '必須',
      '承認',
      'max_cat',
      ': ',
      '.',
      '\ud800',
    ],
  )
  const text = fc.oneof(
    fc.array(word).map((words) => words.join(' ')),
    fc.string({ unit: 'binary' }),
  )
  const anyNode = fc.record({ name: fc.oneof(word, fc.string({ minLength: 1 })), prompt: text, description: text })
  const nodes = fc.array(
    anyNode.map(({ name, prompt, description }) => node(name, { prompt, description, condition: `${name} == 3` })),
  )

  it('any content and any definition give a report whose parts fit together', () => {
    fc.assert(
      fc.property(text, nodes, (some, all) => {
        const { coverage, items, is_drifted } = detectDrift({ ...skill(''), content: some, definition: all })
        expect(is_drifted).toBe(items.length > 0)
        const orphans = items.filter(({ direction }) => direction === 'definition_orphaned').length
        expect(coverage).toBe(all.length === 0 ? null : Math.round(((all.length - orphans) / all.length) * 100) / 100)
        const lines = some.split('\n').length
        for (const { line } of items) expect(line === null || (line >= 1 && line <= lines)).toBe(true)
      }),
    )
  })

  it('a node whose name is quoted in the content is never an orphan', () => {
    const name = fc.stringMatching(/^[a-z]{1,6}(_[a-z]{1,6}){0,3}$/)
    fc.assert(
      fc.property(name, text, (one, before) => {
        const plain = before.replaceAll('`', '').replaceAll('~', '')
        expect(itemsOf(`${plain}\n\nSee \`${one}\`.`, [node(one)], 'definition_orphaned')).toEqual([])
      }),
    )
  })

  it('more content never makes an orphan of a node that has none', () => {
    const wholeText = fc
      .array(fc.constantFrom('cat', 'must', 'category', '承認', '\n', '# x\n'))
      .map((some) => some.join(' '))
    fc.assert(
      fc.property(wholeText, wholeText, (some, more) => {
        const all = [node('cat'), node('cat_category'), node('q', { description: '承認' })]
        const orphans = (content: string) => itemsOf(content, all, 'definition_orphaned').map(({ node }) => node)
        expect(orphans(some)).toEqual(expect.arrayContaining(orphans(`${some}\n\n# End\n${more}`)))
      }),
    )
  })
})
