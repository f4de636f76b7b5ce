import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createLedgerSigner, generateLedgerKey } from './signer.ts'
import { createTestSigner } from './test-ledger.ts'
import { formatVerifierKey, isKeyName, isSignedBy, parseVerifierKey } from './verifier-key.ts'

/** A key in public documentation of the note format: made by another implementation. */
const foreign = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const own = formatVerifierKey(createTestSigner())
const [name, hash, key] = [own.split('+')[0]!, own.split('+')[1]!, own.split('+').slice(2).join('+')]

describe('a verifier key', () => {
  it.each([foreign, own])('comes back as it was written: %s', (text) => {
    const read = parseVerifierKey(text)
    expect(read.ok && formatVerifierKey(read.value)).toBe(text)
  })

  it('knows the public key of its signer', () => {
    const { name, publicKey } = createTestSigner()
    expect(parseVerifierKey(own)).toEqual({ ok: true, value: { name, publicKey } })
  })

  it.each([
    ['nothing', '', 'malformed'],
    ['a part too few', `${name}+${hash}`, 'malformed'],
    ['something behind', `${own} `, 'malformed'],
    ['a line end', `${own}\n`, 'malformed'],
    ['a space in the name', own.replace('/', ' '), 'malformed'],
    ['no name', `+${hash}+${key}`, 'malformed'],
    ['upper case in the hash', `${name}+${hash.toUpperCase()}+${key}`, 'malformed'],
    ['a key that is too short', `${name}+${hash}+${key.slice(0, 40)}`, 'malformed'],
    ['a key of 32 bytes', `${name}+${hash}+${Buffer.alloc(32, 1).toString('base64')}`, 'malformed'],
    ['another algorithm', `${name}+${hash}+B${key.slice(1)}`, 'unknown-algorithm'],
    ['another name', own.replace('ledger', 'lodger'), 'wrong-hash'],
    ['another hash', own.replace(hash, '00000000'), 'wrong-hash'],
    ['another key', `${name}+${hash}+${key.slice(0, 20)}${key[20] === 'A' ? 'B' : 'A'}${key.slice(21)}`, 'wrong-hash'],
  ])('with %s is refused', (_, text, kind) => {
    expect(parseVerifierKey(text)).toEqual({ ok: false, error: { kind } })
  })

  it.each(['a', 'example.com/ledger', '雨', 'x'.repeat(255)])('may be called %j', (text) => {
    expect(isKeyName(text)).toBe(true)
  })

  it.each(['', 'a b', 'a+b', 'a\nb', 'a\u00a0b', 'a\u2028b', 'a\u200bb', 'a\u202eb', '\ud800', 'x'.repeat(256)])(
    'is never called %j',
    (text) => {
      expect(isKeyName(text)).toBe(false)
      expect(() => createTestSigner(1, text)).toThrow(TypeError)
    },
  )

  it('that is no point of the curve believes nothing', () => {
    const nobody = { name: 'x', publicKey: Buffer.alloc(32, 0xff) }
    expect(isSignedBy(nobody, 'text', createTestSigner().sign(Buffer.from('text')))).toBe(false)
  })
})

describe('a ledger key', () => {
  it('is fresh each time and signs', () => {
    const [first, second] = [generateLedgerKey(), generateLedgerKey()]
    expect(first.privateKeyPem).not.toBe(second.privateKeyPem)
    const signer = createLedgerSigner('x', createPrivateKey(first.privateKeyPem))
    expect(signer.publicKey).toHaveLength(32)
    expect(isSignedBy(signer, 'text', signer.sign(Buffer.from('text')))).toBe(true)
    expect(isSignedBy(signer, 'another text', signer.sign(Buffer.from('text')))).toBe(false)
  })

  it('has to be a private Ed25519 key', () => {
    const wrong = [
      createPublicKey(generateLedgerKey().privateKeyPem),
      generateKeyPairSync('x25519').privateKey,
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
      createSecretKey(Buffer.alloc(32)),
    ]
    for (const key of wrong) expect(() => createLedgerSigner('x', key)).toThrow(TypeError)
  })
})
