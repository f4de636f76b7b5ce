import { z } from 'zod'
import type { Collection, Random } from '@rumi/kernel/base'
import type { StateStore, StateWriter } from '@rumi/kernel/state'
import { contentHashSchema, type DataFolder, type FileChange } from '@rumi/skills/base'

const intentSchema = z
  .strictObject({
    changes: z.array(
      z.strictObject({
        path: z.string(),
        /** The content to write; null: the file goes. */
        content: contentHashSchema.nullable(),
        isExecutable: z.boolean(),
      }),
    ),
  })
  .readonly()
type Intent = z.infer<typeof intentSchema>

/** Changes of files that are decided and not yet known to be done. */
const intentCollection: Collection<Intent> = { name: 'kairos.intent', schema: intentSchema }

/** Decides inside of a write. */
export type Decide<Value> = (writer: StateWriter) => {
  readonly value: Value
  readonly changes: readonly FileChange[]
}

/**
 * Files follow the state. What is decided is written down together with its ledger entry and the bytes; then the files
 * are changed, which can be done again after a crash. So a file is never ahead of its record, and never lost behind it.
 */
export class FileJournal {
  readonly #state: StateStore
  readonly #folder: DataFolder
  readonly #random: Random
  /** A change was decided and its files could not be written. */
  #isBehind = false
  /** Changes one after another: their files must come in the order of their records. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(ports: { readonly state: StateStore; readonly folder: DataFolder; readonly random: Random }) {
    this.#state = ports.state
    this.#folder = ports.folder
    this.#random = ports.random
  }

  /** Finishes what a process that ended had decided. Throws when the record cannot be read: the files are unknown then. */
  async recover(): Promise<void> {
    this.#isBehind = true
    const left = this.#state.read((reader) => reader.documents.list(intentCollection))
    for (const { id, record } of left) {
      if (record === 'unreadable') throw new Error('a change of files was decided and cannot be read')
      await this.#perform(id, record)
    }
    this.#isBehind = false
  }

  /**
   * Decides and performs. `decide` runs inside the write and gives the changes with its value; when it throws nothing
   * happens. Resolves once record and files are durable.
   */
  async commit<Value>(decide: Decide<Value>): Promise<Value> {
    const done = this.#last.then(async () => this.#commit(decide))
    // Only the order of what follows hangs on this one: who waits for `done` gets its error.
    this.#last = done.catch(() => undefined)
    return done
  }

  async #commit<Value>(decide: Decide<Value>): Promise<Value> {
    // What was decided before comes first: done later, it would undo what is decided now.
    if (this.#isBehind) await this.recover()
    const id = Buffer.from(this.#random.bytes(12)).toString('hex')
    const { value, intent } = await this.#state.write((writer) => {
      const decided = decide(writer)
      const changes = decided.changes.map((change) => keep(writer, change))
      if (changes.length > 0) writer.putDocument(intentCollection, id, { changes })
      return { value: decided.value, intent: { changes } }
    })
    if (intent.changes.length === 0) return value
    this.#isBehind = true
    await this.#perform(id, intent)
    this.#isBehind = false
    return value
  }

  async #perform(id: string, { changes }: Intent): Promise<void> {
    this.#folder.apply(changes.map((change) => this.#load(change)))
    await this.#state.write((writer) => writer.removeDocument(intentCollection, id))
  }

  #load({ path, content, isExecutable }: Intent['changes'][number]): FileChange {
    if (content === null) return { kind: 'remove', path }
    const bytes = this.#state.read((reader) => reader.blobs.find(content))
    if (!(bytes instanceof Uint8Array)) throw new Error(`the content of ${path} is lost`)
    return { kind: 'write', path, bytes, isExecutable }
  }
}

function keep(writer: StateWriter, change: FileChange): Intent['changes'][number] {
  if (change.kind === 'remove') return { path: change.path, content: null, isExecutable: false }
  return { path: change.path, content: writer.putBlob(change.bytes), isExecutable: change.isExecutable }
}
