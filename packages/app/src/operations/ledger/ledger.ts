import { z } from 'zod'
import { err, ok, type Outcome } from '@rumi/kernel/base'
import {
  consistencyProof,
  createExportVerifier,
  EXPORT_BLOCK,
  formatExportHeader,
  formatExportLeaves,
  formatExportTrailer,
  inclusionProof,
  parseVerifierKey,
  type LedgerReport,
} from '@rumi/kernel/ledger'
import { define } from '../define.ts'
import type { LedgerService } from '../services.ts'
import { wholeNumber } from '../whole-number.ts'

const MAX_SEQ = Number.MAX_SAFE_INTEGER

/** The signed head of the ledger, and the key to check it with. */
export const ledgerHead = define({
  name: 'ledger.head',
  summary: 'Signs the ledger as it is now and shows the checkpoint.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/ledger/head' },
  input: z.strictObject({}),
  output: z.object({ size: z.number(), checkpoint: z.string(), verifier_key: z.string() }),
  run: async ({ ledger }) => {
    const checkpoint = await ledger.signHead()
    return ok({ size: Number(checkpoint.split('\n')[1]), checkpoint, verifier_key: ledger.verifierKey })
  },
})

/** Entries, oldest first. */
export const ledgerEntries = define({
  name: 'ledger.entries',
  summary: 'Reads entries of the ledger, oldest first.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/ledger/entries' },
  input: z.strictObject({
    from: wholeNumber(0, MAX_SEQ).default(0),
    limit: wholeNumber(1, 1000).default(100),
  }),
  output: z.object({ size: z.number(), entries: z.array(z.unknown()) }),
  run: async ({ ledger }, { from, limit }) => ok({ size: ledger.size(), entries: [...ledger.entries(from, limit)] }),
})

/** Recomputes the whole tree from the entries and compares it with a fresh signed head. */
export const ledgerVerify = define({
  name: 'ledger.verify',
  summary: 'Recomputes the ledger from its entries and checks it against its signed head.',
  effect: 'read',
  who: 'operator',
  http: { method: 'POST', path: '/api/ledger/verify' },
  input: z.strictObject({
    /** A checkpoint kept from before: history up to it must be the same. */
    trusted: z.string().max(10_000).optional(),
  }),
  output: z.object({
    ok: z.boolean(),
    size: z.number(),
    root: z.string().optional(),
    problems: z.array(z.unknown()),
    first_bad: z.unknown().optional(),
  }),
  run: async ({ ledger }, { trusted }) => {
    const report = await verifyLedger(ledger, trusted)
    return report.ok ? ok(presentReport(report.value)) : report
  },
})

/** Verifies the ledger as an export of it would be verified. Problem: `ledger.key` 500. */
export async function verifyLedger(ledger: LedgerService, trusted?: string): Promise<Outcome<LedgerReport>> {
  const key = parseVerifierKey(ledger.verifierKey)
  if (!key.ok) return err({ code: 'ledger.key', status: 500, message: 'the ledger key cannot be read' })
  const verifier = createExportVerifier(key.value, trusted === undefined ? {} : { trusted })
  for (const line of exportLines(ledger, await ledger.signHead())) verifier.line(line)
  return ok(verifier.finish())
}

/** The whole ledger as a file that anybody can verify. */
export const ledgerExport = define({
  name: 'ledger.export',
  summary: 'Gives the whole ledger, with its signed head, as lines for a file.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/ledger/export' },
  input: z.strictObject({}),
  output: z.object({ size: z.number(), lines: z.array(z.string()) }),
  run: async ({ ledger }) => {
    const checkpoint = await ledger.signHead()
    const lines = [...exportLines(ledger, checkpoint)]
    return ok({ size: Number(checkpoint.split('\n')[1]), lines })
  },
})

/** Proofs for somebody who keeps only a checkpoint. */
export const ledgerProve = define({
  name: 'ledger.prove',
  summary: 'Proves that an entry is in the ledger, or that the ledger only grew since a size.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/ledger/proof' },
  input: z.strictObject({
    /** Inclusion of this entry … */
    seq: wholeNumber(0, MAX_SEQ).optional(),
    /** … or consistency from this size. */
    from: wholeNumber(0, MAX_SEQ).optional(),
    /** In the ledger of this size; its size now when absent. */
    size: wholeNumber(1, MAX_SEQ).optional(),
  }),
  output: z.object({
    kind: z.enum(['inclusion', 'consistency']),
    size: z.number(),
    proof: z.array(z.string()),
    entry: z.string().optional(),
  }),
  run: async ({ ledger }, { seq, from, size: wanted }) => {
    const size = wanted ?? ledger.size()
    const first = seq ?? from
    const limit = seq === undefined ? size : size - 1
    if (first === undefined || size > ledger.size() || first > limit) {
      return err({
        code: 'ledger.range',
        status: 400,
        message: `Name seq (below ${size}) or from (at most ${size}); the ledger has ${ledger.size()} entries.`,
      })
    }
    const { readNode } = ledger
    const encode = (hashes: readonly Uint8Array[]): string[] =>
      hashes.map((hash) => Buffer.from(hash).toString('base64'))
    if (seq !== undefined) {
      const entry = ledger.lines(seq, 1)[0]
      return ok({
        kind: 'inclusion' as const,
        size,
        proof: encode(inclusionProof({ index: seq, size, readNode })),
        ...(entry === undefined ? {} : { entry }),
      })
    }
    return ok({
      kind: 'consistency' as const,
      size,
      proof: encode(consistencyProof({ from: first, to: size, readNode })),
    })
  },
})

/** The lines as they are stored, so that a changed one is found by the verifier and not by us. */
function* exportLines(ledger: LedgerService, checkpoint: string): Generator<string> {
  const [origin = '', sizeText = '0'] = checkpoint.split('\n')
  const size = Number(sizeText)
  yield formatExportHeader({ origin, size })
  for (let from = 0; from < size; from += EXPORT_BLOCK) {
    const count = Math.min(EXPORT_BLOCK, size - from)
    yield formatExportLeaves(ledger.leaves(from, count))
    yield* ledger.lines(from, count)
  }
  yield formatExportTrailer(checkpoint)
}

/** A verifier's report in the form surfaces show. */
export function presentReport(report: LedgerReport): {
  ok: boolean
  size: number
  root?: string
  problems: unknown[]
  first_bad?: unknown
} {
  return {
    ok: report.ok,
    size: report.size,
    ...(report.root === undefined ? {} : { root: report.root }),
    problems: [...report.problems],
    ...(report.firstBad === undefined ? {} : { first_bad: report.firstBad }),
  }
}
