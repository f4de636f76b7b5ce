import { err, ok, sha256Hex, type Clock, type Outcome } from '@rumi/kernel/base'
import type { StateReader, StateStore, StateWriter } from '@rumi/kernel/state'
import { skillIdSchema, type FileChange, type SkillId } from '@rumi/skills/base'
import {
  decideApplication,
  lawCollection,
  lawId,
  passesChecks,
  proposalCollection,
  sessionCollection,
  sessionId,
  type Check,
  type PlannedFile,
  type ProposalRecord,
  type SkillTransition,
  type Wish,
} from '@rumi/skills/governance'
import type { ChangeEvaluator, Evaluation } from './change-evaluator.ts'
import { reviewFiles, type FileReview } from './file-review.ts'
import type { FileJournal } from './file-journal.ts'
import type { LawSkill } from './law-files.ts'
import { isStillInForce, type LawLibrary } from './law-library.ts'
import { isLawPath, type LiveRules } from './live-rules.ts'
import { notePending } from './pending-changes.ts'
import {
  badSkillId,
  nothingChanges,
  otherSkill,
  outdated,
  reasonNeeded,
  refusedChange,
  unknownSkill,
} from './problems.ts'
import { findProposal, type ProposalBook } from './proposal-book.ts'
import { recordTransition } from './record-change.ts'

/** What somebody wants of a skill. */
export interface SkillWish {
  /** Null: it goes, and `skillId` says which. */
  readonly source: LawSkill['source'] | null
  readonly skillId?: string
  readonly reason: string
  /** An earlier version that it returns to, by tree hash. */
  readonly returnsTo?: string
}

/** Files that somebody wants to change as a whole. */
export interface FilesWish {
  readonly purpose: 'restore' | 'instructions' | 'upgrade'
  readonly subject: string
  readonly reason: string
  readonly stateRoot?: string
  readonly changes: readonly PlannedFile[]
  /** Contents that are not kept yet. */
  readonly blobs: readonly Uint8Array[]
}

/** A proposal with what it would do, or did. */
export interface Review {
  readonly proposal: ProposalRecord
  readonly transitions: readonly SkillTransition[]
  /** Made against L0 as it is at this moment. */
  readonly checks: readonly Check[]
  /** The files that change, whatever is said of skills: their text is what agents will read. */
  readonly files: readonly FileReview[]
}

/** How a proposal is made. */
export interface Proposing {
  readonly by: string
  /** Everything is checked and nothing is kept. */
  readonly isDryRun: boolean
}

/** Checks whose outcome the operator, or time, can change: they stop an application and no proposal. */
const passingChecks = new Set(['evolution.enabled', 'evolution.limit', 'rules.hold'])

interface Ports {
  readonly state: StateStore
  readonly clock: Clock
  readonly law: LawLibrary
  readonly rules: LiveRules
  readonly journal: FileJournal
  readonly evaluator: ChangeEvaluator
  readonly book: ProposalBook
}

/**
 * Changes of L0, with consent. A proposal is kept with its hash; the operator approves that hash; what is applied is
 * worked out and checked again, and has to come to the same hash.
 */
