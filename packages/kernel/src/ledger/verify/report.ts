import type { LineFault } from './read-line.ts'

/**
 * What is wrong with the line where an entry should be: what `LineFault` says; `wrong-seq` is the entry of another
 * place (lines were lost, moved, repeated or put in); `changed` does not have the leaf hash of the ledger; `missing`
 * and `unexpected` are too few and too many lines; `no-leaves` is a line of leaf hashes that is unreadable or out of place.
 */
export type EntryFault = LineFault | 'wrong-seq' | 'changed' | 'missing' | 'unexpected' | 'no-leaves'

/** The first entry, counted from 0, at which the file is not the ledger that was signed. */
export interface FirstBad {
  readonly seq: number
  readonly reason: EntryFault
}

/**
 * What is wrong with an export as a whole:
 * - `header`, `checkpoint`: the line is unreadable, of another ledger or not signed by the key;
 * - `entry`: see `firstBad`;
 * - `incomplete`, `trailing-data`: the file ends before, or goes on after, the checkpoint;
 * - `size-mismatch`, `root-mismatch`: the leaves are not the ones that were signed (rewritten with fresh hashes);
 * - `trusted-checkpoint`: the earlier checkpoint handed in is not signed by the key;
 * - `history-rewritten`: the signed ledger does not begin with the one the earlier checkpoint vouches for;
 * - `truncated`: it has fewer entries than that.
 */
export type LedgerProblemKind =
  | 'header'
  | 'entry'
  | 'incomplete'
  | 'trailing-data'
  | 'checkpoint'
  | 'size-mismatch'
  | 'root-mismatch'
  | 'trusted-checkpoint'
  | 'history-rewritten'
  | 'truncated'

/** One finding; the message is one English sentence without any text from the file. */
export interface LedgerProblem {
  readonly kind: LedgerProblemKind
  readonly message: string
}

/** What an offline check of an export found. */
export interface LedgerReport {
  /** True only if every check passed: `problems` is empty. */
  readonly ok: boolean
  /** Number of leaves in the file. */
  readonly size: number
  /** The root over them, 64 hex digits. When `ok`, recomputed from the entries and equal to the signed one. */
  readonly root: string
  readonly firstBad?: FirstBad
  readonly problems: readonly LedgerProblem[]
}
