import { err, ok, sha256Hex, type Diagnostic, type JsonValue, type Outcome, type Problem } from '@rumi/kernel/base'
import type { StateReader, StateStore } from '@rumi/kernel/state'
import type { DataFolder } from '@rumi/skills/base'
import { lawCollection, lawId, readPolicy, type LawRecord, type Policy } from '@rumi/skills/governance'
import { readLiteralBehavior } from '@rumi/skills/ruby'
import { LawReader, type LawReading, type LawSkill } from './law-files.ts'

/** L0 as it is in force. */
export interface Law {
  readonly record: LawRecord
  readonly skills: ReadonlyMap<string, LawSkill>
  readonly policy: Policy
  /** What is wrong with files in force that are read all the same: skills of an adopted folder that could not be read. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Largest file of L0. */
export const lawFileBytes = 1024 * 1024

/**
 * The skills of L0. What is in force is what the state says, by content; a file that somebody edited is shown as edited
 * and changes nothing.
 */
export class LawLibrary {
  readonly reader = new LawReader()
  readonly #state: StateStore
  readonly #folder: DataFolder
  #known: { readonly files: string; readonly law: Law } | undefined

  constructor(ports: { readonly state: StateStore; readonly folder: DataFolder }) {
    this.#state = ports.state
    this.#folder = ports.folder
  }

  /** What is in force. Problems: `kairos.not_set_up` 409, `kairos.unreadable` 500. */
  async current(): Promise<Outcome<Law>> {
    const record = this.#state.read((reader) => reader.documents.find(lawCollection, lawId))
    if (record === undefined) return err(notSetUp)
    if (record === 'unreadable') return err(unreadable('its record'))
    const key = JSON.stringify(record)
    if (this.#known?.files === key) return ok(this.#known.law)
    const files = this.loadFiles(record)
    if (!files.ok) return files
    const law = await this.#build(record, await this.reader.read(files.value))
    if (law.ok) this.#known = { files: key, law: law.value }
    return law
  }

  /** The bytes in force of every file of L0. */
  loadFiles(record: LawRecord): Outcome<ReadonlyMap<string, Uint8Array>> {
    const files = new Map<string, Uint8Array>()
    const missing = this.#state.read((reader) => {
      for (const [path, hash] of Object.entries(record.files)) {
        const bytes = reader.blobs.find(hash)
        if (!(bytes instanceof Uint8Array)) return path
        files.set(path, bytes)
      }
      return undefined
    })
    return missing === undefined ? ok(files) : err(unreadable(missing))
  }

  /** Files of L0 that somebody changed without a proposal, or took away. */
  findEdits(record: LawRecord): readonly Diagnostic[] {
    return Object.entries(record.files).flatMap(([path, hash]) => {
      const found = this.#folder.read(path, lawFileBytes)
      if (found.ok && sha256Hex(found.value) === hash) return []
      return [edited(path, !found.ok && found.error === 'missing')]
    })
  }

  /** The policy of some skills: what `l0_governance` says as data. */
  async readPolicyOf(skills: ReadonlyMap<string, LawSkill>): Promise<Policy> {
    const trees = new Map([...skills].map(([id, { tree }]) => [id, tree]))
    const behavior = trees.get('l0_governance')?.behavior
    const value: JsonValue | undefined =
      behavior?.language === 'ruby' ? readLiteralBehavior(await this.reader.ruby(), behavior) : undefined
    return readPolicy(trees, value)
  }

  /** What the files say has to be what was agreed to: a parser that reads them otherwise now is no reason to obey it. */
  async #build(record: LawRecord, reading: LawReading): Promise<Outcome<Law>> {
    const agreed = Object.entries(record.skills)
    const differing = agreed.find(([id, { treeHash }]) => reading.skills.get(id)?.treeHash !== treeHash)
    if (differing) return err(unreadable(`the skill "${differing[0]}"`))
    if (reading.skills.size !== agreed.length) return err(unreadable('a skill that nobody agreed to'))
    const policy = await this.readPolicyOf(reading.skills)
    return ok({ record, skills: reading.skills, policy, diagnostics: reading.diagnostics })
  }
}

/** Reads the law inside a write, to see that it is still the one that a decision was taken from. */
export function isStillInForce(reader: StateReader, { record }: Pick<Law, 'record'>): boolean {
  const now = reader.documents.find(lawCollection, lawId)
  return typeof now === 'object' && JSON.stringify(now) === JSON.stringify(record)
}

const notSetUp: Problem = {
  code: 'kairos.not_set_up',
  status: 409,
  message: 'This home has no skills yet.',
  hint: 'rumi kairos init',
}

function unreadable(what: string): Problem {
  return {
    code: 'kairos.unreadable',
    status: 500,
    message: `L0 cannot be read: ${what} is not what was agreed to.`,
    hint: 'Restore user_data/rumi.db from a backup.',
  }
}

function edited(file: string, isMissing: boolean): Diagnostic {
  return {
    severity: 'warning',
    code: 'skill.edited',
    message: `${file} ${isMissing ? 'is gone' : 'was edited'}; what was agreed to stays in force.`,
    file: `.kairos/${file}`,
    hint: isMissing
      ? 'rumi kairos init --repair'
      : 'Propose the edit: rumi skills propose FILE --reason …; or undo it: rumi kairos init --repair',
  }
}
