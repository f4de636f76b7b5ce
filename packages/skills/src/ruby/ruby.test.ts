import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadRubyParser, parseRubySkills, readLiteralBehavior, spliceSkill, type RubyParser } from './index.ts'
import { kairosRb } from './test-kairos-rb.ts'

let parser: RubyParser
beforeAll(async () => {
  parser = await loadRubyParser()
})
const read = (text: string) => parseRubySkills(parser, text, 'kairos.rb')

describe('regions', () => {
  const text = '# é漢😀\nskill :a do\n  content <<~MD\n    漢\n  MD\nend\n\nskill :b do\nend # b\n'
  const region = (id: string) => read(text).skills.find(({ tree }) => tree.id === id)!.region

  it('holds a skill from its first word to its end, whatever stands before it', () => {
    const { start, end } = region('a')
    expect(text.slice(start, end)).toBe('skill :a do\n  content <<~MD\n    漢\n  MD\nend')
    expect(read(text).skills[0]?.places.get('/content')).toEqual({ line: 3, column: 11 })
  })

  it('a skill is replaced, and removed with its line and a blank line', () => {
    expect(spliceSkill(text, region('a'), 'skill :c do\nend')).toBe(
      '# é漢😀\nskill :c do\nend\n\nskill :b do\nend # b\n',
    )
    expect(spliceSkill(text, region('a'), undefined)).toBe('# é漢😀\nskill :b do\nend # b\n')
  })

  it.each([
    ['what stands on the line stays', 'skill :a do\nend # x\n', ' # x\n'],
    ['the only skill leaves nothing', 'skill :a do\nend', ''],
    ['the last skill takes the blank line before it', 'x\n\nskill :a do\nend\n', 'x\n'],
    ['lines may end in CR LF', 'x\r\n\r\nskill :a do\r\nend\r\n\r\ny\r\n', 'x\r\n\r\ny\r\n'],
    ['the last skill of such a file', 'x\r\n\r\nskill :a do\r\nend\r\n', 'x\r\n'],
    ['two on a line', 'skill :a do; end; skill :b do; end\n', '; skill :b do; end\n'],
  ])('removal: %s', (_, before, after) => {
    expect(spliceSkill(before, read(before).skills[0]!.region, undefined)).toBe(after)
  })

  it('removing a skill leaves exactly the others', () => {
    const { skills } = read(kairosRb)
    for (const { tree, region: part } of skills) {
      const rest = read(spliceSkill(kairosRb, part, undefined)).skills.map((skill) => skill.tree)
      expect(rest).toEqual(skills.map((skill) => skill.tree).filter(({ id }) => id !== tree.id))
    }
  })
})

describe('behaviors that are one literal', () => {
  const behaviorOf = (id: string) => read(kairosRb).skills.find(({ tree }) => tree.id === id)!.tree.behavior!

  it('the policy of an older file is read and not run', () => {
    expect(readLiteralBehavior(parser, behaviorOf('l0_governance'))).toMatchObject({
      immutable_skills: ['core_safety'],
      require_human_approval: true,
      blockchain_mode: 'full',
    })
    expect(readLiteralBehavior(parser, behaviorOf('audit_rules'))).toMatchObject({ thresholds: { l2_stale_days: 14 } })
  })

  it.each(['self_inspection', 'approval_workflow', 'layer_awareness', 'chain_awareness'])('%s is code', (id) => {
    expect(readLiteralBehavior(parser, behaviorOf(id))).toBeUndefined()
  })

  it.each([
    ['[1].freeze', [1]],
    ['', undefined],
    ['1; 2', undefined],
    ['|x| { }', undefined],
    ['{ a: system("x") }', undefined],
    ['{ "__proto__" => 1 }', undefined],
    ['1\n__END__\n', undefined],
    ['\0', undefined],
  ])('%j reads %j', (text, value) => {
    expect(readLiteralBehavior(parser, { language: 'ruby', text })).toEqual(value)
  })

  it('TypeScript is not read', () => {
    expect(readLiteralBehavior(parser, { language: 'typescript', text: '[1]' })).toBeUndefined()
  })
})

describe('the parser', () => {
  const fragments = fc.constantFrom(
    ...(
      'skill :a do|end|definition do|constraint :x|content <<~MD|MD|"#{|}"|{|}|[|(|)|]|\n|=> 1|a: |\\|\'|%w[|%i(|<<~"A B"|' +
      '__END__|=begin\n|=end\n|->{|/x/|?a|:"|;|&|*|**|...|=|+=|=~|漢|\uFEFF|\r\n|\t|0x|1e|\\u{|\\x|rescue|case x|in {|'
    ).split('|'),
  )

  it('answers every source, and never throws', () => {
    const sources = fc.oneof(
      fc.array(fragments, { maxLength: 30 }).map((parts) => parts.join(' ')),
      fc.array(fragments, { maxLength: 30 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 60 }),
    )
    fc.assert(
      fc.property(sources, (text) => {
        const { skills, diagnostics } = read(text)
        for (const { region } of skills) expect(text.slice(region.start, region.end)).toMatch(/^skill[^]*(?:end|\})$/)
        return diagnostics.length <= 201
      }),
      { numRuns: 200 },
    )
  }, 120_000)

  it('reads a cut-off file without a skill that is not whole', () => {
    const whole = read(kairosRb).skills.map(({ tree }) => tree)
    for (let end = 0; end < kairosRb.length; end += 97) {
      const trees = read(kairosRb.slice(0, end)).skills.map(({ tree }) => tree)
      expect(trees).toEqual(whole.slice(0, trees.length))
    }
  })
})
