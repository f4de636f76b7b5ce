import { err, ok, sha256Hex, type Outcome } from '@rumi/kernel/base'
import type { StateStore } from '@rumi/kernel/state'
import type { DataFolder, SkillId } from '@rumi/skills/base'
import {
  checkChange,
  hashChanges,
  hashRemoval,
  type Check,
  type SkillTransition,
  type Wish,
} from '@rumi/skills/governance'
import { diffSkills } from '@rumi/skills/language'
import type { FilePair } from './file-review.ts'
import type { LawReading, LawSkill } from './law-files.ts'
import { lawFileBytes, type Law, type LawLibrary } from './law-library.ts'
import { isLawPath, type LiveRules } from './live-rules.ts'
import { planSkillFiles } from './plan-skill.ts'
import { lostContent, otherSkill, outdated, unreadableProposal, unreadableSource } from './problems.ts'

/** Changed files: their bytes afterwards, or null for one that goes. */
type ByteChanges = ReadonlyMap<string, Uint8Array | null>
type FilesWish = Extract<Wish, { readonly kind: 'files' }>

/** What a wish would do to L0 as it is now. */
export interface Evaluation {
  readonly kind: Wish['kind']
  readonly law: Law
  readonly changes: ByteChanges
  /** Files of the change that are executable. */
  readonly executable: ReadonlySet<string>
  /** Files that change, before and after, byte for byte: a text may say more than the skill in it, in a comment. */
  readonly pairs: readonly FilePair[]
  /** All skills afterwards. */
  readonly reading: LawReading
  readonly transitions: readonly SkillTransition[]
  /** What an approval has to name for this. */
  readonly hash: string
}

interface Ports {
  readonly state: StateStore
  readonly folder: DataFolder
  readonly law: LawLibrary
  readonly rules: LiveRules
}

/** Works out what a wish comes to, from the texts alone: when it is made, and again when it is applied. */
export class ChangeEvaluator {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** A kept wish against L0 as it is now. Problem of its own: `proposal.outdated` 409. */
  async evaluate(wish: Wish): Promise<Outcome<Evaluation>> {
    if (wish.kind === 'files') return this.evaluateFiles(wish, [])
    const law = await this.#ports.law.current()
    if (!law.ok) return law
    const { skillId, base, source } = wish
    if ((law.value.skills.get(skillId)?.treeHash ?? null) !== base) return err(outdated(skillId))
    if (source === null) return this.evaluateSkill(law.value, skillId, undefined)
    const bytes = this.#ports.state.read((reader) => reader.blobs.find(source.content))
    if (!(bytes instanceof Uint8Array)) return err(unreadableProposal(skillId))
    const text = Buffer.from(bytes).toString('utf8')
    const skill = await this.#ports.law.reader.requireOne({ language: source.language, text }, skillId)
    if (!skill.ok) return skill
    if (skill.value.tree.id !== skillId) return err(otherSkill(skillId, skill.value.tree.id))
    return this.evaluateSkill(law.value, skillId, skill.value)
  }

  /** One skill that comes, changes, or (undefined) goes. */
  async evaluateSkill(law: Law, skillId: SkillId, skill: LawSkill | undefined): Promise<Outcome<Evaluation>> {
    const files = this.#ports.law.loadFiles(law.record)
    if (!files.ok) return files
    const before = law.skills.get(skillId)
    const present = new Map([...files.value].map(([path, bytes]) => [path, Buffer.from(bytes).toString('utf8')]))
    const planned = planSkillFiles({ skillId, before, source: skill?.source ?? null, present })
    const changes = new Map([...planned].map(([path, text]) => [path, text === null ? null : Buffer.from(text)]))
    const reading = await this.#ports.law.reader.read(overlay(files.value, changes))
    const transitions = compareLaw(law, reading)
    // Whatever the text would do to any other skill is no part of this proposal.
    const stray = transitions.find(({ id }) => id !== skillId)
    if (stray) return err(otherSkill(skillId, stray.id))
    if (reading.skills.get(skillId)?.treeHash !== skill?.treeHash) return err(unreadableSource(reading.diagnostics))
    const hash = skill?.treeHash ?? hashRemoval(before?.treeHash ?? '')
    const pairs = [...changes].map(([path, after]) => ({
      ...{ path, isExecutable: false, before: files.value.get(path) ?? null, after },
    }))
    return ok({ kind: 'skill', law, changes, executable: new Set(), pairs, reading, transitions, hash })
  }