export class Evolution {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** One proposal, and what it would do to L0 as it is now. */
  async review(id: string): Promise<Outcome<Review>> {
    const found = this.#ports.book.find(id)
    if (!found.ok) return found
    const proposal = found.value
    if (proposal.status === 'applied' || proposal.status === 'rejected')
      return ok({ proposal, transitions: [], checks: proposal.checks, files: [] })
    const evaluation = await this.#ports.evaluator.evaluate(proposal.wish)
    if (evaluation.ok) return ok(this.#present(proposal, evaluation.value))
    const failed: Check = { id: 'change.base', outcome: 'failed', detail: evaluation.error.message }
    return ok({ proposal, transitions: [], checks: [failed], files: [] })
  }

  /** Proposes a change of one skill. Nothing of L0 changes, and no code of it runs. */
  async proposeSkill(wish: SkillWish, proposing: Proposing): Promise<Outcome<Review>> {
    const law = await this.#ports.law.current()
    if (!law.ok) return law
    const read = await this.#readWish(wish)
    if (!read.ok) return read
    const { skillId, skill } = read.value
    const before = law.value.skills.get(skillId)
    if (skill === undefined && before === undefined) return err(unknownSkill(skillId, [...law.value.skills.keys()]))
    const evaluation = await this.#ports.evaluator.evaluateSkill(law.value, skillId, skill)
    if (!evaluation.ok) return evaluation
    const bytes = skill && Buffer.from(skill.source.text)
    const kept: Wish = {
      ...{ kind: 'skill', skillId, base: before?.treeHash ?? null },
      source: skill && bytes ? { language: skill.source.language, content: sha256Hex(bytes) } : null,
      ...(wish.returnsTo === undefined ? {} : { returnsTo: wish.returnsTo }),
    }
    const asked = { wish: kept, subject: skillId, reason: wish.reason, blobs: bytes ? [bytes] : [] }
    return this.#propose(asked, evaluation.value, proposing)
  }

  /** Proposes changes of whole files, such as a state that comes back. */
  async proposeFiles(wish: FilesWish, proposing: Proposing): Promise<Outcome<Review>> {
    const { purpose, subject, reason, stateRoot, changes, blobs } = wish
    if (changes.length === 0) return err(nothingChanges)
    const root = stateRoot === undefined ? {} : { stateRoot }
    const kept = { kind: 'files' as const, purpose, changes: [...changes], ...root }
    const evaluation = await this.#ports.evaluator.evaluateFiles(kept, blobs)
    if (!evaluation.ok) return evaluation
    return this.#propose({ wish: kept, subject, reason, blobs }, evaluation.value, proposing)
  }

  /** Applies a proposal, after every check was made again. Problems: `proposal.*`. */
  async apply(id: string, by: string): Promise<Outcome<Review>> {
    const found = this.#ports.book.find(id)
    if (!found.ok) return found
    const ended = decideApplication(found.value, { at: this.#ports.clock.now(), isApprovalNeeded: false })
    if (ended) return err(ended)
    const evaluation = await this.#ports.evaluator.evaluate(found.value.wish)
    const closed = evaluation.ok ? this.#decide(found.value, evaluation.value) : undefined
    if (closed) return closed
    if (!evaluation.ok) return evaluation
    const { checks, transitions, files } = this.#present(found.value, evaluation.value)
    if (!passesChecks(checks)) return err(refusedChange(checks))
    const applied = await this.#perform(found.value, evaluation.value, by)
    return applied.ok ? ok({ proposal: applied.value, transitions, checks, files }) : applied
  }

  /** How many changes were applied in this session. */
  evolutionCount(): number {
    return this.#ports.state.read(countIn)
  }

  /** Begins a new session, and answers how many changes the last one had. */
  async resetSession(by: string): Promise<number> {
    const { state, clock } = this.#ports
    return state.write((writer) => {
      const count = countIn(writer)
      writer.putDocument(sessionCollection, sessionId, { count: 0, since: clock.now() })
      writer.append({ kind: 'kairos.session', actor: by, subject: 'session', data: { count } })
      return count
    })
  }

  #present(proposal: ProposalRecord, evaluation: Evaluation): Review {
    const checks = this.#ports.evaluator.check(evaluation, proposal.reason, this.evolutionCount())
    return { proposal, transitions: evaluation.transitions, checks, files: reviewFiles(evaluation.pairs) }
  }

  async #readWish(
    wish: SkillWish,
  ): Promise<Outcome<{ readonly skillId: SkillId; readonly skill: LawSkill | undefined }>> {
    const named = skillIdSchema.safeParse(wish.skillId)
    if (wish.source === null)
      return named.success ? ok({ skillId: named.data, skill: undefined }) : err(badSkillId(wish.skillId ?? ''))
    const skill = await this.#ports.law.reader.requireOne(wish.source, wish.skillId ?? 'proposal')
    if (!skill.ok) return skill
    const { id } = skill.value.tree
    // A definition under another name than the one that was asked about is how an immutable skill was once replaced.
    if (wish.skillId !== undefined && id !== wish.skillId) return err(otherSkill(wish.skillId, id))
    return ok({ skillId: id, skill: skill.value })
  }

  async #propose(
    asked: {
      readonly wish: Wish
      readonly subject: string
      readonly reason: string
      readonly blobs: readonly Uint8Array[]
    },
    evaluation: Evaluation,
    { by, isDryRun }: Proposing,
  ): Promise<Outcome<Review>> {
    const { wish, subject, blobs } = asked
    const reason = asked.reason.trim()
    if (reason === '') return err(reasonNeeded)
    const checks = this.#ports.evaluator.check(evaluation, reason, this.evolutionCount())
    const hopeless = checks.filter(({ id, outcome }) => outcome === 'failed' && !passingChecks.has(id))
    if (hopeless.length > 0) return err(refusedChange(hopeless))
    const drafted = this.#ports.book.draft({ wish, subject, hash: evaluation.hash, reason, by, checks })
    const kept = isDryRun ? ok(drafted) : await this.#ports.book.keep(drafted, blobs)
    const files = reviewFiles(evaluation.pairs)
    return kept.ok ? ok({ proposal: kept.value, transitions: evaluation.transitions, checks, files }) : kept
  }

