import { describe, expect, it } from 'vitest'
import { en, ja } from '../../messages/index.ts'
import type { DenialView } from '../gate-views.ts'
import { describeLevel, describeReason, renderDenial } from './denials.ts'
import { style } from './test-style.ts'

const grant = { principal_id: 'weather', permission_id: 'store.get', config: { allowed_store_ids: ['cache'] } }

const denial: DenialView = {
  id: 'den_0123456789abcdef',
  principal_id: 'weather',
  permission_id: 'store.get',
  subject: 'cache',
  reasons: ['weather: no-grant'],
  count: 3,
  first_at: '2026-01-01T00:00:00.000Z',
  last_at: '2026-01-02T03:04:05.678Z',
  run_id: 'run_1',
  flow_id: 'weather.fetch',
  step_id: 'read',
  grants: [grant],
  reaches_private: false,
  also_opens: [],
  resolved: false,
  hint: 'rumi denials grant den_0123456789abcdef',
}

const words = (text: string): readonly string[] =>
  text.split('\n').map((line) => line.replaceAll(/ {2,}/g, '  ').trim())

describe('a denial', () => {
  it('says what was refused, why, how often, where, and which command allows exactly it', () => {
    expect(words(renderDenial(denial, style))).toEqual([
      'den_0123456789abcdef  weather  store.get  cache',
      'why  "weather": nothing is granted',
      'when  3 times, last 2026-01-02 03:04:05Z, first 2026-01-01 00:00:00Z',
      'where  flow weather.fetch, step read, run_1',
      'missing  weather: store.get {"allowed_store_ids":["cache"]}',
      'allow it  bin/rumi denials grant den_0123456789abcdef',
      '',
    ])
  })

  it('that reaches an address of this machine warns of it, and its command says so', () => {
    const hint = `${denial.hint} --allow-private`
    const shown = renderDenial({ ...denial, reaches_private: true, hint }, style)
    expect(shown).toContain(`<red>${en.gate.denials.private}</>`)
    expect(shown).toContain('bin/rumi denials grant den_0123456789abcdef --allow-private\n')
  })

  it('tells which other places its grants would open', () => {
    const shown = renderDenial({ ...denial, also_opens: ['a.example.com:8443', 'b\u001b:443'] }, style)
    expect(shown).toContain('also opens')
    expect(shown).toContain('a.example.com:8443')
    expect(shown).not.toContain('\u001b')
  })

  it('that nothing lacks any more is marked, and offers no grant', () => {
    const { hint: _, ...rest } = denial
    const shown = renderDenial({ ...rest, grants: [], resolved: true }, style)
    expect(shown).toContain('<green>[resolved]</>')
    expect(shown).toContain('bin/rumi denials dismiss den_0123456789abcdef')
    expect(shown).not.toContain('denials grant')
  })

  it('that no grant can lift says so, and what else to do when there is something', () => {
    const { hint: _, ...rest } = { ...denial, grants: [] }
    expect(words(renderDenial(rest, style))).toContain('next  no grant can allow this')
    const unanswered = { ...rest, reasons: ['no-handler'], hint: 'rumi capability scan' }
    expect(words(renderDenial(unanswered, style))).toContain('next  bin/rumi capability scan')
  })

  it('says what is to be done beside granting', () => {
    const remedy = { kind: 'create-store', store_id: 'cache' }
    expect(words(renderDenial({ ...denial, grants: [], remedy }, style))).toContain('missing  create the store "cache"')
  })

  it('cannot command the terminal, whatever the pack asked for', () => {
    const nasty = { ...denial, subject: '\u001b[2J', step_id: '\r', reasons: ['\u001b: no-grant', '\u202e'] }
    expect(renderDenial(nasty, style)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/u)
  })
})

describe('a reason', () => {
  it.each([
    ['my_pack: no-grant', '"my_pack": nothing is granted'],
    ['my_pack: expired', '"my_pack": its time is over'],
    ['trust: exhausted', '"trust": its uses are used up'],
    ['trust: digest-mismatch', 'the handler is not trusted as it is now (digest-mismatch)'],
    ['address-refused: private', 'the host lies at an address that needs to be allowed by itself (private)'],
    ['not-covered', 'the grant does not reach so far'],
    ['never-heard-of', 'never-heard-of'],
    ['nobody: never-heard-of', 'nobody: never-heard-of'],
    ['constructor', 'constructor'],
  ])('%s is told in plain words, one that is unknown as it is', (reason, told) => {
    expect(describeReason(reason, en)).toBe(told)
  })

  it('has the same plain words in every language', () => {
    expect(Object.keys(ja.gate.denials.reasons)).toEqual(Object.keys(en.gate.denials.reasons))
    expect(describeLevel('signature-invalid', ja)).toBe(ja.gate.levels['signature-invalid'])
  })
})
