import { err, ok, type Clock, type Diagnostic, type JsonObject, type Outcome, type Problem } from '@rumi/kernel/base'
import type { StateStore, StateWriter } from '@rumi/kernel/state'
import type { DataFolder, FileChange } from '@rumi/skills/base'
import { lawCollection, lawId, type LawRecord } from '@rumi/skills/governance'
import { planInit, planUpgrade, shippedFiles, type UpgradeStep } from '@rumi/skills/setup'
import type { ChainBook, ChainFiles } from './chain-book.ts'
import type { Evolution } from './evolution.ts'
import type { FileJournal } from './file-journal.ts'
import { isSkillFile, type LawReading } from './law-files.ts'
import { isStillInForce, lawFileBytes, type LawLibrary } from './law-library.ts'
import { isLawPath } from './live-rules.ts'
import { keepVersion } from './record-change.ts'

/** What setting up did. */
export interface SetUp {
  /** `new`: the default skills were written; `adopted`: what was there is in force; `repaired`, `unchanged`: it was set up before. */
  readonly kind: 'new' | 'adopted' | 'repaired' | 'unchanged'
  readonly skills: readonly string[]
  /** Files that were written. */
  readonly written: readonly string[]
  /** The chain of an older system that was found and taken over. */
  readonly chain: { readonly length: number; readonly head: string } | null
  readonly diagnostics: readonly Diagnostic[]
}

/** What an upgrade did, or would do. */
export interface Upgrade {
  readonly steps: readonly {
    readonly path: string
    readonly action: UpgradeStep['kind']
    readonly detail: string | null
  }[]
  /** Proposals that wait for the operator. */
  readonly proposals: readonly string[]
}

interface Ports {
  readonly state: StateStore
  readonly folder: DataFolder
  readonly clock: Clock
  readonly law: LawLibrary
  readonly journal: FileJournal
  readonly evolution: Evolution
  readonly chain: ChainBook
  readonly chainFiles: ChainFiles
  /** Where the data folder is, for files that are read as a whole. */
  readonly root: string
  readonly version: string
}

