import { z } from 'zod'
import {
  err,
  ok,
  sha256Hex,
  type Clock,
  type Collection,
  type JsonValue,
  type Outcome,
  type Problem,
} from '@rumi/kernel/base'
import type { LedgerEntry } from '@rumi/kernel/ledger'
import type { StateStore } from '@rumi/kernel/state'
import {
  appendBlocks,
  chainHead,
  chainRecordMembers,
  describeBlock,
  findHeadFault,
  printChain,
  projectEntry,
  readChainText,
  type ChainBlock,
  type ChainFault,
  type ChainReading,
} from '@rumi/skills/chain'
import { contentHashSchema } from '@rumi/skills/base'

/** What files say that hold a chain of the older system. Reading changes nothing of them. */
export interface ChainFiles {
  /** A file of blocks, or a database with a table of them, by what it is. */
  read(path: string): { readonly state: 'absent' } | ChainReading
  /** Writes a file that is not there yet. Refusals: `exists`, `relative`, or what the system said. */
  write(
    path: string,
    blocks: readonly ChainBlock[],
  ): { readonly ok: true } | { readonly ok: false; readonly reason: string }
}

const importedSchema = z
  .strictObject({
    length: z.int().min(1),
    /** The hash of its last block. */
    head: contentHashSchema,
    /** The blocks as text. */
    content: contentHashSchema,
    importedAt: z.int().min(0),
  })
  .readonly()
/** The chain that came from the older system. Its head is on the ledger, so that it cannot become shorter. */
type ImportedChain = z.infer<typeof importedSchema>
const importedCollection: Collection<ImportedChain> = { name: 'kairos.chain', schema: importedSchema }
const importedId = 'imported'

/** Kinds of entries that make up the record of the skills, and their names in a history. */
export const recordKinds = {
  'kairos.skill-change': 'skill_transition',
  'kairos.knowledge': 'knowledge_update',
  'kairos.state-commit': 'state_commit',
  'kairos.formalization': 'formalization_decision',
  'kairos.skillset': 'skillset_event',
  'kairos.upgrade': 'system_upgrade',
  'kairos.record': 'record',
  'kairos.init': 'init',
  'kairos.propose': 'proposal',
  'kairos.approve': 'approval',
  'kairos.reject': 'rejection',
  'kairos.files': 'files',
  'kairos.session': 'session',
  'kairos.chain-import': 'chain_import',
  'kairos.behavior': 'behavior',
} as const
export type RecordType = (typeof recordKinds)[keyof typeof recordKinds]

/** One line of the history. */
export interface HistoryLine {
  readonly type: string
  /** `ledger`: an entry of this home; `imported`: a block of the older chain. */
  readonly origin: 'ledger' | 'imported'
  readonly index: number
  readonly at: string
  readonly by: string | null
  readonly subject: string | null
  readonly data: JsonValue
}

interface Ports {
  readonly state: StateStore
  readonly clock: Clock
  readonly files: ChainFiles
}

