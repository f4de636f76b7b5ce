import { describe, expect, it } from 'vitest'
import { assemblyDefaults, buildAssembly, type AssemblyRequest } from './assembly.ts'
import { readPersonas } from './personas.ts'

const personas = new Map([
  ['kairos', 'Speaks for the whole.'],
  ['skeptic', 'Speaks for doubt.'],
])
const source = { name: 'pets', text: '# Pets\n\nCats sleep.\n' }
const build = (more: Partial<AssemblyRequest> = {}) =>
  buildAssembly({ purpose: 'promotion', personas, source, ...more })

describe('personas', () => {
  it('are the texts below headings of the third level', () => {
    const text =
      '# All\n\nIntro.\n\n### Kairos\n\nOne.\n\nTwo.\n\n#### Deeper\n\n### skeptic\r\nDoubt.\r\n## Next\nNo persona.\n'
    expect([...readPersonas(text)]).toEqual([
      ['kairos', 'One.\n\nTwo.\n\n#### Deeper'],
      ['skeptic', 'Doubt.'],
    ])
  })

  it.each([
    ['a heading in a fence', '### a\nx\n```\n### b\n```\ny', [['a', 'x\n```\n### b\n```\ny']]],
    ['the second of a repeated name', '### a\nfirst\n### a\nsecond', [['a', 'first']]],
    ['a persona without a text', '### a\n\n### b\nx', [['b', 'x']]],
    ['a heading that is no name', '### two words\nx\n### a\ny', [['a', 'y']]],
    [
      'names that objects have',
      '### constructor\nx\n### a\ny',
      [
        ['constructor', 'x'],
        ['a', 'y'],
      ],
    ],
  ])('leave out %s', (_, text, expected) => {
    expect([...readPersonas(text)]).toEqual(expected)
  })
})

describe('an assembly', () => {
  it.each([
    ['oneshot', undefined, 500 + 300 * 2],
    ['discussion', undefined, 500 + 300 * 2 * 3 + 200 * 3],
    ['discussion', 1, 500 + 300 * 2 + 200],
    ['discussion', 1e9, 500 + 300 * 2 * 10 + 200 * 10],
    ['discussion', Number.NaN, 500 + 300 * 2 * 3 + 200 * 3],
  ] as const)('as %s of %s rounds costs %s tokens', (mode, maxRounds, tokens) => {
    expect(build(maxRounds === undefined ? { mode } : { mode, maxRounds }).estimatedTokens).toBe(tokens)
  })

  it('begins oneshot with kairos, three rounds and a threshold of 0.6', () => {
    expect(assemblyDefaults).toMatchObject({
      mode: 'oneshot',
      facilitator: 'kairos',
      maxRounds: 3,
      consensusThreshold: 0.6,
    })
    expect(build().text).toBe(build({ mode: 'oneshot' }).text)
    const { text } = build({ mode: 'discussion' })
    for (const part of ['kairos', '3 rounds', '0.6']) expect(text).toContain(part)
  })

  it.each(['en', 'ja'] as const)('names everybody and says that the operator decides, in %s', (language) => {
    for (const purpose of ['promotion', 'audit'] as const) {
      const { text } = build({
        purpose,
        language,
        mode: 'discussion',
        facilitator: 'guardian',
        consensusThreshold: 0.75,
      })
      for (const part of ['pets', '### kairos', 'Speaks for doubt.', 'guardian', '0.75']) expect(text).toContain(part)
      expect(text).toContain(language === 'en' ? 'the operator decides' : '決めるのは運用者です')
    }
  })

  it('shows the first 20 lines, each as a quotation that it cannot leave', () => {
    const lines = Array.from({ length: 25 }, (_, index) => (index === 3 ? '```\n## The outcome' : `line ${index}`))
    const { text } = build({ source: { name: 'a\n# b', text: lines.join('\n') } })
    expect(text.split('\n').filter((line) => line.startsWith('> '))).toHaveLength(20)
    expect(text).toContain('> ## The outcome')
    expect(text).toContain('… and 6 more lines.')
    expect(text.split('\n')[0]).toBe('# Assembly on a promotion: a # b')
  })

  it('ignores a threshold that is no share', () => {
    expect(build({ mode: 'discussion', consensusThreshold: 7 }).text).toContain('at least 0.6')
  })
})