  /**
   * Whole files that change, each against what it is now.
   *
   * @param blobs - Contents that are not kept yet.
   */
  async evaluateFiles(wish: FilesWish, blobs: readonly Uint8Array[]): Promise<Outcome<Evaluation>> {
    const law = await this.#ports.law.current()
    if (!law.ok) return law
    const files = this.#ports.law.loadFiles(law.value.record)
    if (!files.ok) return files
    const now = new Map(wish.changes.map(({ path }) => [path, this.#readNow(path, files.value)]))
    const moved = wish.changes.find(({ path, before }) => hashNow(now.get(path)) !== before)
    if (moved) return err(outdated(moved.path))
    const changes = this.#loadChanges(wish, blobs)
    if (!changes.ok) return changes
    const ofLaw = new Map([...changes.value].filter(([path]) => isLawPath(path)))
    const reading = await this.#ports.law.reader.read(overlay(files.value, ofLaw))
    const broken = reading.diagnostics.find(({ severity, file }) => severity === 'error' && ofLaw.has(file ?? ''))
    if (broken) return err(unreadableSource([broken]))
    const executable = new Set(wish.changes.filter(({ isExecutable }) => isExecutable).map(({ path }) => path))
    const transitions = compareLaw(law.value, reading)
    const hash = hashChanges(wish.changes)
    const pairs = wish.changes.map(({ path, isExecutable }) => ({
      ...{ path, isExecutable, before: asBytes(now.get(path)), after: changes.value.get(path) ?? null },
    }))
    return ok({ kind: 'files', law: law.value, changes: changes.value, executable, pairs, reading, transitions, hash })
  }

  /**
   * A file beside L0 that is no longer what it was when the change was worked out. Asked inside the write: what somebody
   * changed meanwhile must not be lost.
   */
  findMoved({ pairs }: Evaluation): string | undefined {
    const moved = pairs.find(
      ({ path, before }) => !isLawPath(path) && hashNow(this.#readNow(path, new Map())) !== hashNow(before),
    )
    return moved?.path
  }

  /** What the change overwrites or removes, as the folder holds it: also an edit of L0 that nobody proposed. */
  listDisplaced({ pairs }: Evaluation): readonly Uint8Array[] {
    return pairs.flatMap(({ path, before }) => {
      const found = isLawPath(path) ? this.#ports.folder.read(path, lawFileBytes) : undefined
      return [before, found?.ok === true ? found.value : null].filter((bytes) => bytes !== null)
    })
  }

  /** Every check, against the rules in force now. */
  check({ kind, law, transitions }: Evaluation, reason: string, evolutionCount: number): readonly Check[] {
    const { rules } = this.#ports
    const facts = rules.facts(law, evolutionCount)
    const checks = checkChange({
      policy: facts.policy,
      isEvolutionEnabled: facts.config.evolutionEnabled,
      configuredImmutable: facts.config.immutableSkills,
      evolutionCount,
      reason,
      transitions,
      violated: rules.findViolations(law, facts),
    })
    // Files beside the skills are no change of a skill, and a change all the same. A skill's text without one is none.
    const isOnlyFiles = transitions.length === 0 && kind === 'files'
    return isOnlyFiles ? checks.filter(({ id }) => id !== 'change.present' && id !== 'evolution.limit') : checks
  }

  #loadChanges({ changes }: FilesWish, blobs: readonly Uint8Array[]): Outcome<ByteChanges> {
    const given = new Map(blobs.map((bytes) => [sha256Hex(bytes), bytes]))
    const loaded = new Map<string, Uint8Array | null>()
    for (const { path, after } of changes) {
      const bytes = after === null ? null : (given.get(after) ?? this.#findBlob(after))
      if (bytes === undefined) return err(lostContent(path))
      loaded.set(path, bytes)
    }
    return ok(loaded)
  }

  #findBlob(hash: string): Uint8Array | undefined {
    const bytes = this.#ports.state.read((reader) => reader.blobs.find(hash))
    return bytes instanceof Uint8Array ? bytes : undefined
  }

  /** Files of L0 are what the state says; every other file is what the folder holds. */
  #readNow(path: string, ofLaw: ReadonlyMap<string, Uint8Array>): FileNow {
    if (isLawPath(path)) return ofLaw.get(path) ?? null
    const found = this.#ports.folder.read(path, 64 * lawFileBytes)
    if (found.ok) return found.value
    return found.error === 'missing' ? null : 'obstacle'
  }
}

/**
 * A file as it is; null: there is none. What is neither (a folder in its place, a file where it needs a folder) must not
 * pass for none: the change would be recorded, and its files could never be written.
 */
type FileNow = Uint8Array | 'obstacle' | null

function hashNow(now: FileNow | undefined): string | null {
  return now instanceof Uint8Array ? sha256Hex(now) : (now ?? null)
}

function asBytes(now: FileNow | undefined): Uint8Array | null {
  return now instanceof Uint8Array ? now : null
}

/** Compares the skills in force with those that the changed files would say. */
function compareLaw(law: Law, reading: LawReading): readonly SkillTransition[] {
  const ids = [...new Set([...law.skills.keys(), ...reading.skills.keys()])].toSorted()
  return ids.flatMap((id) => {
    const before = law.skills.get(id)
    const after = reading.skills.get(id)
    if (before?.treeHash === after?.treeHash) return []
    return [{ id, before: before?.tree, after: after?.tree, diff: diffSkills(before?.tree, after?.tree) }]
  })
}

function overlay(files: ReadonlyMap<string, Uint8Array>, changes: ByteChanges): ReadonlyMap<string, Uint8Array> {
  const result = new Map(files)
  for (const [path, bytes] of changes) {
    if (bytes === null) result.delete(path)
    else result.set(path, bytes)
  }
  return result
}