/** Puts skills into a home, takes over what is there, and brings what ships with a new version. */
export class Setup {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /**
   * Sets up. A folder that has skills is adopted as it is: nothing of it is written to, and what it says now is what any
   * later change is compared with. Problems: those of `LawLibrary.current`, `chain.corrupt` 422 when an older chain is
   * there and damaged.
   */
  async init(by: string, isRepair: boolean): Promise<Outcome<SetUp>> {
    const known = this.#ports.state.read((reader) => reader.documents.find(lawCollection, lawId))
    if (known !== undefined) return this.#repair(by, isRepair)
    const chain = this.#findChain()
    if (!chain.ok) return chain
    const present = this.#readPresent()
    const isAdopted = [...present.keys()].some(isSkillFile)
    const steps = isAdopted ? [] : planInit({ present: toTexts(present), shipped: shippedFiles })
    const added = new Map(steps.flatMap((step) => (step.kind === 'add' ? [[step.path, Buffer.from(step.text)]] : [])))
    const files = new Map([...present, ...added].filter(([path]) => isLawPath(path)))
    const reading = await this.#ports.law.reader.read(files)
    await this.#ports.journal.commit((writer) => {
      this.#enact(writer, { files, reading, by, kind: isAdopted ? 'adopted' : 'new' })
      return { value: undefined, changes: [...added].map(([path, bytes]) => write(path, bytes)) }
    })
    const imported = chain.value === undefined ? undefined : await this.#ports.chain.takeOver(chain.value, by)
    if (imported?.ok === false) return imported
    return ok({
      kind: isAdopted ? 'adopted' : 'new',
      skills: [...reading.skills.keys()],
      written: [...added.keys()],
      chain: imported?.ok ? { length: imported.value.length, head: imported.value.head } : null,
      diagnostics: [...reading.diagnostics, ...(await this.#judgePolicy(reading))],
    })
  }

  /** Brings what ships with this version. What somebody edited is never written to, and rules are only proposed. */
  async upgrade(by: string, isDryRun: boolean): Promise<Outcome<Upgrade>> {
    const law = await this.#ports.law.current()
    if (!law.ok) return law
    const { record } = law.value
    const recorded = new Map(Object.entries(record.shipped))
    const present = toTexts(this.#readPresent())
    const steps = planUpgrade({ recorded, present, shipped: shippedFiles })
    const outcomes = await this.#proposeRules(steps, by, isDryRun)
    if (!isDryRun) {
      const done = await this.#perform(record, steps, by)
      if (!done) return err(raced)
    }
    return ok({
      steps: steps.map((step) => ({
        path: step.path,
        action: step.kind,
        detail: outcomes.get(step.path)?.detail ?? detailOf(step),
      })),
      proposals: [...outcomes.values()].flatMap(({ proposal }) => (proposal === undefined ? [] : [proposal])),
    })
  }

  /** Writes the files of L0 as they are in force, where they are missing or edited. */
  async #repair(by: string, isRepair: boolean): Promise<Outcome<SetUp>> {
    const law = await this.#ports.law.current()
    if (!law.ok) return law
    const edits = this.#ports.law.findEdits(law.value.record)
    const skills = [...law.value.skills.keys()]
    const nothing = { kind: 'unchanged' as const, skills, written: [], chain: null }
    if (!isRepair) return ok({ ...nothing, diagnostics: edits })
    const files = this.#ports.law.loadFiles(law.value.record)
    if (!files.ok) return files
    const paths = edits.flatMap(({ file = '' }) => file.replace(/^\.kairos\//, ''))
    const changes = paths.flatMap((path) => {
      const bytes = files.value.get(path)
      return bytes === undefined ? [] : [write(path, bytes)]
    })
    await this.#ports.journal.commit((writer) => {
      this.#keepDisplaced(writer, paths)
      const data = { kind: 'repaired', files: paths }
      writer.append({ kind: 'kairos.init', actor: by, subject: 'L0', data })
      return { value: undefined, changes }
    })
    return ok({ ...nothing, kind: 'repaired', written: paths, diagnostics: [] })
  }

  /** A policy that lets nothing change cannot be changed by a proposal either. */
  async #judgePolicy({ skills }: LawReading): Promise<readonly Diagnostic[]> {
    const { allowedSkills } = await this.#ports.law.readPolicyOf(skills)
    return allowedSkills.length > 0 ? [] : [noPolicy]
  }

  /** What an edit held is kept by its content: nothing that somebody wrote is lost. */
  #keepDisplaced(writer: StateWriter, paths: readonly string[]): void {
    for (const path of paths) {
      const found = this.#ports.folder.read(path, lawFileBytes)
      if (found.ok) writer.putBlob(found.value)
    }
  }

  #enact(
    writer: StateWriter,
    given: {
      readonly files: ReadonlyMap<string, Uint8Array>
      readonly reading: LawReading
      readonly by: string
      readonly kind: 'new' | 'adopted'
    },
  ): void {
    const { files, reading, by, kind } = given
    const at = this.#ports.clock.now()
    const hashes = [...files].map(([path, bytes]) => [path, writer.putBlob(bytes)] as const)
    const skills = [...reading.skills].map(([id, { treeHash, file }]) => [id, { treeHash, file }] as const)
    // Of a folder that was there nobody knows what it shipped with: whatever differs is the user's.
    const shipped =
      kind === 'new' ? [...shippedFiles].map(([path, text]) => [path, writer.putBlob(Buffer.from(text))]) : []
    const record: LawRecord = {
      ...{ revision: 1, files: Object.fromEntries(hashes), skills: Object.fromEntries(skills) },
      ...{ shipped: Object.fromEntries(shipped), setUpAt: at },
    }
    writer.putDocument(lawCollection, lawId, record)
    for (const skill of reading.skills.values())
      keepVersion(writer, { skill, reason: kind === 'new' ? 'set up' : 'adopted', at, by, revision: 1 })
    const data: JsonObject = { kind, version: this.#ports.version, skills: record.skills, files: record.files }
    writer.append({ kind: 'kairos.init', actor: by, subject: 'L0', data })
  }

  /** Undefined: no older chain is there. One that is there and cannot be read is a problem, and never none. */
  #findChain(): Outcome<string | undefined> {
    const { root, chainFiles } = this.#ports
    for (const name of ['blockchain.json', 'kairos.db']) {
      const path = `${root}/storage/${name}`
      const reading = chainFiles.read(path)
      if (reading.state === 'readable') return ok(path)
      if (reading.state !== 'absent') return err(damagedChain(name, reading.state, reading.faults[0]?.message))
    }
    return ok(undefined)
  }

  async #proposeRules(
    steps: readonly UpgradeStep[],
    by: string,
    isDryRun: boolean,
  ): Promise<ReadonlyMap<string, { readonly detail: string; readonly proposal?: string }>> {
    const outcomes = new Map<string, { readonly detail: string; readonly proposal?: string }>()
    for (const step of steps) {
      if (step.kind !== 'proposal') continue
      const wish = {
        source: { language: 'typescript' as const, text: step.text },
        reason: `Ships with version ${this.#ports.version}.`,
      }
      const review = await this.#ports.evolution.proposeSkill(wish, { by, isDryRun })
      if (!review.ok) outcomes.set(step.path, { detail: review.error.message })
      else if (isDryRun) outcomes.set(step.path, { detail: 'would be proposed' })
      else outcomes.set(step.path, { detail: review.value.proposal.id, proposal: review.value.proposal.id })
    }
    return outcomes
  }

  /** False: L0 changed meanwhile, and nothing was done. */
  async #perform(record: LawRecord, steps: readonly UpgradeStep[], by: string): Promise<boolean> {
    const writes = steps.flatMap(filesOf)
    return this.#ports.journal.commit((writer) => {
      if (!isStillInForce(writer, { record })) return { value: false, changes: [] }
      const files = new Map(Object.entries(record.files))
      for (const { path, bytes } of writes) if (isLawPath(path)) files.set(path, writer.putBlob(bytes))
      const shipped = Object.fromEntries(steps.map(({ path, ancestor }) => [path, ancestor]))
      const next = { ...record, revision: record.revision + 1, files: Object.fromEntries(files), shipped }
      writer.putDocument(lawCollection, lawId, next)
      const actions = Object.fromEntries(steps.map(({ path, kind }) => [path, kind]))
      const data = { from_version: null, to_version: this.#ports.version, actions }
      writer.append({ kind: 'kairos.upgrade', actor: by, subject: 'kairos', data })
      return { value: true, changes: writes.map(({ path, bytes }) => write(path, bytes)) }
    })
  }

  /** Files of `skills/` and those that ship, with what earlier upgrades left beside them. */
  #readPresent(): ReadonlyMap<string, Uint8Array> {
    const { folder } = this.#ports
    const ofSkills = folder
      .list('skills')
      .files.map(({ path }) => path)
      .filter((path) => path.split('/').length === 2)
    const others = [...shippedFiles.keys()].flatMap((path) => folder.list(path.split('/').slice(0, -1).join('/')).files)
    const paths = new Set([...ofSkills, ...others.map(({ path }) => path)])
    const present = new Map<string, Uint8Array>()
    for (const path of [...paths].toSorted()) {
      const found = folder.read(path, lawFileBytes)
      if (found.ok) present.set(path, found.value)
    }
    return present
  }
}

