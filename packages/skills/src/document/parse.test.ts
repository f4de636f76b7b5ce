import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeDocument, parseDocument, printDocument } from './parse.ts'

function problemOf(text: string): object | undefined {
  const parsed = parseDocument(text)
  if (parsed.ok) return undefined
  const { code, line, column } = parsed.error.problem
  return { code, line, column, body: parsed.error.body }
}

describe('parseDocument', () => {
  it('reads the keys it knows and keeps the others', () => {
    const text = [
      '---',
      'name: pets # ours',
      'description: "About: pets"',
      'version: 1.0',
      'layer: L1',
      'tags: [animals, 7]',
      'public: true',
      'readme_order: 3',
      'relations:',
      '  - {type: informed_by, target: v1:monday/pets, note: kept}',
      '  - odd',
      '---',
      '',
      '# Pets',
      '',
    ].join('\n')
    const parsed = parseDocument(text)
    expect(parsed).toEqual({
      ok: true,
      value: {
        hasFrontMatter: true,
        name: 'pets',
        description: 'About: pets',
        version: '1.0',
        layer: 'L1',
        tags: ['animals', '7'],
        isPublic: true,
        relations: [{ type: 'informed_by', target: 'v1:monday/pets' }],
        body: '\n# Pets\n',
        bodyLine: 13,
        meta: {
          name: 'pets',
          description: 'About: pets',
          version: 1,
          layer: 'L1',
          tags: ['animals', 7],
          public: true,
          readme_order: 3,
          relations: [{ type: 'informed_by', target: 'v1:monday/pets', note: 'kept' }, 'odd'],
        },
      },
    })
  })

  it.each([
    ['no front matter', '# Pets\n', { body: '# Pets\n', bodyLine: 1, hasFrontMatter: false }],
    ['an empty text', '', { body: '', bodyLine: 1, hasFrontMatter: false }],
    ['an empty front matter', '---\n---\nbody', { body: 'body', bodyLine: 3, hasFrontMatter: true }],
    ['nothing behind it', '---\nname: a\n---', { body: '', bodyLine: 4, hasFrontMatter: true, name: 'a' }],
    ['a byte order mark', '\uFEFF---\nname: a\n---\nb', { body: 'b', hasFrontMatter: true, name: 'a' }],
    ['CRLF', '---\r\nname: a\r\n---\r\nb\r\n', { body: 'b\r\n', bodyLine: 4, name: 'a' }],
    ['spaces behind the dashes', '---  \nname: a\n---\t\nb', { body: 'b', name: 'a' }],
    ['dashes in the body', '---\nname: a\n---\nb\n---\nc', { body: 'b\n---\nc' }],
    ['four dashes, which are a rule', '----\nname: a\n----\n', { hasFrontMatter: false, bodyLine: 1 }],
    ['tags in one text', '---\ntags: a, b,,a\n---\n', { tags: ['a', 'b'] }],
    ['a number nobody can carry', '---\nweight: .inf\n---\n', { meta: { weight: '.inf' } }],
    ['a text of lines', '---\nname: |\n  a\n  b\n---\n', { name: 'a\nb\n' }],
    ['dates, which are texts', '---\nmade: 2020-01-02\n---\n', { meta: { made: '2020-01-02' } }],
    ['half a character', '---\nname: "\\uD800"\n---\n', { name: '\uFFFD' }],
  ])('reads a text with %s', (_, text, expected) => {
    const parsed = parseDocument(text)
    expect(parsed).toMatchObject({ ok: true, value: expected })
  })

  it.each([
    ['broken YAML', '---\nname: a\ntags: [b\n---\nbody', { code: 'document.front_matter_yaml', line: 4, column: 1 }],
    ['no end', '---\nname: a\nbody', { code: 'document.front_matter_end', line: 1, column: 1 }],
    ['an alias', '---\na: b\nc: *a\n---\nbody', { code: 'document.front_matter_reference', line: 3, column: 4 }],
    ['an anchor', '---\na: &x b\n---\nbody', { code: 'document.front_matter_reference', line: 2, column: 4 }],
    ['a tag before lines', '---\na: !t |\n  b\n---\nbody', { code: 'document.front_matter_reference', line: 2 }],
    ['a tag', '---\n- !!js/function x\n---\nbody', { code: 'document.front_matter_reference', line: 2, column: 3 }],
    ['a key twice', '---\na: 1\nb:\n  c: 1\n  c: 2\n---\nbody', { code: 'document.front_matter_key', line: 5 }],
    ['a list', '---\n- a\n---\nbody', { code: 'document.front_matter_map', line: 2, column: 1 }],
    ['a map as a key', '---\n? {a: 1}\n: 2\n---\nbody', { code: 'document.front_matter_yaml', line: 2 }],
    ['a description that is no text', '---\ndescription: [a]\n---\nbody', { code: 'document.description', line: 2 }],
    ['two documents', '---\na: 1\n...\nb: 2\n---\nbody', { code: 'document.front_matter_yaml' }],
  ])('says where a front matter is broken, and gives the body: %s', (_, text, expected) => {
    expect(problemOf(text)).toMatchObject(expected)
    expect(problemOf(text)).toMatchObject({ body: expect.stringMatching(/body$/) })
  })

  it.each([
    ['brackets', '['.repeat(30_000)],
    ['braces', '{a: '.repeat(15_000)],
    ['lists', '- '.repeat(30_000)],
    ['keys', '? '.repeat(30_000)],
    ['eleven levels', '[[[[[[[[[[[1]]]]]]]]]]]'],
  ])('refuses endless nesting without exhausting the stack: %s', (_, source) => {
    expect(problemOf(`---\n${source}\n---\nbody`)).toMatchObject({ code: 'document.front_matter_depth', body: 'body' })
  })

  it('refuses a front matter of more than 64 KiB', () => {
    expect(problemOf(`---\na: ${'x'.repeat(65_536)}\n---\nbody`)).toMatchObject({ code: 'document.front_matter_size' })
  })

  it('keeps names that mean something to the language as data', () => {
    const parsed = parseDocument('---\n__proto__: {isPublic: true}\nconstructor: 1\n---\n')
    const meta = parsed.ok ? parsed.value.meta : {}
    expect(Object.keys(meta)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(meta)).toBe(Object.prototype)
  })

  it('gives back what was printed', () => {
    const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'name', '---', '- a', 'a: b', '#'))
    const leaf = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null))
    const text = fc.oneof(leaf, fc.constantFrom('---\nx', 'a\n---\n', '1.0', 'null', ' ', '\n'))
    const meta = fc.dictionary(key, fc.oneof(text, fc.array(text), fc.dictionary(key, text)), { noNullPrototype: true })
    fc.assert(
      fc.property(meta, fc.string(), (given, body) => {
        const parsed = parseDocument(printDocument(given, body))
        const { name, description } = given
        fc.pre(description === undefined || description === null || typeof description === 'string')
        expect(parsed).toMatchObject({ ok: true, value: { body } })
        expect(parsed.ok && parsed.value.meta).toEqual(given)
        expect(parsed.ok && parsed.value.name).toBe(typeof name === 'string' ? name : undefined)
      }),
    )
  })
})

describe('decodeDocument', () => {
  it('takes exact UTF-8 with its byte order mark, and nothing else', () => {
    expect(decodeDocument(Buffer.from('\uFEFF猫'))).toEqual({ ok: true, value: '\uFEFF猫' })
    expect(decodeDocument(Buffer.from([0xff, 0x41]))).toMatchObject({ ok: false, error: { code: 'document.utf8' } })
  })
})
