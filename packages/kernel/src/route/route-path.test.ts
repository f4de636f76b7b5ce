import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getShape, isBeginningOverlapping, isOverlapping, parseRoutePath, type RouteSegment } from './route-path.ts'

const segmentsOf = (text: string): readonly RouteSegment[] => {
  const parsed = parseRoutePath(text)
  if (!parsed.ok) throw new Error(text)
  return parsed.value
}

describe('parseRoutePath', () => {
  it('reads literals and parameters', () => {
    expect(segmentsOf('/api/v1.0/{org_id}/@me/')).toEqual([
      { kind: 'literal', text: 'api' },
      { kind: 'literal', text: 'v1.0' },
      { kind: 'param', name: 'org_id' },
      { kind: 'literal', text: '@me' },
    ])
    expect(segmentsOf(`/${'a/'.repeat(31)}a`)).toHaveLength(32)
  })

  it.each([
    ['', { kind: 'not-absolute' }],
    ['api/x', { kind: 'not-absolute' }],
    ['http://host/x', { kind: 'not-absolute' }],
    ['/', { kind: 'segment', text: '' }],
    ['//', { kind: 'segment', text: '' }],
    ['//host/x', { kind: 'segment', text: '' }],
    ['/a//b', { kind: 'segment', text: '' }],
    ['/a/../b', { kind: 'segment', text: '..' }],
    ['/a/.', { kind: 'segment', text: '.' }],
    ['/a/.env', { kind: 'segment', text: '.env' }],
    ['/a/b..c', { kind: 'segment', text: 'b..c' }],
    ['/a/%2e%2e', { kind: 'segment', text: '%2e%2e' }],
    ['/a/*', { kind: 'segment', text: '*' }],
    ['/a?b=1', { kind: 'segment', text: 'a?b=1' }],
    ['/a#b', { kind: 'segment', text: 'a#b' }],
    ['/a\\b', { kind: 'segment', text: 'a\\b' }],
    ['/a b', { kind: 'segment', text: 'a b' }],
    ['/a\n', { kind: 'segment', text: 'a\n' }],
    ['/é', { kind: 'segment', text: 'é' }],
    ['/{}', { kind: 'segment', text: '{}' }],
    ['/{_headers}', { kind: 'segment', text: '{_headers}' }],
    ['/{a b}', { kind: 'segment', text: '{a b}' }],
    ['/x{a}', { kind: 'segment', text: 'x{a}' }],
    ['/{a}{b}', { kind: 'segment', text: '{a}{b}' }],
    ['/{a:.*}', { kind: 'segment', text: '{a:.*}' }],
    ['/{a}/x/{a}', { kind: 'param-twice', name: 'a' }],
    [`/${'x'.repeat(1_024)}`, { kind: 'too-long' }],
    ['/a'.repeat(33), { kind: 'too-long' }],
  ])('refuses %j', (text, problem) => {
    expect(parseRoutePath(text)).toEqual({ ok: false, error: problem })
  })
})

const template = fc
  .array(fc.constantFrom('a', 'b', 'P'), { minLength: 1, maxLength: 4 })
  .map((parts) => segmentsOf(parts.map((part, at) => (part === 'P' ? `/{p${at}}` : `/${part}`)).join('')))
/** All paths of up to four segments of the letters a, b and c. */
const paths = [1, 2, 3, 4].flatMap((length) =>
  Array.from({ length: 3 ** length }, (_, code) =>
    Array.from({ length }, (_segment, at) => ['a', 'b', 'c'][Math.floor(code / 3 ** at) % 3]!),
  ),
)
const fits = (segments: readonly RouteSegment[], path: readonly string[]) =>
  new RegExp(
    `^${segments.map((segment) => (segment.kind === 'param' ? '/[^/]+' : `/${segment.text}`)).join('')}$`,
  ).test(path.map((part) => `/${part}`).join(''))

describe('overlap', () => {
  it('is there exactly when some path fits both, or fits one and begins with the other', () => {
    fc.assert(
      fc.property(template, template, (left, right) => {
        expect(isOverlapping(left, right)).toBe(paths.some((path) => fits(left, path) && fits(right, path)))
        expect(isBeginningOverlapping(left, right)).toBe(
          paths.some((path) => fits(left, path.slice(0, left.length)) && fits(right, path)),
        )
        const isSame = paths.every((path) => fits(left, path) === fits(right, path))
        expect(getShape(left) === getShape(right)).toBe(isSame)
      }),
    )
  })
})
