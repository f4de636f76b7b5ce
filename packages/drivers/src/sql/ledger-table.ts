import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Clock } from '@rumi/kernel/base'
import {
  appendLeaf,
  encodeEntry,
  hashLeaf,
  ledgerEntrySchema,
  sealEntry,
  signCheckpoint,
  treeRoot,
  type LedgerEntry,
  type LedgerSigner,
  type NewLedgerEntry,
  type ReadNode,
} from '@rumi/kernel/ledger'
import type { LedgerRecords } from '@rumi/kernel/state'

/** The ledger in SQL: entries, the hashes of complete subtrees, signed checkpoints. */
export class LedgerTable implements LedgerRecords {
  readonly #clock: Clock
  readonly #signer: LedgerSigner
  readonly #insertEntry: StatementSync
  readonly #insertNode: StatementSync
  readonly #selectNode: StatementSync
  readonly #selectEntries: StatementSync
  readonly #selectNodes: StatementSync
  readonly #selectFloors: StatementSync
  readonly #selectLatest: StatementSync
  readonly #selectSize: StatementSync
  readonly #putCheckpoint: StatementSync
  /** The newest node of each level: all that an append needs. */
  #frontier = new Map<number, { readonly index: number; readonly hash: Uint8Array }>()
  #size: number
  /** What `listFloors` has read, and what was added since. */
  #floors: LedgerEntry[] | undefined

  constructor(database: DatabaseSync, clock: Clock, signer: LedgerSigner) {
    this.#clock = clock
    this.#signer = signer
    this.#insertEntry = database.prepare('INSERT INTO ledger_entry (seq, entry) VALUES (?, ?)')
    this.#insertNode = database.prepare('INSERT INTO ledger_node (place, hash) VALUES (?, ?)')
    this.#selectNode = database.prepare('SELECT hash FROM ledger_node WHERE place = ?')
    this.#selectNodes = database.prepare(
      'SELECT node.hash FROM json_each(?) AS wanted JOIN ledger_node AS node ON node.place = wanted.value ORDER BY wanted.key',
    )
    this.#selectEntries = database.prepare('SELECT entry FROM ledger_entry WHERE seq >= ? ORDER BY seq LIMIT ?')
    // All entries are read, once at the start. An index could be made to leave one out, and no proof covers an index.
    this.#selectFloors = database.prepare(
      `SELECT entry FROM ledger_entry NOT INDEXED WHERE entry GLOB '*"kind":"grant.*' OR entry GLOB '*"kind":"secret.*' ORDER BY seq`,
    )
    this.#selectLatest = database.prepare(
      `SELECT entry FROM ledger_entry WHERE json_extract(entry, '$.kind') = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
    )
    this.#selectSize = database.prepare('SELECT coalesce(max(seq) + 1, 0) AS size FROM ledger_entry')
    this.#putCheckpoint = database.prepare('INSERT OR REPLACE INTO ledger_checkpoint (size, note) VALUES (?, ?)')
    this.#size = this.#readSize()
  }

  size(): number {
    return this.#size
  }

  entries(from: number, limit: number): readonly LedgerEntry[] {
    return this.#selectEntries.all(from, limit).map((row) => ledgerEntrySchema.parse(JSON.parse(String(row['entry']))))
  }

  latest(
    kinds: readonly string[],
    { limit, before = Number.MAX_SAFE_INTEGER }: { readonly limit: number; readonly before?: number },
  ): readonly LedgerEntry[] {
    return kinds
      .flatMap((kind) => this.#selectLatest.all(kind, before, limit))
      .map((row) => ledgerEntrySchema.parse(JSON.parse(String(row['entry']))))
      .toSorted((a, b) => b.seq - a.seq)
      .slice(0, limit)
  }

  listFloors(): readonly LedgerEntry[] {
    this.#floors ??= this.#readFloors()
    return this.#floors
  }

  #readFloors(): LedgerEntry[] {
    return this.#selectFloors
      .all()
      .map((row) => ledgerEntrySchema.parse(JSON.parse(String(row['entry']))))
      .filter(({ kind }) => isFloor(kind))
  }

  /** Entries as the canonical text that was hashed, for an export. */
  lines(from: number, limit: number): readonly string[] {
    return this.#selectEntries.all(from, limit).map((row) => String(row['entry']))
  }

  /** The hashes of leaves, for an export: `count` of them, which must all be there. */
  leaves(from: number, count: number): readonly Uint8Array[] {
    const places = Array.from({ length: count }, (_, offset) => nodePlace(0, from + offset))
    const rows = this.#selectNodes.all(JSON.stringify(places))
    const leaves = rows.flatMap(({ hash }) => (hash instanceof Uint8Array ? [hash] : []))
    if (leaves.length !== count) throw new Error(`the ledger lacks a leaf from ${from} on`)
    return leaves
  }

  /** Adds a leaf, inside the caller's transaction. */
  append(entry: NewLedgerEntry): void {
    const seq = this.#size
    const sealed = sealEntry({ entry, seq, at: this.#clock.now() })
    const text = encodeEntry(sealed)
    if (isFloor(sealed.kind)) this.#floors?.push(sealed)
    this.#insertEntry.run(seq, text)
    for (const node of appendLeaf({ size: seq, leaf: hashLeaf(text), readNode: this.readNode })) {
      this.#insertNode.run(nodePlace(node.level, node.index), node.hash)
      this.#frontier.set(node.level, { index: node.index, hash: node.hash })
    }
    this.#size = seq + 1
  }

  /** Forgets what an undone transaction had added. */
  reload(): void {
    this.#floors = undefined
    this.#frontier = new Map()
    this.#size = this.#readSize()
  }

  /** Signs the tree as it is now, inside the caller's transaction, and keeps the note. */
  checkpoint(): string {
    const root = treeRoot(this.#size, this.readNode)
    const note = signCheckpoint({
      checkpoint: { origin: this.#signer.name, size: this.#size, root },
      signer: this.#signer,
    })
    this.#putCheckpoint.run(this.#size, note)
    return note
  }

  readonly readNode: ReadNode = (level, index) => {
    const known = this.#frontier.get(level)
    if (known?.index === index) return known.hash
    const hash = this.#selectNode.get(nodePlace(level, index))?.['hash']
    if (!(hash instanceof Uint8Array)) throw new Error(`the ledger lacks the node ${level}/${index}`)
    return hash
  }

  #readSize(): number {
    return Number(this.#selectSize.get()?.['size'] ?? 0)
  }
}

/** Entries that remember an epoch or a version. */
function isFloor(kind: string): boolean {
  return kind.startsWith('grant.') || kind.startsWith('secret.')
}

/**
 * Where a node stands when nodes are stored in the order in which they are completed, each leaf followed by the
 * subtrees that it completes. Appending then only ever writes at the end of the table.
 */
function nodePlace(level: number, index: number): number {
  const lastLeaf = (index + 1) * 2 ** level - 1
  return 2 * lastLeaf - countOnes(lastLeaf) + level
}

function countOnes(value: number): number {
  let ones = 0
  for (let rest = value; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2
  return ones
}
