import { describe, expect, it } from 'vitest'
import { planPromote } from './plan-promote.ts'
import { testFolder } from './test-folder.ts'

const up = { from: 'L2', to: 'L1', name: 'log', session: 'monday' } as const
const edge = 'type: informed_by\n    target: v1:monday/log\n'

function promoted(text: string, more: { readonly [path: string]: string } = {}) {
  const folder = testFolder({ 'context/monday/log/log.md': text, ...more })
  const promotion = planPromote(folder, up)
  if (promotion.ok && promotion.value.kind === 'document') folder.apply(promotion.value.plan.changes)
  return { folder, promotion, text: folder.texts()['knowledge/log/log.md'] }
}

describe('planPromote from L2 to L1', () => {
  it.each([
    [
      'keeps every byte of a front matter without relations',
      '---\nname:   log # ours\ntags: [ a,b ]\n\n# end\n---\n\nBody\n',
      `---\nname:   log # ours\ntags: [ a,b ]\n\n# end\nrelations:\n  - ${edge}---\n\nBody\n`,
    ],
    [
      'adds to a list, and keeps comments and unknown edges',
      '---\nversion: 1.0\nrelations: # ours\n  - type: supersedes # manual\n    target: "x"\n    note: n\n  - odd\n---\nBody',
      `---\nversion: 1.0\nrelations:\n  # ours\n  - type: supersedes # manual\n    target: "x"\n    note: n\n  - odd\n  - ${edge}---\nBody`,
    ],
    ['adds to an empty list', '---\nrelations:\nname: log\n---\n', `---\nrelations:\n  - ${edge}name: log\n---\n`],
    [
      'keeps the line ends of the file',
      '---\r\nname: log\r\n---\r\nBody\r\n',
      `---\r\nname: log\r\nrelations:\r\n  - ${edge.replaceAll('\n', '\r\n')}---\r\nBody\r\n`,
    ],
    [
      'goes behind a text of lines',
      '---\nnote: |+\n  a\n\n---\n',
      `---\nnote: |+\n  a\n\nrelations:\n  - ${edge}---\n`,
    ],
    [
      'writes a map in braces anew',
      '---\n{ name: log }\n---\n',
      '---\n{ name: log, relations: [ { type: informed_by, target: v1:monday/log } ] }\n---\n',
    ],
    [
      'makes a front matter where there is none',
      '# The log\n',
      `---\nname: log\ndescription: The log\nrelations:\n  - ${edge}---\n\n# The log\n`,
    ],
    [
      'adds nothing that is there',
      `---\nrelations:\n- {target: v1:monday/log, type: informed_by, more: 1}\n---\n`,
      `---\nrelations:\n- {target: v1:monday/log, type: informed_by, more: 1}\n---\n`,
    ],
  ])('%s', (_, source, expected) => {
    expect(promoted(source).text).toBe(expected)
  })

  it('changes nothing the second time', () => {
    const { folder } = promoted('---\nname: log\n---\nBody\n', { 'context/monday/log/scripts/x.py*': 'x' })
    expect(folder.texts()['knowledge/log/scripts/x.py*']).toBe('x')
    expect(planPromote(folder, up)).toMatchObject({
      error: { code: 'knowledge.unchanged', message: 'No changes detected' },
    })
  })

  it('keeps the edges and files that L1 has already', () => {
    const { text, promotion, folder } = promoted('---\nname: log\n---\nNew\n', {
      'knowledge/log/log.md':
        '---\nrelations:\n  - {type: informed_by, target: v1:sunday/log}\n  - {type: manual}\n---\nOld\n',
      'knowledge/log/assets/a': 'a',
    })
    expect(text).toBe(
      `---\nname: log\nrelations:\n  - ${edge}  - type: informed_by\n    target: v1:sunday/log\n  - type: manual\n---\nNew\n`,
    )
    expect(folder.texts()['knowledge/log/assets/a']).toBe('a')
    expect(promotion).toMatchObject({ value: { plan: { action: 'update', before: [{ path: 'log.md' }] } } })
  })

  it('calls it by another name, and keeps the form of the standard', () => {
    const folder = testFolder({ 'context/monday/log/SKILL.md': '# A', 'context/monday/log/log.md': '# B' })
    const promotion = planPromote(folder, { ...up, targetName: 'diary' })
    expect(promotion).toMatchObject({
      value: { plan: { changes: [{ path: 'knowledge/diary/SKILL.md' }, { path: 'knowledge/diary/log.md' }] } },
    })
    const plain = planPromote(testFolder({ 'context/monday/log/log.md': '# B' }), { ...up, targetName: 'diary' })
    expect(plain).toMatchObject({ value: { plan: { changes: [{ path: 'knowledge/diary/diary.md' }] } } })
  })

  it('writes to the main file of L1, unless another file of L2 would', () => {
    const main = promoted('---\nname: log\n---\n', { 'knowledge/log/SKILL.md': '# Old' })
    expect(Object.keys(main.folder.texts())).toEqual(['context/monday/log/log.md', 'knowledge/log/SKILL.md'])
    const clash = promoted('# B', { 'context/monday/log/SKILL.md': '# A', 'knowledge/log/log.md': '# Old' })
    expect(clash.promotion).toMatchObject({ error: { code: 'context.invalid', status: 422 } })
  })

  it.each([
    ['no session', { ...up, session: '' }, { message: 'session_id is required' }],
    ['what is not there', { ...up, name: 'other' }, { code: 'context.unknown' }],
    ['a step up as a session', { ...up, session: '..' }, { code: 'context.unknown' }],
    ['a step up as a name', { ...up, targetName: '..' }, { code: 'knowledge.unknown' }],
    ['L2 to L0', { ...up, to: 'L0' }, { code: 'promotion.transition', message: 'Invalid transition: L2 to L0.' }],
    ['L1 to L2', { ...up, from: 'L1', to: 'L2' }, { code: 'promotion.transition' }],
    ['L0 to L0', { ...up, from: 'L0', to: 'L0' }, { code: 'promotion.transition' }],
  ] as const)('refuses %s', (_, wish, error) => {
    const folder = testFolder({ 'context/monday/log/log.md': '# Log' })
    expect(planPromote(folder, wish)).toMatchObject({ ok: false, error })
  })

  it.each([
    ['a broken front matter', '---\n[\n---\n', {}],
    ['relations that are no list', '---\nrelations: mine\n---\n', {}],
    ['a broken target', '# Log', { 'knowledge/log/log.md': '---\n[\n---\n' }],
    ['a target whose relations are no list', '# Log', { 'knowledge/log/log.md': '---\nrelations: {}\n---\n' }],
  ])('refuses %s, and loses nothing', (_, text, more) => {
    const { promotion, folder } = promoted(text, more)
    expect(promotion).toMatchObject({ error: { status: 422 } })
    expect(folder.texts()).toEqual({ 'context/monday/log/log.md': text, ...more })
  })
})

describe('planPromote from L1 to L0', () => {
  it('drafts a skill as data and changes nothing', () => {
    const folder = testFolder({ 'knowledge/1.pets/SKILL.md': '---\nname: Pets\ndescription: d\n---\n\n# All\n' })
    expect(planPromote(folder, { from: 'L1', to: 'L0', name: '1.pets' })).toEqual({
      ok: true,
      value: { kind: 'draft', draft: { id: 's_1_pets', title: 'Pets', content: '# All' } },
    })
    expect(planPromote(folder, { from: 'L1', to: 'L0', name: 'no' })).toMatchObject({
      error: { code: 'knowledge.unknown' },
    })
  })
})
