import { createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { deriveGrantKey } from './key.ts'
import { permissionIdSchema } from './permission-id.ts'
import { checkSignature, grantRecordSchema, grantSigningInput, signGrant } from './record.ts'
import { grant, key, otherKey, packId, statement } from './test-grants.ts'

describe('a signature', () => {
  it('is what the format says, byte for byte', () => {
    const field = (text: string) => [0, 0, 0, Buffer.byteLength(text), ...Buffer.from(text)]
    const input = Buffer.from([
      ...Buffer.from('rumi-grant/1\n'),
      ...['grant', key.keyId, 'a', 'secrets.get', '3', '1000', '9000', '2', '{"allowed_keys":["é"]}'].flatMap(field),
    ])
    const signed = statement({ config: { allowed_keys: ['é'] }, expiresAt: 9_000, usesLeft: 2 })
    expect(grantSigningInput(signed, key.keyId)).toEqual(input)
    const secret = Buffer.from(hkdfSync('sha256', Buffer.alloc(32, 1), '', 'rumi/grant-key/1', 32))
    expect(signGrant(signed, key).signature).toBe(createHmac('sha256', secret).update(input).digest('hex'))
  })

  it('counts for the record it was made for, and after rotation as long as the old key is known', () => {
    expect(checkSignature(grant(), [key])).toBe('valid')
    expect(checkSignature(grant(), [otherKey, key])).toBe('valid')
    expect(checkSignature(grant(), [otherKey])).toBe('unknown-key')
    expect(checkSignature(grant(), [])).toBe('unknown-key')
    expect(checkSignature(signGrant(grant(), otherKey), [otherKey])).toBe('valid')
  })

  it.each([
    ['the principal', { principalId: packId('b') }],
    ['the permission', { permissionId: permissionIdSchema.parse('secrets.set') }],
    ['the config', { config: { allowed_keys: ['X', 'Y'] } }],
    ['the epoch', { epoch: 4 }],
    ['the moment', { grantedAt: 1_001 }],
    ['the end', { expiresAt: 10 }],
    ['the uses', { usesLeft: 10 }],
    [
      'a digit of the signature',
      { signature: grant().signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) },
    ],
    ['the length of the signature', { signature: grant().signature.slice(0, 62) }],
    ['all of the signature', { signature: '' }],
    ['the end, to the place of the uses', { expiresAt: undefined, usesLeft: 9_000 }],
  ])('does not count after a change of %s', (_name, change) => {
    expect(checkSignature({ ...grant(), ...change }, [key])).toBe('invalid')
  })

  it('by another key does not count under the name of a known one', () => {
    expect(checkSignature({ ...signGrant(statement(), otherKey), keyId: key.keyId }, [key, otherKey])).toBe('invalid')
  })
})

describe('deriveGrantKey', () => {
  it('gives each secret its own key and name, and never the secret itself', () => {
    expect(otherKey.keyId).not.toBe(key.keyId)
    expect(Buffer.from(otherKey.secret)).not.toEqual(Buffer.from(key.secret))
    expect(Buffer.from(key.secret)).not.toEqual(Buffer.alloc(32, 1))
    expect(deriveGrantKey(Buffer.alloc(32, 1))).toEqual(key)
  })

  it('refuses a short secret', () => {
    expect(() => deriveGrantKey(Buffer.alloc(31))).toThrow(RangeError)
  })
})

describe('grantRecordSchema', () => {
  it('reads back what was kept as JSON', () => {
    const record = grant({ expiresAt: 5_000, usesLeft: 0 })
    expect(grantRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record)
  })

  it.each([
    ['no signature', { ...grant(), signature: undefined }],
    ['an unknown field', { ...grant(), admin: true }],
    ['a fractional epoch', { ...grant(), epoch: 1.5 }],
    ['an epoch of zero', { ...grant(), epoch: 0 }],
    ['negative uses', { ...grant(), usesLeft: -1 }],
    ['a moment beyond dates', { ...grant(), expiresAt: 8_640_000_000_000_001 }],
    ['a principal that is no pack id', { ...grant(), principalId: '../a' }],
    ['a permission with an empty word', { ...grant(), permissionId: 'a..b' }],
    ['a config that is no object', { ...grant(), config: [] }],
  ])('refuses %s', (_name, record) => {
    expect(grantRecordSchema.safeParse(record).success).toBe(false)
  })
})

describe('permissionIdSchema', () => {
  it.each(['fs.read', 'a', 'pack.update.propose_patch', 'x'.repeat(128)])('accepts %s', (id) => {
    expect(permissionIdSchema.parse(id)).toBe(id)
  })

  it.each(['', '.', 'a.', '.a', 'a..b', 'a b', 'a:b', 'fs.*', 'é', 'a\n', 'x'.repeat(129)])('refuses %j', (id) => {
    expect(permissionIdSchema.safeParse(id).success).toBe(false)
  })
})
