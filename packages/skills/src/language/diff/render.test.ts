import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffSkills, renderSkillDiff, renderTextDiff, type SkillTree } from '../index.ts'
import { skillTrees } from '../test-skills.ts'
import { diffLines } from './line-diff.ts'

const tree = (fields: object) => ({ id: 'a', ...fields }) as SkillTree
const render = (before: object | undefined, after: object | undefined) =>
  renderSkillDiff(diffSkills(before && tree(before), after && tree(after)))

describe('renderSkillDiff', () => {
  it('shows each change with what it was and is', () => {
    const check = (name: string, options: object) => ({ type: 'Check', name, options, source_span: null })
    const before = {
      title: 'old',
      content: 'a\nb\nc\nd\ne\nf\ng\nh\n',
      requires: 1,
      definition: [check('x', { condition: 'p' }), check('y', {}), check('z', {})],
    }
    const after = {
      title: 'new',
      content: 'a\nb\nc\nd\ne\nF\ng\nh\n',
      requires: '1',
      definition: [check('z', {}), check('x', { condition: 'q' }), check('w', { steps: ['1', '2\n3'] })],
      behavior: { language: 'typescript', text: 'behavior() {\n  return 1\n}' },
    }
    expect(render(before, after)).toBe(`skill a
~ /title
    - "old"
    + "new"
~ /requires
    - 1
    + "1"
~ /content
    …
      c
      d
      e
    - f
    + F
      g
      h
      
- /definition/y from place 2
    - {
    -   "name": "y"
    -   "options": {}
    -   "source_span": null
    -   "type": "Check"
    - }
> /definition/z from place 3 to 1
~ /definition/x/options/condition
    - "p"
    + "q"
+ /definition/w at place 3
    + {
    +   "name": "w"
    +   "options": {
    +     "steps": [
    +       "1"
    +       |
    +         2
    +         3
    +       |
    +     ]
    +   }
    +   "source_span": null
    +   "type": "Check"
    + }
+ /behavior
    + {
    +   "language": "typescript"
    +   "text": |
    +     behavior() {
    +       return 1
    +     }
    +   |
    + }
`)
  })

  it('says when there is nothing', () => {
    expect(render({}, {})).toBe('skill a: no difference\n')
  })

  it('shows what cannot be seen', () => {
    const text = render({ content: 'a\nb' }, { content: 'a \r\nb\u202e\u001b[2J\u200b' })
    expect(text).toContain('+ a <U+000D>\n')
    expect(text).toContain('+ b<U+202E><U+001B>[2J<U+200B>\n')
    expect(render({ content: 'a\n' }, { content: 'a \n' })).toContain('+ a<U+0020>\n')
  })

  it('lets no text pass for a heading or a sign', () => {
    const text = render({}, { content: 'x\n~ /title\n+ /version\nskill b' })
    expect(
      text
        .split('\n')
        .slice(2, -1)
        .every((line) => line.startsWith('    + ')),
    ).toBe(true)
  })

  it('never passes a control character through', () => {
    fc.assert(
      fc.property(skillTrees(), skillTrees(), (before, after) => {
        // oxlint-disable-next-line no-control-regex
        expect(renderSkillDiff(diffSkills(before, after))).not.toMatch(
          /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/,
        )
      }),
    )
  })
})

describe('diffLines', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 })

  it('holds both texts, and as much in common as there is', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const diff = diffLines(before, after)
        expect(diff.filter(({ kind }) => kind !== 'added').map(({ text }) => text)).toEqual(before)
        expect(diff.filter(({ kind }) => kind !== 'removed').map(({ text }) => text)).toEqual(after)
        expect(diff.filter(({ kind }) => kind === 'same').length).toBe(countCommon(before, after))
      }),
    )
  })

  it('replaces more than 2,000 lines as one block, and keeps what is around them', () => {
    const before = ['same', ...Array.from({ length: 2001 }, (_, index) => `a${index}`), 'end']
    const after = ['same', 'x', 'a5', 'end']
    const kinds = diffLines(before, after).map(({ kind }) => kind)
    expect(kinds.indexOf('added')).toBe(2002)
    expect(kinds.filter((kind) => kind === 'same')).toHaveLength(2)
  })
})

/** Length of the longest common subsequence, by its definition. */
function countCommon(left: readonly string[], right: readonly string[]): number {
  const [first, ...rest] = left
  if (first === undefined || right.length === 0) return 0
  const at = right.indexOf(first)
  const without = countCommon(rest, right)
  return at === -1 ? without : Math.max(without, 1 + countCommon(rest, right.slice(at + 1)))
}

describe('two texts', () => {
  it.each([
    ['a\n', 'a\nb\n', '  a\n+ b\n'],
    [undefined, 'a\n', '+ a\n'],
    ['a\n', undefined, '- a\n'],
    ['a', 'a\n', '  a\n- \\ no line end\n'],
    ['', '', ''],
    ['a\u202eb\n', 'a\n', '- a<U+202E>b\n+ a\n'],
  ])('are compared line by line: %j and %j', (before, after, expected) => {
    expect(renderTextDiff(before, after)).toBe(expected)
  })
})
