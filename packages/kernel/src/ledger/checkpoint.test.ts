import { describe, expect, it } from 'vitest'
import { signCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { hashLeaf } from './merkle.ts'
import { createTestSigner } from './test-ledger.ts'
import { keyId } from './verifier-key.ts'

const signer = createTestSigner()
const checkpoint = { origin: signer.name, size: 42, root: hashLeaf('root') }
const note = signCheckpoint({ checkpoint, signer })
const [origin, size, root, , signature] = note.split('\n') as [string, string, string, string, string]

function kindOf(text: string, key = signer): string {
  const read = verifyCheckpoint(text, key)
  return read.ok ? 'ok' : read.error.kind
}

/** A text signed by the key, whatever it says. */
function forceSign(body: string, by = signer): string {
  const bytes = Buffer.concat([keyId(by), by.sign(Buffer.from(body))])
  return `${body}\n— ${by.name} ${bytes.toString('base64')}\n`
}

describe('a checkpoint', () => {
  it('is three lines, an empty one and a signature', () => {
    expect(note.split('\n')).toEqual([
      'example.com/ledger',
      '42',
      Buffer.from(checkpoint.root).toString('base64'),
      '',
      expect.stringMatching(/^— example\.com\/ledger [A-Za-z0-9+/]{91}=$/),
      '',
    ])
  })

  it.each([0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER])('of %d entries comes back as it was signed', (size) => {
    const text = signCheckpoint({ checkpoint: { ...checkpoint, size }, signer })
    expect(verifyCheckpoint(text, signer)).toEqual({ ok: true, value: { ...checkpoint, size } })
  })

  it('is refused after any single character was changed, left out or doubled', () => {
    const forged = Array.from(note).flatMap((character, at, all) => {
      const others = ['0', '1', 'A', '=', ' ', '\n', '\r', '\u0000'].filter((other) => other !== character)
      return ['', character + character, ...others].map((other) => all.with(at, other).join(''))
    })
    expect(forged.length).toBeGreaterThan(1000)
    expect(forged.filter((text) => kindOf(text) === 'ok')).toEqual([])
  })

  it.each([
    ['nothing', ''],
    ['no signature', `${origin}\n${size}\n${root}\n\n`],
    ['no empty line', `${origin}\n${size}\n${root}\n${signature}\n`],
    ['no last line end', note.slice(0, -1)],
    ['an empty line behind', `${note}\n`],
    ['text behind', `${note}trailing`],
    ['a line behind', `${note}trailing\n`],
    ['an empty line between', `${origin}\n${size}\n${root}\n\n\n${signature}\n`],
    ['a second note', `${note}\n${note}`],
    ['carriage returns', note.replaceAll('\n', '\r\n')],
    ['a hyphen for the dash', note.replace('—', '-')],
    ['an extension line', forceSign(`${origin}\n${size}\n${root}\nextension\n`)],
    ['a leading zero', forceSign(`${origin}\n042\n${root}\n`)],
    ['a plus sign', forceSign(`${origin}\n+42\n${root}\n`)],
    ['a negative size', forceSign(`${origin}\n-1\n${root}\n`)],
    ['a size that loses precision', forceSign(`${origin}\n9007199254740992\n${root}\n`)],
    ['a size in exponents', forceSign(`${origin}\n4e1\n${root}\n`)],
    ['no root', forceSign(`${origin}\n${size}\n\n`)],
    ['a short root', forceSign(`${origin}\n${size}\n${Buffer.alloc(31).toString('base64')}\n`)],
    ['a root in base64url', forceSign(`${origin}\n${size}\n${Buffer.alloc(32, 0xff).toString('base64url')}=\n`)],
    ['a root without padding', forceSign(`${origin}\n${size}\n${root.replace('=', '')}\n`)],
    ['an origin with a space', forceSign(`my ledger\n${size}\n${root}\n`)],
    ['no origin', forceSign(`\n${size}\n${root}\n`)],
    ['17 signatures', note + `— other AAAAAAAA\n`.repeat(16)],
    ['a signature of nothing', `${note}— other AAAAAA==\n`],
    ['a megabyte', note + 'x'.repeat(1_000_000)],
  ])('with %s is malformed', (_, text) => {
    expect(kindOf(text)).toBe('malformed')
  })

  it('of another ledger is refused, although the same key signed it', () => {
    expect(kindOf(forceSign(`example.com/other\n${size}\n${root}\n`))).toBe('wrong-origin')
  })

  it('by another key with the same name is refused', () => {
    expect(kindOf(signCheckpoint({ checkpoint, signer: createTestSigner(2) }))).toBe('unknown-key')
  })

  it('by another key that claims the id of the right one is refused', () => {
    const forged = { ...createTestSigner(2), publicKey: signer.publicKey }
    expect(kindOf(signCheckpoint({ checkpoint, signer: forged }))).toBe('bad-signature')
  })

  it('with a signature of the wrong length is refused', () => {
    const bytes = Buffer.concat([keyId(signer), Buffer.alloc(63)]).toString('base64')
    expect(kindOf(`${origin}\n${size}\n${root}\n\n— ${signer.name} ${bytes}\n`)).toBe('bad-signature')
  })

  it('with two signatures of the key is refused, whichever is right', () => {
    const wrong = forceSign('something else\n').split('\n').at(-2)!
    expect(kindOf(`${note}${signature}\n`)).toBe('ambiguous-signature')
    expect(kindOf(`${note}${wrong}\n`)).toBe('ambiguous-signature')
    expect(kindOf(note.replace(signature, `${wrong}\n${signature}`))).toBe('ambiguous-signature')
  })

  it('is believed beside signatures of keys nobody knows', () => {
    const witness = forceSign(`${origin}\n${size}\n${root}\n`, createTestSigner(3, 'witness.example'))
    const line = witness.split('\n').at(-2)!
    expect(kindOf(`${note}${line}\n`)).toBe('ok')
    expect(kindOf(note + `${line}\n`.repeat(15))).toBe('ok')
    expect(kindOf(note.replace(signature, line))).toBe('unknown-key')
  })

  it('is not signed for another name, an impossible size or half a root', () => {
    for (const change of [{ origin: 'other' }, { size: -1 }, { size: 0.5 }, { root: Buffer.alloc(31) }]) {
      expect(() => signCheckpoint({ checkpoint: { ...checkpoint, ...change }, signer })).toThrow(TypeError)
    }
  })
})
