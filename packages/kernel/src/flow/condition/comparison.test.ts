import { describe, expect, it } from 'vitest'
import { compileCondition } from './condition.ts'

describe('a comparison with a text that holds operators', () => {
  it.each([
    ['$ctx.text == "a == b"', 'a == b', true],
    ['$ctx.text == "a == b"', 'a', false],
    ['$ctx.text != "x != y"', 'x != y', false],
    ["$ctx.text == 'https://a.example/?b==c&d>=1'", 'https://a.example/?b==c&d>=1', true],
    ['$ctx.text == "<="', '<=', true],
    ['$ctx.text == "a && b"', 'a && b', true],
  ])('splits at the operator between its sides only: %s', (condition, text, value) => {
    const compiled = compileCondition(condition)
    expect(compiled.ok && compiled.value.evaluate({ text })).toEqual({ value, missing: [] })
  })
})
