import { createPrivateKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createLedgerSigner, formatVerifierKey, generateLedgerKey, signCheckpoint } from '@rumi/kernel/ledger'
import { findCheckpoint, findKey } from './checkpoint-text.ts'

const signer = createLedgerSigner('rumi-test', createPrivateKey(generateLedgerKey().privateKeyPem))
const checkpoint = signCheckpoint({ checkpoint: { origin: 'rumi-test', size: 7, root: Buffer.alloc(32, 1) }, signer })
const key = formatVerifierKey(signer)

/** What `rumi ledger head` gives: alone, on one stream with the key, and as JSON of the command line and of HTTP. */
const head = { size: 7, checkpoint, verifier_key: key }
const printed: readonly (readonly [string, string])[] = [
  ['with the key behind it', `${checkpoint}Verifier key: ${key}\n`],
  ['with the key before it', `Verifier key: ${key}\n${checkpoint}`],
  ['in Japanese, with the line ends of another system', `${checkpoint}検証鍵: ${key}\n`.replaceAll('\n', '\r\n')],
  ['as JSON', JSON.stringify(head, undefined, 2)],
  ['as JSON over HTTP', JSON.stringify({ success: true, data: head })],
]

describe('what `rumi ledger head` printed', () => {
  it.each(printed)('gives the checkpoint, byte for byte, and the key (%s)', (_name, text) => {
    expect(findCheckpoint(text)).toBe(checkpoint)
    expect(findKey(text)?.name).toBe('rumi-test')
  })

  it('gives the one that is there when it is alone', () => {
    expect([findCheckpoint(checkpoint), findKey(checkpoint)]).toEqual([checkpoint, undefined])
    expect([findCheckpoint(checkpoint.trimEnd()), findCheckpoint(key), findKey(`${key}\n`)?.name]).toEqual([
      ...[checkpoint, undefined, 'rumi-test'],
    ])
  })

  it('keeps a changed one, so that the verification finds it', () => {
    const changed = checkpoint.replace('\n7\n', '\n8\n')
    expect(findCheckpoint(changed)).toBe(changed)
  })

  it.each(['', 'hello', '{', '{}', '{"checkpoint":"x","verifier_key":"y"}', checkpoint.split('\n\n', 1)[0] ?? ''])(
    'is told from anything else: %j',
    (text) => {
      expect([findCheckpoint(text), findKey(text)]).toEqual([undefined, undefined])
    },
  )
})
