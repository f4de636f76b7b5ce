import { afterEach, describe, expect, it } from 'vitest'
import { parseSkillSource, printSkill } from '../index.ts'

const skill = (fields: string) => `export default skill('a', {\n${fields}\n})\n`
const codes = (text: string) => {
  const parsed = parseSkillSource(text, 'a.skill.ts')
  return parsed.ok ? [] : [...new Set(parsed.error.map(({ code }) => code))]
}

describe('a hostile source', () => {
  it.each([
    ['10 MB', `title: '${'x'.repeat(10_000_000)}'`],
    ['more bytes than characters', `title: '${'漢'.repeat(400_000)}'`],
    ['100,000 nested lists', `requires: ${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['100,000 nested lists without an end', `requires: ${'['.repeat(100_000)}`],
    ['100,000 nested objects', `requires: ${'{a:'.repeat(100_000)}`],
    ['100,000 parentheses', `requires: ${'('.repeat(100_000)}`],
    ['100,000 nested templates', `title: ${'`${'.repeat(100_000)}`],
    ['100,000 signs', `requires: ${'- '.repeat(100_000)}1`],
    ['100,000 operators', `requires: ${'1 ** '.repeat(100_000)}1`],
    ['100,000 arrows', `behavior() { return ${'a => '.repeat(100_000)}1 }`],
    ['100,000 blocks', `behavior() ${'{'.repeat(100_000)}`],
    ['100,000 types', `behavior(a: ${'A<'.repeat(100_000)}`],
    // A parser that tries one reading and then the other reads the innermost part 2⁴⁰ times.
    ['40 calls that may be comparisons', `behavior() { ${'f<T>('.repeat(40)} @ }`],
    ['40 assertions that may be arrows', `behavior() { ${'<T>('.repeat(40)} @ }`],
    ['40 templates that may be comparisons', `behavior() { ${'f<T>`${'.repeat(40)} @ }`],
    ['40 ambiguities around a long comment', `behavior() { ${'f<T>('.repeat(40)} /*${'\n'.repeat(100_000)}*/ @ }`],
    ['250,000 comments on one line', `/**/`.repeat(250_000)],
    ['20,001 values', `requires: [${'0,'.repeat(20_000)}]`],
  ])('of %s is refused by a limit', (_, fields) => {
    expect(codes(skill(fields))).toEqual(['skill.limit'])
  })

  it('of 50,000 unknown fields tells a hundred of them', () => {
    const fields = Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`).join()
    const parsed = parseSkillSource(skill(fields), 'a.skill.ts')
    expect(parsed).toMatchObject({ ok: false, error: { length: 101 } })
  })

  it('of one field 100,000 times is refused', () => {
    expect(codes(skill('title:1,'.repeat(100_000)))).toEqual(['skill.field', 'skill.limit'])
  })

  it('of long keys in deep values keeps few of them', () => {
    const inner = `[${'0,'.repeat(15_000)}]`
    const value = Array.from({ length: 30 }).reduce<string>((text) => `{ ${'k'.repeat(128)}: ${text} }`, inner)
    expect(codes(skill(`requires: ${value}`))).toEqual([])
  })

  it('with a message of its own puts no control character and no long text into a diagnostic', () => {
    const parsed = parseSkillSource(
      skill(`${'x'.repeat(1000)}: 1, "\\u001b[2J": ${'y'.repeat(1000)}\u001b`),
      'a.skill.ts',
    )
    const texts = parsed.ok ? [] : parsed.error.map(({ message }) => message)
    expect(texts.length).toBeGreaterThan(0)
    // oxlint-disable-next-line no-control-regex
    for (const text of texts) expect(text).toMatch(/^[^\u0000-\u001f\u007f]{1,250}$/)
  })
})

describe('a source whose evaluation would show', () => {
  const witness = globalThis as { touched?: boolean }
  afterEach(() => {
    delete witness.touched
  })

  it.each([
    "globalThis.touched = true; export default skill('a', {})",
    "export default skill((globalThis.touched = true, 'a'), {})",
    skill('[globalThis.touched = true]: 1'),
    skill('title: `${globalThis.touched = true}`'),
    skill('get title() { return globalThis.touched = true }'),
    skill('behavior: (() => { globalThis.touched = true })()'),
    skill('behavior(a = globalThis.touched = true) { globalThis.touched = true }'),
    skill('behavior() { class A { static { globalThis.touched = true } } }'),
    skill(
      "effects: [effect('a', { run() { globalThis.touched = true } })], tool: tool({ execute() { globalThis.touched = true } })",
    ),
    skill("behavior: ruby('globalThis.touched = true')"),
  ])('is only read: %s', (text) => {
    const parsed = parseSkillSource(text, 'a.skill.ts')
    if (parsed.ok) printSkill(parsed.value.tree)
    expect(witness.touched).toBeUndefined()
  })
})