  #decide(proposal: ProposalRecord, { law, hash }: Evaluation): Outcome<never> | undefined {
    // Files may be the settings that say so: they are never changed without somebody else's consent.
    const isApprovalNeeded = proposal.wish.kind === 'files' || this.#ports.rules.isApprovalNeeded(law)
    const closed = decideApplication(proposal, { at: this.#ports.clock.now(), isApprovalNeeded })
    if (closed) return err(closed)
    return hash === proposal.hash ? undefined : err(outdated(proposal.id))
  }

  /** Decided again inside the write: what was true a moment ago need not be. */
  async #perform(given: ProposalRecord, evaluation: Evaluation, by: string): Promise<Outcome<ProposalRecord>> {
    return this.#ports.journal.commit<Outcome<ProposalRecord>>((writer) => {
      const found = findProposal(writer, given.id)
      if (!found.ok) return { value: found, changes: [] }
      const closed = this.#decide(found.value, evaluation)
      if (closed) return { value: closed, changes: [] }
      const count = countIn(writer)
      const checks = this.#ports.evaluator.check(evaluation, found.value.reason, count)
      if (!passesChecks(checks)) return { value: err(refusedChange(checks)), changes: [] }
      if (!isStillInForce(writer, evaluation.law)) return { value: err(outdated(given.id)), changes: [] }
      const moved = this.#ports.evaluator.findMoved(evaluation)
      if (moved !== undefined) return { value: err(outdated(moved)), changes: [] }
      // Nothing that somebody wrote is lost by it: what goes is kept by its content.
      for (const bytes of this.#ports.evaluator.listDisplaced(evaluation)) writer.putBlob(bytes)
      const at = this.#ports.clock.now()
      const proposal = enact(writer, { proposal: found.value, evaluation, by, at, count })
      return { value: ok(proposal), changes: listFileChanges(evaluation) }
    })
  }
}

/** A counter that cannot be read is at its end, not at its beginning. */
function countIn(reader: StateReader): number {
  const kept = reader.documents.find(sessionCollection, sessionId)
  return kept === 'unreadable' ? Number.MAX_SAFE_INTEGER : (kept?.count ?? 0)
}

function enact(
  writer: StateWriter,
  given: {
    readonly proposal: ProposalRecord
    readonly evaluation: Evaluation
    readonly by: string
    readonly at: number
    readonly count: number
  },
): ProposalRecord {
  const { proposal, evaluation, by, at, count } = given
  const { law, reading, transitions, changes } = evaluation
  const revision = law.record.revision + 1
  const files = new Map(Object.entries(law.record.files))
  for (const [path, bytes] of changes) {
    if (bytes === null) files.delete(path)
    else if (isLawPath(path)) files.set(path, writer.putBlob(bytes))
  }
  const skills = [...reading.skills].map(([id, { treeHash, file }]) => [id, { treeHash, file }] as const)
  const record = { ...law.record, revision, files: Object.fromEntries(files), skills: Object.fromEntries(skills) }
  writer.putDocument(lawCollection, lawId, record)
  for (const transition of transitions)
    recordTransition(writer, { transition, skill: reading.skills.get(transition.id), proposal, revision, at, by })
  if (proposal.wish.kind === 'files') {
    const data = { proposal: proposal.id, hash: proposal.hash, reason: proposal.reason, files: changes.size }
    writer.append({ kind: 'kairos.files', actor: by, subject: proposal.subject, data })
  }
  if (transitions.length > 0) writer.putDocument(sessionCollection, sessionId, { count: count + 1, since: at })
  notePending(writer, [{ layer: 'L0', action: 'update', subject: proposal.subject.slice(0, 256), at }])
  const applied: ProposalRecord = { ...proposal, status: 'applied', applied: { by, at, revision } }
  writer.putDocument(proposalCollection, proposal.id, applied)
  return applied
}

function listFileChanges({ changes, executable }: Evaluation): readonly FileChange[] {
  return [...changes].map(([path, bytes]) =>
    bytes === null
      ? { kind: 'remove' as const, path }
      : { kind: 'write' as const, path, bytes, isExecutable: executable.has(path) },
  )
}
