import { err, ok, type Clock, type JsonObject, type Outcome, type Problem } from '@rumi/kernel/base'
import type { StateWriter } from '@rumi/kernel/state'
import type { DataFolder } from '@rumi/skills/base'
import {
  listDocuments,
  planArchive,
  planCreate,
  planDelete,
  planPromote,
  planSave,
  planUnarchive,
  planUpdate,
  readDocument,
  readDocumentFile,
  type ArchiveWish,
  type DocumentContent,
  type DocumentId,
  type DocumentLayer,
  type DocumentPlan,
  type DocumentSummary,
  type DocumentWish,
  type Promotion,
  type PromotionWish,
  type SkillDraft,
  type ScanOptions,
} from '@rumi/skills/document'
import type { RecordMode } from '@rumi/skills/governance'
import type { PendingChange } from '@rumi/skills/state-commit'
import type { FileJournal } from './file-journal.ts'
import type { LawLibrary } from './law-library.ts'
import { notePending } from './pending-changes.ts'

/** Who changes a document, and why. */
export interface Changing {
  readonly by: string
  readonly reason: string
}

interface Ports {
  readonly folder: DataFolder
  readonly clock: Clock
  readonly journal: FileJournal
  readonly law: LawLibrary
  /** Tried after each change. */
  readonly settle: () => Promise<unknown>
}

/** Documents of L1 and L2. Files are read as they are; what changes through here is on the ledger as the policy says. */
export class DocumentLibrary {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  list(layer: DocumentLayer, options: ScanOptions = {}): ReturnType<typeof listDocuments> {
    return listDocuments(this.#ports.folder, layer, options)
  }

  /** Sessions of L2 with the number of their documents. */
  listSessions(): readonly { readonly session: string; readonly documents: readonly DocumentSummary[] }[] {
    const sessions = Map.groupBy(this.list('L2').documents, ({ session }) => session ?? '')
    return [...sessions].map(([session, documents]) => ({ session, documents }))
  }

  read(id: DocumentId): Outcome<DocumentContent> {
    return readDocument(this.#ports.folder, id)
  }

  readFile(id: DocumentId, path: string): Outcome<Uint8Array> {
    return readDocumentFile(this.#ports.folder, id, path)
  }

  async create(wish: DocumentWish, changing: Changing): Promise<Outcome<DocumentPlan>> {
    return this.change(changing, (folder) => planCreate(folder, wish))
  }

  async update(wish: DocumentWish, changing: Changing): Promise<Outcome<DocumentPlan>> {
    return this.change(changing, (folder) => planUpdate(folder, wish))
  }

  async save(wish: DocumentWish, changing: Changing): Promise<Outcome<DocumentPlan>> {
    return this.change(changing, (folder) => planSave(folder, wish))
  }

  async delete(id: DocumentId, changing: Changing): Promise<Outcome<DocumentPlan>> {
    return this.change(changing, (folder) => planDelete(folder, id))
  }

  async archive(wish: Omit<ArchiveWish, 'at' | 'reason'>, changing: Changing): Promise<Outcome<DocumentPlan>> {
    const at = this.#ports.clock.now()
    return this.change(changing, (folder) => planArchive(folder, { ...wish, reason: changing.reason, at }))
  }

  async unarchive(name: string, changing: Changing): Promise<Outcome<DocumentPlan>> {
    return this.change(changing, (folder) => planUnarchive(folder, name))
  }

  /** A document of a session becomes knowledge; knowledge becomes the draft of a skill, and nothing of L0 changes. */
  async promote(wish: PromotionWish, changing: Changing): Promise<Outcome<Promotion>> {
    let draft: SkillDraft | undefined
    const reason = `Promotion: ${changing.reason}`
    const planned = await this.change<DocumentPlan | undefined>(
      { ...changing, reason },
      (folder) => {
        const promotion = planPromote(folder, wish)
        if (!promotion.ok) return promotion
        if (promotion.value.kind === 'document') return ok(promotion.value.plan)
        draft = promotion.value.draft
        return ok(undefined)
      },
      'promote',
    )
    if (!planned.ok) return planned
    if (planned.value !== undefined) return ok({ kind: 'document', plan: planned.value })
    return draft === undefined ? err(noDraft) : ok({ kind: 'draft', draft })
  }

  /** Plans and performs, with nothing in between: a plan is about files that nobody else changes meanwhile. */
  async change<Planned extends DocumentPlan | undefined>(
    changing: Changing,
    plan: (folder: DataFolder) => Outcome<Planned>,
    pendingAction?: PendingChange['action'],
  ): Promise<Outcome<Planned>> {
    const recording = { L1: await this.#recordingOf('L1'), L2: await this.#recordingOf('L2') }
    const done = await this.#ports.journal.commit<Outcome<Planned>>((writer) => {
      const planned = plan(this.#ports.folder)
      if (!planned.ok || planned.value === undefined) return { value: planned, changes: [] }
      this.#write(writer, { plan: planned.value, changing, recording, pendingAction })
      return { value: planned, changes: planned.value.changes }
    })
    if (done.ok) await this.#ports.settle()
    return done
  }

  #write(
    writer: StateWriter,
    given: {
      readonly plan: DocumentPlan
      readonly changing: Changing
      readonly recording: Readonly<Record<DocumentLayer, RecordMode>>
      readonly pendingAction: PendingChange['action'] | undefined
    },
  ): void {
    const { plan, changing, recording, pendingAction } = given
    const { id, action } = plan
    const mode = recording[id.layer]
    const at = this.#ports.clock.now()
    for (const file of plan.before) writer.putBlob(file.bytes) // what is overwritten or removed is kept by its content
    if (mode !== 'none') record(writer, { plan, ...changing, mode })
    notePending(writer, [{ layer: id.layer, action: pendingAction ?? action, subject: nameOf(id), at }])
  }

  /** What the policy of L0 says about a layer; without one everything is recorded. */
  async #recordingOf(layer: DocumentLayer): Promise<RecordMode> {
    const law = await this.#ports.law.current()
    return law.ok ? law.value.policy.recording[layer] : 'full'
  }
}

function nameOf({ session, name }: DocumentId): string {
  return session === null ? name : `${session}/${name}`
}

function record(
  writer: StateWriter,
  { plan, by, reason, mode }: { plan: DocumentPlan; by: string; reason: string; mode: RecordMode },
): void {
  const { id, action, prevHash, nextHash, changes } = plan
  const paths = mode === 'full' ? { files: changes.map(({ kind, path }) => ({ kind, path })) } : {}
  const data: JsonObject = {
    ...{ layer: id.layer, knowledge_id: nameOf(id), action, prev_hash: prevHash, next_hash: nextHash, reason },
    ...paths,
  }
  writer.append({ kind: 'kairos.knowledge', actor: by, subject: nameOf(id), data })
}

const noDraft: Problem = { code: 'promotion.transition', status: 422, message: 'There is nothing to promote.' }
