import { describe, expect, it } from 'vitest'
import { configFields, configSections } from './config-fields.ts'
import { readConfig } from './read-config.ts'
import { configTemplate } from './templates/config.ts'

const defaults = readConfig(undefined).config
const codesOf = (text: string) => readConfig(text).diagnostics.map(({ severity, code }) => `${severity} ${code}`)

describe('the settings', () => {
  it('of no file, of an empty file and of the template are the defaults', () => {
    expect(defaults).toEqual({
      evolutionEnabled: false,
      maxEvolutionsPerSession: 3,
      requireHumanApproval: true,
      immutableSkills: ['core_safety'],
      instructionsMode: 'tutorial',
      skillBehaviorEnabled: false,
      stateCommit: {
        skipIfNoChanges: true,
        autoCommit: {
          enabled: true,
          onL0Change: true,
          onPromotion: true,
          onDemotion: true,
          onSessionEnd: true,
          l1Changes: 5,
          totalChanges: 10,
        },
      },
    })
    for (const text of ['', '# nothing\n', '---\n', configTemplate])
      expect(readConfig(text)).toEqual({ config: defaults, diagnostics: [] })
  })

  it('the template has every setting that is honoured, each below a comment or its section, and no other', () => {
    const written = [...configFields.keys(), ...configSections].map((path) => path.split('.').at(-1) ?? '')
    for (const key of written) expect(configTemplate).toMatch(new RegExp(`^ *${key}:`, 'm'))
    expect(configTemplate.match(/^ *[a-z0-9_]+:/gm)).toHaveLength(written.length)
  })

  it('takes what is written', () => {
    const text = [
      'evolution_enabled: true',
      'max_evolutions_per_session: 0',
      'require_human_approval: false',
      'immutable_skills: [audit_rules]',
      'instructions_mode: none',
      'skill_behavior_enabled: true',
      'state_commit:',
      '  auto_commit:',
      '    skip_if_no_changes: false',
      '    on_events: { promotion: false }',
      '    change_threshold: { enabled: false }',
    ].join('\n')
    const { config, diagnostics } = readConfig(text)
    expect(diagnostics).toEqual([])
    expect(config).toMatchObject({
      evolutionEnabled: true,
      maxEvolutionsPerSession: 0,
      requireHumanApproval: false,
      immutableSkills: ['core_safety', 'audit_rules'],
      instructionsMode: 'none',
      skillBehaviorEnabled: true,
      stateCommit: {
        skipIfNoChanges: false,
        autoCommit: { onPromotion: false, onL0Change: true, l1Changes: undefined, totalChanges: undefined },
      },
    })
  })

  it.each([
    ['state_commit: { enabled: false }', false],
    ['state_commit: { auto_commit: { enabled: false } }', false],
    ['state_commit: { enabled: true }', true],
  ])('%s decides about automatic commits', (text, enabled) => {
    expect(readConfig(text).config.stateCommit.autoCommit.enabled).toBe(enabled)
  })

  it('never let core_safety go', () => {
    expect(readConfig('immutable_skills: []').config.immutableSkills).toEqual(['core_safety'])
  })
})

describe('a file that cannot be trusted', () => {
  const open = 'evolution_enabled: true\nrequire_human_approval: false\nskill_behavior_enabled: true\n'

  it.each([
    ['no YAML', 'a: [1', 'config.yaml'],
    ['a repeated key', 'evolution_enabled: false', 'config.duplicate_key'],
    ['a repeated key inside', 'state_commit: { enabled: true, enabled: false }', 'config.duplicate_key'],
    ['a repeated unknown key', 'x: 1\nx: 2', 'config.duplicate_key'],
    ['a text for a number', 'max_evolutions_per_session: many', 'config.type'],
    ['a number out of range', 'max_evolutions_per_session: 1001', 'config.type'],
    ['a fraction', 'max_evolutions_per_session: 2.5', 'config.type'],
    ['nothing where a value belongs', 'immutable_skills:', 'config.type'],
    ['a name that is none', 'immutable_skills: ["../x"]', 'config.type'],
    ['a way out of the folder', 'instructions_mode: ../../secret', 'config.type'],
    ['a value for a section', 'state_commit: true', 'config.type'],
    ['an anchor', 'x: &a 1', 'config.yaml'],
    ['an alias', 'x: *a', 'config.yaml'],
    ['a tag', 'x: !!str 1', 'config.yaml'],
    ['an explicit key', '? [a, b]\n: 1', 'config.yaml'],
    ['a second document', '---\nx: 1', 'config.yaml'],
    ['a control character', '# \u001f', 'config.yaml'],
    ['a bomb of brackets', `x: ${'['.repeat(30_000)}`, 'config.yaml'],
    ['a bomb of dashes', `x:\n${'- '.repeat(30_000)}`, 'config.yaml'],
    ['too much text', `# ${'x'.repeat(70_000)}`, 'config.yaml'],
  ])('%s: no evolution, approval required, no behavior', (_, text, code) => {
    const { config, diagnostics } = readConfig(open + text)
    expect(diagnostics.filter(({ severity }) => severity === 'error').map((problem) => problem.code)).toContain(code)
    expect(config).toMatchObject({ evolutionEnabled: false, requireHumanApproval: true, skillBehaviorEnabled: false })
  })

  it('reports where, and every problem', () => {
    const text = 'evolution_enabled: "true"\nstate_commit:\n  enabled: 1\n'
    expect(readConfig(text).diagnostics).toEqual([
      expect.objectContaining({ code: 'config.type', file: 'skills/config.yml', line: 1, column: 1 }),
      expect.objectContaining({ code: 'config.type', line: 3, column: 3 }),
    ])
  })

  it('a list instead of a map is an error', () => {
    expect(codesOf('- evolution_enabled')).toEqual(['error config.yaml'])
  })
})

describe('a key that means nothing', () => {
  it.each([
    ['evolution_enabld: true', 'Did you mean "evolution_enabled"?'],
    ['state_commit: { auto_comit: {} }', 'Did you mean "state_commit.auto_commit"?'],
    ['entirely_different: 1', undefined],
    ['__proto__: { evolution_enabled: true }', undefined],
  ])('%s is a warning', (text, hint) => {
    const { config, diagnostics } = readConfig(text)
    expect(config).toEqual(defaults)
    expect(diagnostics).toHaveLength(1)
    expect(diagnostics[0]).toMatchObject({ severity: 'warning', code: 'config.unknown_key' })
    expect(diagnostics[0]?.hint).toBe(hint)
  })

  it('of an older folder is named, and may even be written twice as its template did', () => {
    const older = 'evolution_enabled: true\nkairos_meta_skills: [a]\nhttp: { port: 1 }\nkairos_meta_skills: [b]\n'
    expect(codesOf(older)).toEqual(['warning config.ignored', 'warning config.ignored', 'warning config.ignored'])
    expect(readConfig(older).config.evolutionEnabled).toBe(true)
  })
})
