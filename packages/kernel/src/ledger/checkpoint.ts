import { err, ok, type Result } from '../base/index.ts'
import { isTreeSize } from './merkle.ts'
import type { LedgerSigner } from './signer.ts'
import { decodeBase64, isKeyName, isSignedBy, keyId, type VerifierKey } from './verifier-key.ts'

/** The head of a ledger: its first `size` entries have this root. (C2SP tlog-checkpoint) */
export interface Checkpoint {
  /** Names the ledger; always the name of the key that signs it. */
  readonly origin: string
  /** Number of leaves, 0 to 2^53 - 1. */
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}

/**
 * Why a text is no checkpoint of this ledger: `malformed` is not exactly the format; `wrong-origin` speaks of another
 * ledger; `unknown-key` has no signature by the key expected; `ambiguous-signature` has several by it;
 * `bad-signature` was altered or forged.
 */
export interface CheckpointProblem {
  readonly kind: 'malformed' | 'wrong-origin' | 'unknown-key' | 'ambiguous-signature' | 'bad-signature'
}

/**
 * The signed note for a checkpoint: origin, size and root on a line each, an empty line, the signature line.
 * Throws a `TypeError` when the origin is not the signer's name: one key must not vouch for two ledgers.
 */
export function signCheckpoint(note: { readonly checkpoint: Checkpoint; readonly signer: LedgerSigner }): string {
  const { checkpoint, signer } = note
  if (checkpoint.origin !== signer.name) throw new TypeError('the origin of a checkpoint is the name of its signer')
  if (!isTreeSize(checkpoint.size) || checkpoint.root.length !== 32) throw new TypeError('this is not a tree head')
  const body = formatBody(checkpoint)
  const signature = Buffer.concat([keyId(signer), signer.sign(Buffer.from(body))])
  return `${body}\n— ${signer.name} ${signature.toString('base64')}\n`
}

/**
 * Reads a checkpoint and believes it only when the key signed it. Lines of other keys (witnesses) are passed over, as
 * C2SP signed-note §Signatures demands, up to 16 signatures in all; anything else that differs from what
 * `signCheckpoint` writes is refused, extension lines included.
 *
 * @public
 */
export function verifyCheckpoint(text: string, verifierKey: VerifierKey): Result<Checkpoint, CheckpointProblem> {
  const note = splitNote(text)
  const checkpoint = note && parseBody(note.body)
  if (note === undefined || checkpoint === undefined) return err({ kind: 'malformed' })
  if (checkpoint.origin !== verifierKey.name) return err({ kind: 'wrong-origin' })
  const id = keyId(verifierKey)
  const own = note.signatures.filter(({ name, bytes }) => name === verifierKey.name && bytes.subarray(0, 4).equals(id))
  const [signature] = own
  if (signature === undefined) return err({ kind: 'unknown-key' })
  if (own.length > 1) return err({ kind: 'ambiguous-signature' })
  if (!isSignedBy(verifierKey, formatBody(checkpoint), signature.bytes.subarray(4)))
    return err({ kind: 'bad-signature' })
  return ok(checkpoint)
}

/** Ample for 16 signatures of 64 bytes with long names. */
const NOTE_LENGTH = 16_384
const MOST_SIGNATURES = 16

interface NoteSignature {
  readonly name: string
  /** Key id (4 bytes) and signature. */
  readonly bytes: Buffer
}

interface SplitNote {
  readonly body: readonly string[]
  readonly signatures: readonly NoteSignature[]
}

function formatBody({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
}

/** Takes the note apart: three lines, an empty one, 1 to 16 signatures, and a line end after the last. */
function splitNote(text: string): SplitNote | undefined {
  if (text.length > NOTE_LENGTH) return undefined
  const lines = text.split('\n')
  const signatures = lines.slice(4, -1).map(parseSignature)
  if (lines[3] !== '' || lines.at(-1) !== '' || lines.length < 6) return undefined
  if (signatures.length > MOST_SIGNATURES) return undefined
  const read = signatures.filter((signature) => signature !== undefined)
  return read.length === signatures.length ? { body: lines.slice(0, 3), signatures: read } : undefined
}

function parseSignature(line: string): NoteSignature | undefined {
  const [, name = '', base64 = ''] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? []
  const bytes = decodeBase64(base64)
  return isKeyName(name) && bytes !== undefined && bytes.length > 4 ? { name, bytes } : undefined
}

/** The three lines as a checkpoint, each in the only form it can be written. */
function parseBody([origin = '', digits = '', base64 = '']: readonly string[]): Checkpoint | undefined {
  const size = /^(0|[1-9][0-9]{0,15})$/.test(digits) ? Number(digits) : undefined
  const root = decodeBase64(base64)
  if (!isKeyName(origin) || !isTreeSize(size) || root?.length !== 32) return undefined
  return { origin, size, root }
}
