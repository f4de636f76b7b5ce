import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCondition } from './parse.ts'
import type { Expression } from './syntax.ts'

function read(text: string): Expression {
  const condition = parseCondition(text)
  if (!condition.ok) throw new Error(`${text}: ${condition.error.message} at ${condition.error.column}`)
  return condition.value.root
}

const a: Expression = { kind: 'name', name: 'a' }
const b: Expression = { kind: 'name', name: 'b' }
const c: Expression = { kind: 'name', name: 'c' }

function literal(value: string | number | boolean | null): Expression {
  return { kind: 'literal', value }
}

describe('parseCondition', () => {
  it.each<[string, Expression]>([
    ['a', a],
    ['a or b and c', { kind: 'or', operands: [a, { kind: 'and', operands: [b, c] }] }],
    ['(a or b) and c', { kind: 'and', operands: [{ kind: 'or', operands: [a, b] }, c] }],
    ['a and b and c', { kind: 'and', operands: [a, b, c] }],
    ['a || b && c', { kind: 'or', operands: [a, { kind: 'and', operands: [b, c] }] }],
    ['not a and b', { kind: 'and', operands: [{ kind: 'not', operand: a }, b] }],
    ['!a', { kind: 'not', operand: a }],
    ['not not a', { kind: 'not', operand: { kind: 'not', operand: a } }],
    ['not a == b', { kind: 'not', operand: { kind: 'compare', operator: '==', left: a, right: b } }],
    ['a<=b', { kind: 'compare', operator: '<=', left: a, right: b }],
    ['a!=b', { kind: 'compare', operator: '!=', left: a, right: b }],
    ['(a) > (b)', { kind: 'compare', operator: '>', left: a, right: b }],
    ['a in b', { kind: 'in', left: a, right: b }],
    ['a not in b', { kind: 'not', operand: { kind: 'in', left: a, right: b } }],
    ['not a in b', { kind: 'not', operand: { kind: 'in', left: a, right: b } }],
    [
      'a in [1, b, []]',
      { kind: 'in', left: a, right: { kind: 'list', items: [literal(1), b, { kind: 'list', items: [] }] } },
    ],
    ['notable', { kind: 'name', name: 'notable' }],
    ['config.max_count', { kind: 'name', name: 'config.max_count' }],
    ['__proto__.x', { kind: 'name', name: '__proto__.x' }],
    ['true', literal(true)],
    ['false', literal(false)],
    ['null', literal(null)],
    ['nil', literal(null)],
    ['0.8', literal(0.8)],
    ['-3', literal(-3)],
    ['1e3', literal(1000)],
    [':name', literal('name')],
    [':"a b"', literal('a b')],
    [`'it\\'s'`, literal("it's")],
    [`"a\\"b\\n"`, literal('a"b\n')],
    ['can_evolve(a)', { kind: 'can-evolve', field: a }],
    ["can_evolve('content')", { kind: 'can-evolve', field: literal('content') }],
    ['can_evolve(:content)', { kind: 'can-evolve', field: literal('content') }],
    ['skill.can_evolve?(:content)', { kind: 'can-evolve', field: literal('content') }],
    ['skill.can_evolve?(a)', { kind: 'can-evolve', field: a }],
    ['evolve deny :all', { kind: 'denies-all' }],
    ['evolve == 1', { kind: 'compare', operator: '==', left: { kind: 'name', name: 'evolve' }, right: literal(1) }],
    [
      'skill not in immutable_skills',
      {
        kind: 'not',
        operand: {
          kind: 'in',
          left: { kind: 'name', name: 'skill' },
          right: { kind: 'name', name: 'immutable_skills' },
        },
      },
    ],
  ])('reads %s', (text, expression) => {
    expect(read(text)).toEqual(expression)
  })

  it.each<[string, number, string]>([
    ['', 1, 'a name'],
    ['  ', 3, 'a name'],
    ['a = b', 3, '== (two signs)'],
    ['a === b', 3, '== (two signs)'],
    ['a & b', 3, '&& or and'],
    ['a | b', 3, '|| or or'],
    ['a ==', 5, 'a number'],
    ['a == == b', 6, 'a name'],
    ['a b', 3, 'and'],
    ['a < b < c', 7, 'the end'],
    ['(a', 3, ')'],
    ['a)', 2, 'the end'],
    ['[a', 3, ']'],
    ['[a,]', 4, 'a name'],
    ['a not b', 7, 'in'],
    ['in a', 1, 'a name'],
    ['a and', 6, 'a name'],
    ['"a', 1, 'a closing "'],
    ['"\\x"', 2, '\\\\ \\\' \\" \\n \\t'],
    ['3x', 1, 'a decimal number such as 3, -1 or 0.8'],
    ['007', 1, 'a decimal number such as 3, -1 or 0.8'],
    ['1e999', 1, 'a decimal number such as 3, -1 or 0.8'],
    [': a', 1, ':name'],
    ['evolve deny :content', 13, ':all'],
    ['a.empty?()', 1, 'can_evolve(field)'],
    ['system("x")', 1, 'can_evolve(field)'],
    ['other.can_evolve?(:content)', 1, 'can_evolve(field)'],
    ['can_evolve()', 12, 'the name of a field, such as :content'],
    ['can_evolve(a, b)', 13, ')'],
    ['can_evolve?', 1, 'can_evolve(field)'],
    ['a[0]', 2, 'and'],
    ['a + b', 3, 'a name'],
    ['`id`', 1, 'a name'],
    ['а == 1', 1, 'a name'], // a Cyrillic letter that looks like a Latin one
    ['a == 1 😀', 8, 'a name'],
  ])('says where %s breaks off and what may stand there', (text, column, expected) => {
    const condition = parseCondition(text)
    expect(!condition.ok && condition.error).toMatchObject({ kind: 'syntax', column })
    expect(!condition.ok && condition.error.expected).toContain(expected)
  })

  it.each([
    ['too-long', `a == "${'x'.repeat(2000)}"`],
    ['too-deep', `${'('.repeat(33)}a${')'.repeat(33)}`],
    ['too-deep', `${'!'.repeat(33)}a`],
    ['too-deep', `a in ${'['.repeat(33)}${']'.repeat(33)}`],
    ['too-many-parts', `a in [${'1,'.repeat(600)}1]`],
  ])('refuses what is %s', (kind, text) => {
    const condition = parseCondition(text)
    expect(!condition.ok && condition.error.kind).toBe(kind)
  })

  it.each([`${'('.repeat(32)}a${')'.repeat(32)}`, `a == "${'x'.repeat(1993)}"`, Array(250).fill('a').join(' or ')])(
    'reads what is just within the bounds',
    (text) => {
      expect(parseCondition(text).ok).toBe(true)
    },
  )

  it('reads or refuses any text, and never throws', () => {
    const word = fc.constantFrom(
      ...[
        'a',
        '(',
        ')',
        '[',
        ']',
        ',',
        'not',
        'in',
        'and',
        '==',
        '<',
        ':',
        "'",
        '"x"',
        '3',
        'evolve',
        'deny',
        ':all',
        '.',
      ],
    )
    const words = fc.array(word, { maxLength: 60 }).map((some) => some.join(' '))
    fc.assert(
      fc.property(fc.oneof(words, fc.string({ unit: 'binary' })), (text) => {
        const condition = parseCondition(text)
        if (condition.ok) expect(condition.value.text).toBe(text)
        else {
          expect(condition.error.column).toBeGreaterThan(0)
          expect(condition.error.column).toBeLessThanOrEqual(text.length + 1)
          expect(condition.error.expected.length).toBeGreaterThan(0)
        }
      }),
      { numRuns: 500 },
    )
  })
})
