import { verifyCheckpoint, type Checkpoint } from '../checkpoint.ts'
import { ledgerEntrySchema } from '../entry.ts'
import {
  EXPORT_BLOCK,
  exportHeaderSchema,
  exportLeavesSchema,
  exportTrailerSchema,
  type ExportHeader,
} from '../export.ts'
import { hashLeaf } from '../merkle.ts'
import type { VerifierKey } from '../verifier-key.ts'
import { sameHash } from './hash.ts'
import { createLeafFold, type LeafFold } from './leaf-fold.ts'
import { readLine } from './read-line.ts'
import type { EntryFault, FirstBad, LedgerProblem, LedgerProblemKind, LedgerReport } from './report.ts'

/** Checks an export line by line, in memory that does not grow with it (a block of hashes and one per level). */
export interface ExportVerifier {
  /** Takes the next line, without its line end. The caller bounds how long a line it reads. */
  line(text: string): void
  /** The verdict; call it once, after the last line. */
  finish(): LedgerReport
}

/**
 * A verifier for one export. It needs the ledger's public key and nothing else of the ledger's machine.
 *
 * @param options.trusted - A signed note that the caller has from before, kept where the ledger's owner cannot change
 *   it: it reveals a history that the owner rewrote and signed again.
 */
export function createExportVerifier(
  verifierKey: VerifierKey,
  options: { readonly trusted?: string } = {},
): ExportVerifier {
  const state: State = {
    verifierKey,
    phase: 'header',
    leaves: createLeafFold(),
    block: [],
    taken: 0,
    isLastBlock: false,
    problems: [],
  }
  if (options.trusted !== undefined) trust(state, options.trusted)
  return { line: (text) => takeLine(state, text), finish: () => judge(state) }
}

interface State {
  readonly verifierKey: VerifierKey
  /** What comes next; `refused` reads no further. */
  phase: 'header' | 'body' | 'end' | 'refused'
  header?: ExportHeader
  checkpoint?: Checkpoint
  trusted?: Checkpoint
  /** All leaf hashes the file announced. Every entry must match its own, so this is also the tree of the entries. */
  readonly leaves: LeafFold
  /** The hashes of the current block, and how many of its entries came. */
  block: readonly Buffer[]
  taken: number
  isLastBlock: boolean
  firstBad?: FirstBad
  readonly problems: LedgerProblem[]
}

function trust(state: State, note: string): void {
  const trusted = verifyCheckpoint(note, state.verifierKey)
  if (!trusted.ok) return report(state, 'trusted-checkpoint', 'the earlier checkpoint is not signed by this key')
  state.trusted = trusted.value
  compareHistory(state)
}

function takeLine(state: State, text: string): void {
  switch (state.phase) {
    case 'header':
      return takeHeader(state, text)
    case 'body':
      // The keys of canonical JSON are sorted, so each kind of line is known by its beginning.
      if (text.startsWith('{"checkpoint":')) return takeTrailer(state, text)
      if (text.startsWith('{"leaves":')) return takeLeaves(state, text)
      return takeEntry(state, text)
    case 'end':
      state.phase = 'refused'
      return report(state, 'trailing-data', 'there are lines after the checkpoint')
    case 'refused':
  }
}

function takeHeader(state: State, text: string): void {
  const header = readLine(text, exportHeaderSchema)
  state.phase = header.ok ? 'body' : 'refused'
  if (!header.ok) return report(state, 'header', 'the first line is not the header of an export')
  state.header = header.value
  if (header.value.origin !== state.verifierKey.name) {
    report(state, 'header', 'the header names another ledger than the key')
  }
}

function takeLeaves(state: State, text: string): void {
  if (state.taken < state.block.length) markBad(state, nextSeq(state), 'missing')
  const read = readLine(text, exportLeavesSchema)
  if (!read.ok || state.isLastBlock) return markBad(state, state.leaves.size(), 'no-leaves')
  state.block = read.value.leaves.map((hex) => Buffer.from(hex, 'hex'))
  state.taken = 0
  state.isLastBlock = state.block.length < EXPORT_BLOCK
  for (const leaf of state.block) {
    state.leaves.add(leaf)
    compareHistory(state)
  }
}

