import { describe, expect, it } from 'vitest'
import { decideSecretRead, type SecretQuestion } from './decide.ts'
import { deriveSealingKey, openSecret } from './envelope.ts'
import {
  deleteSecret,
  describeSecret,
  formatJournalLine,
  parseSecretRecord,
  setSecret,
  type SecretRecord,
} from './record.ts'
import { secretNameSchema } from './secret-name.ts'
import { SecretText } from './secret-text.ts'

const key = deriveSealingKey(Buffer.alloc(32, 4))
const name = secretNameSchema.parse('API_KEY')
const set = (previous: SecretRecord | undefined, at: number, versionFloor?: number) =>
  setSecret({ previous, versionFloor, name, text: new SecretText('canary'), key, nonce: Buffer.alloc(12, at), at })
const remove = (previous: SecretRecord | undefined, at = 3_000) =>
  deleteSecret({ previous, versionFloor: undefined, at })
const first = set(undefined, 1_000).record
const removed = remove(first)
const tombstone = removed.ok ? removed.value : undefined
const moment = (at: number) => new Date(at).toISOString()

describe('a secret at rest', () => {
  it('is created, then replaced, and never shows its text', () => {
    const second = set(first, 2_000)
    expect(set(undefined, 1_000).created).toBe(true)
    expect(second.created).toBe(false)
    expect(second.record).toEqual({
      key: 'API_KEY',
      value: expect.stringMatching(/^rumi-secret\/1\./),
      version: 2,
      created_at: moment(1_000),
      updated_at: moment(2_000),
      deleted_at: null,
    })
    expect(JSON.stringify(second)).not.toContain('canary')
    const opened = openSecret({ name, version: 2, sealed: second.record.value, keys: [key] })
    expect(opened.ok && opened.value.reveal()).toBe('canary')
  })

  it('leaves a tombstone when it is deleted, and begins anew after that with a newer version', () => {
    expect(tombstone).toEqual({
      key: 'API_KEY',
      value: '',
      version: 2,
      created_at: moment(1_000),
      updated_at: moment(3_000),
      deleted_at: moment(3_000),
    })
    expect(set(tombstone, 4_000)).toMatchObject({ created: true, record: { version: 3, created_at: moment(4_000) } })
  })

  it('has a version above every one the ledger knows, also when its file was lost', () => {
    expect(set(undefined, 1, 9).record.version).toBe(10)
    expect(set(first, 1, 9).record.version).toBe(10)
  })

  it('cannot be deleted when there is none', () => {
    const error = { kind: 'unknown-secret' }
    expect(remove(undefined)).toEqual({ ok: false, error })
    expect(remove(tombstone)).toEqual({ ok: false, error })
  })

  it('is listed without its value', () => {
    expect([describeSecret(first), describeSecret(tombstone!)]).toEqual([
      { key: 'API_KEY', exists: true, deleted: false, created_at: moment(1_000), updated_at: moment(1_000) },
      {
        key: 'API_KEY',
        exists: false,
        deleted: true,
        created_at: moment(1_000),
        updated_at: moment(3_000),
        deleted_at: moment(3_000),
      },
    ])
  })
})

describe('parseSecretRecord', () => {
  const parse = (value: unknown) =>
    parseSecretRecord(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))

  it('reads back what was written', () => {
    expect(parse(first)).toEqual({ ok: true, value: first })
    expect(parse(tombstone)).toEqual({ ok: true, value: tombstone })
  })

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a key twice', `{"key":"A",${JSON.stringify(first).slice(1)}`],
    ['a value with a date of deletion', { ...first, deleted_at: moment(1) }],
    ['no value and no date of deletion', { ...first, value: '' }],
    ['an unknown field', { ...first, plain: 'x' }],
    ['a name that is none', { ...first, key: '../X' }],
    ['a version of zero', { ...first, version: 0 }],
    ['a date that is none', { ...first, updated_at: 'today' }],
  ])('finds %s unreadable', (_name, value) => {
    expect(parse(value)).toEqual({ ok: false, error: { kind: 'unreadable' } })
  })
})

describe('formatJournalLine', () => {
  it('is one line of JSON, whatever the reason says', () => {
    const entry = { action: 'deleted', name, actor: 'operator', at: 0, reason: 'a\nb\ud800' } as const
    expect(formatJournalLine(entry)).toBe(
      '{"action":"deleted","actor":"operator","key":"API_KEY","reason":"a\\nb\ufffd","ts":"1970-01-01T00:00:00.000Z"}\n',
    )
    expect(formatJournalLine({ action: 'set', name, actor: 'operator', at: 0 })).not.toContain('reason')
  })
})

describe('decideSecretRead', () => {
  const ask = (changes: Partial<SecretQuestion> = {}) =>
    decideSecretRead({ name: 'API_KEY', allowedKeys: new Set(['API_KEY']), record: first, versionFloor: 1, ...changes })

  it('gives a secret that the grant names', () => {
    expect(ask()).toEqual({ allowed: true, record: first })
  })

  it.each<[string, Partial<SecretQuestion>]>([
    ['malformed-name', { name: 'api_key', allowedKeys: new Set(['api_key']) }],
    ['malformed-name', { name: '*', allowedKeys: new Set(['*']) }],
    ['malformed-name', { name: ['API_KEY'] }],
    ['malformed-name', { name: undefined }],
    ['not-granted', { allowedKeys: new Set() }],
    ['not-granted', { allowedKeys: new Set(['*']) }],
    ['not-granted', { allowedKeys: new Set(['OTHER']), record: undefined }],
    ['absent', { record: undefined }],
    ['unreadable', { record: 'unreadable' }],
    ['name-mismatch', { record: { ...first, key: secretNameSchema.parse('OTHER') } }],
    ['stale', { versionFloor: 2 }],
    ['stale', { versionFloor: undefined }],
    ['stale', { versionFloor: Number.NaN }],
    ['deleted', { record: tombstone }],
  ])('denies with %s %#', (reason, changes) => {
    expect(ask(changes)).toEqual({ allowed: false, reason })
  })
})
