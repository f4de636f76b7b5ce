import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isJsonObject, type JsonValue } from '@rumi/kernel/base'
import { parseDocument, printDocument } from './parse.ts'
import { addEdges } from './relation.ts'

const edge = { type: 'informed_by', target: 'v1:monday/log' }

it('adds an edge exactly once and changes nothing else, whatever the front matter says', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('---', 'a\n', '# x', '- x', '1.0', '{', '&a'))
  const relation = fc.oneof(fc.record({ type: text, target: text, note: text }), text)
  const meta = fc
    .dictionary(text, fc.oneof(text, fc.array(text)), { noNullPrototype: true })
    .filter((given) => !Object.hasOwn(given, 'description'))
  const relations = fc.option(fc.array(relation), { nil: undefined })
  fc.assert(
    fc.property(meta, relations, text, (given, list, body) => {
      const whole: { readonly [key: string]: JsonValue } =
        list === undefined ? { ...given } : { ...given, relations: list }
      fc.pre(list !== undefined || !Object.hasOwn(given, 'relations'))
      const once = addEdges(printDocument(whole, body), [edge])
      expect(once.ok).toBe(true)
      if (!once.ok) return
      const parsed = parseDocument(once.value)
      expect(parsed).toMatchObject({
        ok: true,
        value: { body, meta: { ...whole, relations: [...(list ?? []), edge] } },
      })
      expect(addEdges(once.value, [edge])).toEqual(once)
      expect(isJsonObject(parsed.ok ? parsed.value.meta : undefined)).toBe(true)
    }),
  )
})

it('refuses a text without front matter, and relations that are no list', () => {
  expect(addEdges('body', [edge])).toEqual({ ok: false, error: 'no-front-matter' })
  expect(addEdges('---\n[\n---\n', [edge])).toEqual({ ok: false, error: 'no-front-matter' })
  expect(addEdges('---\nrelations: 1\n---\n', [edge])).toEqual({ ok: false, error: 'not-a-list' })
})