function takeEntry(state: State, text: string): void {
  if (state.firstBad !== undefined) return // only the first is named; what follows may just be moved
  const seq = nextSeq(state)
  const leaf = state.block[state.taken]
  state.taken += 1
  const fault = leaf === undefined ? 'unexpected' : findEntryFault(text, seq, leaf)
  if (fault !== undefined) markBad(state, seq, fault)
}

function findEntryFault(text: string, seq: number, leaf: Uint8Array): EntryFault | undefined {
  const entry = readLine(text, ledgerEntrySchema)
  if (!entry.ok) return entry.error
  if (entry.value.seq !== seq) return 'wrong-seq'
  return sameHash(hashLeaf(text), leaf) ? undefined : 'changed'
}

function takeTrailer(state: State, text: string): void {
  state.phase = 'end'
  if (state.taken < state.block.length) markBad(state, nextSeq(state), 'missing')
  const read = readLine(text, exportTrailerSchema)
  if (!read.ok) return report(state, 'checkpoint', 'the last line is not a checkpoint')
  const checkpoint = verifyCheckpoint(read.value.checkpoint, state.verifierKey)
  if (!checkpoint.ok) return report(state, 'checkpoint', `the checkpoint is refused: ${checkpoint.error.kind}`)
  state.checkpoint = checkpoint.value
}

/** Compares with the trusted checkpoint at the moment the tree has its size. */
function compareHistory({ trusted, leaves, problems }: State): void {
  if (trusted === undefined || leaves.size() !== trusted.size || sameHash(leaves.root(), trusted.root)) return
  const message = `history was rewritten: the first ${trusted.size} entries are not those of the earlier checkpoint`
  problems.push({ kind: 'history-rewritten', message })
}

function judge(state: State): LedgerReport {
  const { leaves, phase, header, checkpoint, trusted, problems } = state
  const size = leaves.size()
  if (phase === 'header' || phase === 'body') {
    if (state.taken < state.block.length) markBad(state, nextSeq(state), 'missing')
    report(state, 'incomplete', 'the file ends before the checkpoint')
  }
  if (header !== undefined && header.size !== size) {
    report(state, 'size-mismatch', `the header says ${header.size} entries, the file has ${size}`)
  }
  if (checkpoint !== undefined && checkpoint.size !== size) {
    report(state, 'size-mismatch', `${checkpoint.size} entries were signed, the file has ${size}`)
  }
  if (checkpoint !== undefined && !sameHash(checkpoint.root, leaves.root())) {
    report(state, 'root-mismatch', 'the entries are not the ones that were signed')
  }
  if (trusted !== undefined && size < trusted.size) {
    report(state, 'truncated', `the earlier checkpoint vouches for ${trusted.size} entries, the file has ${size}`)
  }
  // Without a verified checkpoint some problem is on the list; asked again, because everything depends on it.
  const isOk = problems.length === 0 && state.firstBad === undefined && checkpoint !== undefined
  const root = Buffer.from(leaves.root()).toString('hex')
  return { ok: isOk, size, root, ...(state.firstBad && { firstBad: state.firstBad }), problems }
}

/** The place of the next entry: those announced, less those of the block that are still to come. */
function nextSeq({ leaves, block, taken }: State): number {
  return leaves.size() - block.length + taken
}

function markBad(state: State, seq: number, reason: EntryFault): void {
  if (state.firstBad !== undefined) return
  state.firstBad = { seq, reason }
  report(state, 'entry', `entry ${seq} is the first bad one: ${reason}`)
}

function report({ problems }: State, kind: LedgerProblemKind, message: string): void {
  problems.push({ kind, message })
}
