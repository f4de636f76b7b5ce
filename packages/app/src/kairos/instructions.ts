import { err, ok, sha256Hex, type Outcome } from '@rumi/kernel/base'
import type { DataFolder } from '@rumi/skills/base'
import { findInstructionsPath, planInstructions, type InstructionsWish } from '@rumi/skills/setup'
import type { Evolution, Proposing, Review } from './evolution.ts'
import type { LawLibrary } from './law-library.ts'
import { configPath, type LiveRules } from './live-rules.ts'
import { nothingChanges } from './problems.ts'

/** The instructions that agents get at the start. */
export interface ActiveInstructions {
  readonly mode: string
  /** Below `.kairos`; null: none are given. */
  readonly path: string | null
  readonly text: string | null
  /** Modes that could be set. */
  readonly modes: readonly string[]
}

interface Ports {
  readonly folder: DataFolder
  readonly law: LawLibrary
  readonly rules: LiveRules
  readonly evolution: Evolution
}

/** Instructions count as L0: they are read as they are in force, and change by a proposal. */
export class Instructions {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  async active(): Promise<Outcome<ActiveInstructions>> {
    const texts = await this.#listTexts()
    if (!texts.ok) return texts
    const mode = this.#ports.rules.readConfig().config.instructionsMode
    const path = findInstructionsPath(mode)
    const text = path === undefined ? undefined : texts.value.get(path)
    const others = [...texts.value.keys()].map((name) => name.slice('skills/'.length, -'.md'.length))
    const modes = ['developer', 'user', 'tutorial', 'none', ...others].toSorted()
    return ok({
      mode,
      path: text === undefined ? null : (path ?? null),
      text: text ?? null,
      modes: [...new Set(modes)],
    })
  }

  /** Proposes a change of them. Problems: `instructions.*`, `proposal.*`. */
  async propose(wish: InstructionsWish, proposing: Proposing): Promise<Outcome<Review>> {
    const texts = await this.#listTexts()
    if (!texts.ok) return texts
    const { config } = this.#ports.rules.readConfig()
    const found = this.#ports.folder.read(configPath, 256 * 1024)
    const configText = found.ok ? Buffer.from(found.value).toString('utf8') : undefined
    const plan = planInstructions({ wish, activeMode: config.instructionsMode, present: texts.value, configText })
    if (!plan.ok) return plan
    if (plan.value.kind === 'unchanged') return err(nothingChanges)
    const { path, before, after } = plan.value
    const change = {
      ...{ path, before: before === undefined ? null : sha256Hex(before), isExecutable: false },
      after: after === undefined ? null : sha256Hex(after),
    }
    const files = {
      ...{ purpose: 'instructions' as const, subject: wish.mode, reason: wish.reason, changes: [change] },
      blobs: after === undefined ? [] : [Buffer.from(after)],
    }
    return this.#ports.evolution.proposeFiles(files, proposing)
  }

  async #listTexts(): Promise<Outcome<ReadonlyMap<string, string>>> {
    const law = await this.#ports.law.current()
    if (!law.ok) return law
    const files = this.#ports.law.loadFiles(law.value.record)
    if (!files.ok) return files
    const texts = [...files.value].filter(([path]) => path.endsWith('.md'))
    return ok(new Map(texts.map(([path, bytes]) => [path, Buffer.from(bytes).toString('utf8')])))
  }
}