const noPolicy: Diagnostic = {
  severity: 'warning',
  code: 'skill.policy',
  message: 'l0_governance allows no skill to change, or cannot be read: no proposal for L0 can be applied.',
  file: 'skills',
  hint: 'Correct it in the folder before rumi kairos init; afterwards nothing can.',
}

function filesOf(step: UpgradeStep): readonly { readonly path: string; readonly bytes: Uint8Array }[] {
  if (step.kind === 'add' || step.kind === 'update' || step.kind === 'merged')
    return [{ path: step.path, bytes: Buffer.from(step.text) }]
  return step.kind === 'conflict' ? [{ path: step.writeTo, bytes: Buffer.from(step.text) }] : []
}

function detailOf(step: UpgradeStep): string | null {
  if (step.kind === 'conflict') return step.writeTo
  if (step.kind === 'merged') return step.added.join(', ')
  return step.kind === 'keep' ? step.because : null
}

function write(path: string, bytes: Uint8Array): FileChange {
  return { kind: 'write', path, bytes, isExecutable: false }
}

function toTexts(files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, string> {
  return new Map([...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString('utf8')]))
}

function damagedChain(name: string, state: string, message = ''): Problem {
  return {
    code: 'chain.corrupt',
    status: 422,
    message: `.kairos/storage/${name} is ${state}${message === '' ? '' : `: ${message}`}.`,
    hint: 'Restore it from a backup, or move it away to begin without it.',
  }
}

const raced: Problem = {
  code: 'kairos.changed',
  status: 409,
  message: 'L0 changed while the upgrade was planned.',
  hint: 'Run it again.',
}
