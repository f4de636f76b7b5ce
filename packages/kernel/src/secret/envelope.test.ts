import { createCipheriv } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import vectorsFile from '../../../../vectors/secret.json' with { type: 'json' }
import { deriveSealingKey, openSecret, sealSecret } from './envelope.ts'
import { secretNameSchema } from './secret-name.ts'
import { SecretText } from './secret-text.ts'

const place = { secretName: secretNameSchema, version: z.int() }
const { vectors, refused } = z
  .object({
    vectors: z
      .array(
        z.object({
          ...place,
          name: z.string(),
          masterSecret: z.string(),
          keyId: z.string(),
          text: z.string(),
          nonce: z.string(),
          sealed: z.string(),
        }),
      )
      .min(1),
    refused: z.array(z.object({ ...place, name: z.string(), sealed: z.string(), kind: z.string() })).min(1),
  })
  .parse(vectorsFile)

const key = deriveSealingKey(Buffer.from(vectors[0]!.masterSecret, 'hex'))
const otherKey = deriveSealingKey(Buffer.alloc(32, 9))
const name = secretNameSchema.parse('A')
const nonce = Buffer.alloc(12, 3)
const seal = (text: string) => sealSecret({ name, version: 1, text: new SecretText(text), key, nonce })
const open = (sealed: string, keys = [key]) => openSecret({ name, version: 1, sealed, keys })

describe('the envelope', () => {
  it.each(vectors)('is what the vector says: $name', (vector) => {
    const vectorKey = deriveSealingKey(Buffer.from(vector.masterSecret, 'hex'))
    const { secretName, version, text, sealed } = vector
    expect(vectorKey.keyId).toBe(vector.keyId)
    const made = sealSecret({
      name: secretName,
      version,
      text: new SecretText(text),
      key: vectorKey,
      nonce: Buffer.from(vector.nonce, 'hex'),
    })
    expect(made).toBe(sealed)
    const opened = openSecret({ name: secretName, version, sealed, keys: [otherKey, vectorKey] })
    expect(opened.ok && opened.value.reveal()).toBe(text)
  })

  it.each(refused)('does not open: $name', ({ secretName, version, sealed, kind }) => {
    expect(openSecret({ name: secretName, version, sealed, keys: [key] })).toEqual({ ok: false, error: { kind } })
  })

  it('opens to what was sealed, and with no key, name or version but its own', () => {
    const text = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(
        text,
        fc.uint8Array({ minLength: 12, maxLength: 12 }),
        fc.integer({ min: 1 }),
        (secret, random, version) => {
          const sealed = sealSecret({ name, version, text: new SecretText(secret), key, nonce: random })
          const opened = openSecret({ name, version, sealed, keys: [key] })
          expect(opened.ok && opened.value.reveal()).toBe(secret)
          expect(openSecret({ name, version: version + 1, sealed, keys: [key] }).ok).toBe(false)
          expect(openSecret({ name, version, sealed, keys: [{ ...otherKey, keyId: key.keyId }] }).ok).toBe(false)
          expect(openSecret({ name, version, sealed, keys: [otherKey] })).toEqual({
            ok: false,
            error: { kind: 'unknown-key' },
          })
        },
      ),
    )
  })

  it('does not open after any change of one character', () => {
    const sealed = seal('secret')
    const letter = fc.constantFrom('A', 'a', '0', '-', '_', '.', '=', '/', '\n')
    fc.assert(
      fc.property(fc.nat({ max: sealed.length - 1 }), letter, (at, other) => {
        fc.pre(sealed[at] !== other)
        expect(open(sealed.slice(0, at) + other + sealed.slice(at + 1)).ok).toBe(false)
      }),
    )
  })

  it('holds the largest secret and refuses anything longer before reading it', () => {
    const largest = seal('x'.repeat(1_048_576))
    expect(open(largest).ok).toBe(true)
    expect(open(`${largest}${'A'.repeat(64)}`)).toEqual({ ok: false, error: { kind: 'malformed' } })
  })

  it('does not open to bytes that are no text', () => {
    const good = seal('')
    const cipher = createCipheriv('aes-256-gcm', key.secret, nonce)
    const field = (text: string) => [0, 0, 0, text.length, ...Buffer.from(text)]
    cipher.setAAD(Buffer.from([...Buffer.from('rumi-secret/1\n'), ...field(key.keyId), ...field('A'), ...field('1')]))
    const bytes = Buffer.concat([cipher.update(Buffer.from([0xff])), cipher.final(), cipher.getAuthTag()])
    const sealed = good.replace(/[^.]*$/, bytes.toString('base64url'))
    expect(open(sealed)).toEqual({ ok: false, error: { kind: 'not-authentic' } })
  })
})

describe('sealing', () => {
  it('refuses a nonce of another size and a short secret', () => {
    const sealing = { name, version: 1, text: new SecretText('x'), key, nonce: Buffer.alloc(16) }
    expect(() => sealSecret(sealing)).toThrow(RangeError)
    expect(() => deriveSealingKey(Buffer.alloc(31))).toThrow(RangeError)
  })
})