/** The record of what happened to skills: entries of the ledger, and the chain that an older system had written before. */
export class ChainBook {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /**
   * Takes over a chain. Every fault of it is said and nothing is taken; a chain that is there and cannot be read is never
   * taken for none. Problems: `chain.absent` 404, `chain.corrupt` 422, `chain.other` 409.
   */
  async takeOver(path: string, by: string): Promise<Outcome<ImportedChain>> {
    const reading = this.#ports.files.read(path)
    if (reading.state === 'absent') return err(absent(path))
    if (reading.state !== 'readable') return err(faulty(reading.state, reading.faults))
    const head = chainHead(reading.blocks)
    if (head === undefined) return err(faulty('empty', []))
    const own = this.#build()
    if (!own.ok) return own
    const isKnown = findHeadFault(own.value, head) === undefined
    const bytes = Buffer.from(printChain(reading.blocks))
    const imported = {
      length: head.length,
      head: head.hash,
      content: sha256Hex(bytes),
      importedAt: this.#ports.clock.now(),
    }
    return this.#ports.state.write((writer): Outcome<ImportedChain> => {
      const before = writer.documents.find(importedCollection, importedId)
      if (before === 'unreadable') return err(lost)
      const fault = before && findHeadFault(reading.blocks, { length: before.length, hash: before.head })
      if (fault) return err(other(fault))
      if (isKnown) return err(known)
      writer.putBlob(bytes)
      writer.putDocument(importedCollection, importedId, imported)
      const data = { length: head.length, head: head.hash, content: imported.content }
      writer.append({ kind: 'kairos.chain-import', actor: by, subject: head.hash, data })
      return ok(imported)
    })
  }

  /** The imported chain; undefined: there is none. */
  imported(): Outcome<ImportedChain | undefined> {
    const kept = this.#ports.state.read((reader) => reader.documents.find(importedCollection, importedId))
    return kept === 'unreadable' ? err(lost) : ok(kept)
  }

  /** The imported blocks, checked from the first to the last and against the head on record. */
  verifyImported(): Outcome<{ readonly blocks: readonly ChainBlock[]; readonly faults: readonly ChainFault[] }> {
    const kept = this.imported()
    if (!kept.ok) return kept
    if (kept.value === undefined) return ok({ blocks: [], faults: [] })
    const { content, length, head } = kept.value
    const bytes = this.#ports.state.read((reader) => reader.blobs.find(content))
    if (!(bytes instanceof Uint8Array)) return err(lost)
    const reading = readChainText(bytes)
    if (reading.state !== 'readable') return ok({ blocks: [], faults: reading.faults })
    const fault = findHeadFault(reading.blocks, { length, hash: head })
    return ok({ blocks: reading.blocks, faults: fault === undefined ? [] : [fault] })
  }

  /** Puts texts on the record, under a kind of their own: nothing in them can look like a record of the system. */
  async record(logs: readonly string[], by: string): Promise<void> {
    await this.#ports.state.write((writer) =>
      writer.append({ kind: 'kairos.record', actor: by, subject: 'record', data: { logs } }),
    )
  }

  /** Newest first; entries of the ledger, then imported blocks. */
  history(page: { readonly limit: number; readonly type: string | undefined }): Outcome<readonly HistoryLine[]> {
    const { limit, type } = page
    const kinds = Object.entries(recordKinds).flatMap(([kind, name]) =>
      type === undefined || type === name ? [kind] : [],
    )
    const entries = this.#ports.state.read((reader) => reader.ledger.latest(kinds, { limit }))
    const lines = entries.map(presentEntry)
    if (lines.length >= limit) return ok(lines)
    const imported = this.verifyImported()
    if (!imported.ok) return imported
    const blocks = imported.value.blocks.toReversed().flatMap((block) => {
      const line = presentBlock(block)
      return type === undefined || line.type === type ? [line] : []
    })
    return ok([...lines, ...blocks].slice(0, limit))
  }

  /**
   * Writes all of it as a file of the older system: its own blocks unchanged, and a block for each entry since.
   * Problems: `chain.corrupt` 422, `chain.file` 409.
   */
  export(path: string): Outcome<{ readonly blocks: number; readonly head: string }> {
    const blocks = this.#build()
    if (!blocks.ok) return blocks
    const head = chainHead(blocks.value)
    const written = this.#ports.files.write(path, blocks.value)
    if (!written.ok) return err(unwritten(path, written.reason))
    return ok({ blocks: blocks.value.length, head: head?.hash ?? '' })
  }

  /** The imported blocks, and one for each entry since. */
  #build(): Outcome<readonly ChainBlock[]> {
    const imported = this.verifyImported()
    if (!imported.ok) return imported
    const { blocks, faults } = imported.value
    if (faults.length > 0) return err(faulty('corrupt', faults))
    return ok(
      appendBlocks(
        blocks,
        this.#listEntries().flatMap((entry) => projectEntry(entry) ?? []),
      ),
    )
  }

  #listEntries(): readonly LedgerEntry[] {
    const kinds = Object.keys(chainRecordMembers)
    const all = { limit: Number.MAX_SAFE_INTEGER }
    return this.#ports.state.read((reader) => reader.ledger.latest(kinds, all)).toReversed()
  }
}

function presentEntry({ kind, seq, at, actor, subject, data }: LedgerEntry): HistoryLine {
  const type = new Map<string, string>(Object.entries(recordKinds)).get(kind) ?? kind
  return { type, origin: 'ledger', index: seq, at, by: actor, subject, data }
}

function presentBlock(block: ChainBlock): HistoryLine {
  const { kind, records } = describeBlock(block)
  const data = records.map(({ members, text }) => members ?? text)
  return { type: kind, origin: 'imported', index: block.index, at: block.timestamp, by: null, subject: null, data }
}

function absent(path: string): Problem {
  return {
    code: 'chain.absent',
    status: 404,
    message: `There is no file ${path}.`,
    hint: 'Give the path of blockchain.json or kairos.db.',
  }
}

function faulty(state: string, faults: readonly ChainFault[]): Problem {
  const lines = faults
    .slice(0, 10)
    .map(({ index, message }) => (index === undefined ? message : `block ${index}: ${message}`))
  return {
    code: 'chain.corrupt',
    status: 422,
    message: [`The chain is ${state}; nothing was taken from it.`, ...lines].join('\n'),
    hint: 'Restore the file from a backup; it is not changed.',
  }
}

function other({ message }: ChainFault): Problem {
  return {
    code: 'chain.other',
    status: 409,
    message: `Another chain was imported before, and this one does not continue it: ${message}.`,
    hint: 'rumi chain status',
  }
}

const known: Problem = {
  code: 'chain.known',
  status: 409,
  message: 'Everything in this chain is on the record of this home already.',
  hint: 'rumi chain status',
}

const lost: Problem = {
  code: 'chain.lost',
  status: 500,
  message: 'The imported chain is on the ledger and cannot be read.',
  hint: 'Restore user_data/rumi.db from a backup.',
}

function unwritten(path: string, reason: string): Problem {
  return {
    code: 'chain.file',
    status: 409,
    message: `${path} was not written: ${reason}.`,
    hint: 'Give the path of a new file.',
  }
}
