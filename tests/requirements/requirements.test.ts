import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { requirements } from '../requirements.ts'
import { readTestTitles } from './test-titles.ts'

const root = new URL('../../', import.meta.url)

describe('the requirements', () => {
  it('are there', () => {
    expect(requirements.length).toBeGreaterThan(0)
  })

  it('have an id of their own each', () => {
    const ids = requirements.map(({ id }) => id)
    expect(ids.filter((id, index) => !/^[A-Z]+-\d+$/.test(id) || ids.indexOf(id) !== index)).toEqual([])
  })

  it.each(requirements)('$id is proven by tests that exist', ({ promise, source, proof }) => {
    expect(promise).toMatch(/^\S.*\.$/)
    expect(source).toMatch(/\S/)
    const proofs = typeof proof === 'string' ? [proof] : proof
    expect(proofs).not.toEqual([])
    expect(proofs.filter((line) => !isProven(line))).toEqual([])
  })
})

describe('the titles of tests', () => {
  it('are read from calls and tables', () => {
    const source = `
      it('a', () => {})
      test("b's", async () => {})
      it.each([['(', 1], [')', 2]])('c %s', () => {})
      it.each<readonly [string]>(table())(\`d\`, () => {})
      it.concurrent.for(rows)('e', () => {})`
    expect(readTestTitles(source)).toEqual(['a', "b's", 'c %s', 'd', 'e'])
  })

  it.each([
    "// it('a', () => {})",
    'const text = "it(\'a\')"',
    "it.skip('a', () => {})",
    "it.todo('a')",
    "it.each(table).skip('a', () => {})",
    "describe('a', () => {})",
    "suite.it('a', () => {})",
    "describe.each(table)('a', () => {})",
    'it(`a ${1}`, () => {})',
  ])('are not found in %s', (source) => {
    expect(readTestTitles(source)).toEqual([])
  })
})

function isProven(line: string): boolean {
  const [path = '', ...title] = line.split(' › ')
  const file = fileURLToPath(new URL(path, root))
  if (!path.endsWith('.test.ts') || !existsSync(file)) return false
  return readTestTitles(readFileSync(file, 'utf8')).includes(title.join(' › '))
}
