import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { secretNameSchema } from './secret-name.ts'
import { parseSecretText, SecretText } from './secret-text.ts'

const canary = 'canary-5f3a'
const secret = new SecretText(canary)
/** As careless code would see it, which forgot what it holds. */
const careless = secret as unknown as string

describe('SecretText', () => {
  it('gives its text out only when it is asked to reveal it', () => {
    expect(secret.reveal()).toBe(canary)
  })

  it.each([
    ['as text', String(secret)],
    ['in a template', `is ${careless}`],
    ['joined to texts', ['a', careless].join('') + 'b'.concat(careless)],
    ['as JSON', JSON.stringify({ secret })],
    ['inspected', inspect(secret)],
    ['inspected inside an object, with hidden members', inspect({ deep: [secret] }, { showHidden: true, depth: null })],
    ['inspected without its own words', inspect(secret, { customInspect: false, showHidden: true })],
    ['in an error', new Error('failed', { cause: secret }).stack + inspect(new Error('failed', { cause: secret }))],
    ['by its keys', JSON.stringify([Reflect.ownKeys(secret), Object.entries(secret)])],
    ['as a copy', JSON.stringify(Object.assign({}, secret)) + inspect(structuredClone(secret))],
  ])('does not show it %s', (_name, shown) => {
    expect(shown).not.toContain(canary)
  })

  it('says that something is hidden', () => {
    expect([`is ${careless}`, secret.toString(), JSON.stringify(secret), inspect(secret)]).toEqual([
      'is [redacted]',
      '[redacted]',
      '"[redacted]"',
      '[redacted]',
    ])
  })
})

describe('parseSecretText', () => {
  it.each(['', 'sk-1', '秘密', 'é'.repeat(524_288)])('accepts a text %#', (text) => {
    const parsed = parseSecretText(text)
    expect(parsed.ok && parsed.value.reveal()).toBe(text)
  })

  it.each([
    [1, 'not-text'],
    [null, 'not-text'],
    [{ value: 'x' }, 'not-text'],
    ['\ud800', 'not-unicode'],
    [`${'é'.repeat(524_288)}x`, 'too-large'],
  ])('refuses a value %#', (value, kind) => {
    expect(parseSecretText(value)).toEqual({ ok: false, error: { kind } })
  })
})

describe('secretNameSchema', () => {
  it.each(['A', 'OPENAI_API_KEY', '_', '0', 'X'.repeat(64)])('accepts %s', (text) => {
    expect(secretNameSchema.parse(text)).toBe(text)
  })

  it.each(['', 'a', 'A B', 'A-B', 'A.B', '../X', 'É', 'А', 'A\n', '*', 'X'.repeat(65)])('refuses %j', (text) => {
    expect(secretNameSchema.safeParse(text).success).toBe(false)
  })
})
