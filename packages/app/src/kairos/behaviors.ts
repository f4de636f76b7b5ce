import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  err,
  flowIdSchema,
  isoInstant,
  ok,
  packIdSchema,
  runIdSchema,
  type Clock,
  type JsonValue,
  type Outcome,
  type Problem,
  type Random,
  type TreeHash,
} from '@rumi/kernel/base'
import type { OpenGate } from '@rumi/kernel/gate'
import type { TreeStore } from '@rumi/kernel/pack'
import { defaultLimits, type BlockOutcome, type Posture, type SandboxDriver } from '@rumi/kernel/sandbox'
import type { StateStore } from '@rumi/kernel/state'
import type { LawSkill } from './law-files.ts'
import type { LawLibrary } from './law-library.ts'
import type { LiveRules } from './live-rules.ts'
import { unknownSkill } from './problems.ts'

/** Who a behavior is at the gate: it is granted the view of the skills and nothing else, whatever packs are granted. */
export const behaviorPrincipal = packIdSchema.parse('kairos__behavior')
const behaviorFlow = flowIdSchema.parse('kairos.behavior')
const timeoutMs = 10_000

/** What a behavior came to. */
export interface BehaviorResult {
  readonly value: JsonValue
  readonly log: string
  readonly posture: Posture
  readonly durationMs: number
}

interface Ports {
  readonly state: StateStore
  readonly clock: Clock
  readonly random: Random
  readonly sandbox: SandboxDriver
  readonly trees: TreeStore
  readonly law: LawLibrary
  readonly rules: LiveRules
  /** Asked for at each call: the gate shows what this module's neighbours hold. */
  readonly openGate: () => OpenGate
}

/** Runs the behavior of skills in force: in the sandbox, each call in a fresh process, with a view that only reads. */
export class Behaviors {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /**
   * Runs one. Problems: `skill.unknown` 404, `behavior.disabled` 403, `behavior.none` 404, `behavior.language` 422,
   * `behavior.failed` 422, `sandbox_unavailable` 503.
   */
  async run(skillId: string, by: string, signal: AbortSignal): Promise<Outcome<BehaviorResult>> {
    const { law: library, rules, clock, state } = this.#ports
    const law = await library.current()
    if (!law.ok) return law
    const skill = law.value.skills.get(skillId)
    if (!skill) return err(unknownSkill(skillId, [...law.value.skills.keys()]))
    if (!rules.readConfig().config.skillBehaviorEnabled) return err(disabled)
    const { behavior } = skill.tree
    if (behavior === undefined) return err(noBehavior(skillId))
    if (behavior.language !== 'typescript') return err(otherLanguage(skillId))
    const stored = await this.#store(behavior.text, signal)
    if (!stored.ok) return stored
    const startedMs = clock.monotonicMs()
    const outcome = await this.#execute(skill, stored.value, signal)
    const durationMs = clock.monotonicMs() - startedMs
    await state.write((writer) => {
      const result = outcome.ok ? 'ok' : outcome.errorType
      const data = {
        tree_hash: skill.treeHash,
        outcome: result,
        posture: outcome.posture,
        duration_ms: Math.round(durationMs),
      }
      writer.append({ kind: 'kairos.behavior', actor: by, subject: skillId, data })
    })
    const { log, posture } = outcome
    return outcome.ok ? ok({ value: outcome.value, log, posture, durationMs }) : err(failed(skillId, outcome))
  }

  async #execute(skill: LawSkill, treeHash: TreeHash, signal: AbortSignal): Promise<BlockOutcome> {
    const { random, trees, sandbox, clock } = this.#ports
    const runId = runIdSchema.parse(`run_${Buffer.from(random.bytes(12)).toString('hex')}`)
    const session = this.#ports.openGate()({
      ...{ principalId: behaviorPrincipal, runId, flowId: behaviorFlow, stepId: skill.tree.id, seq: 0 },
      flowStack: [behaviorFlow],
    })
    const call = {
      ...{ packId: behaviorPrincipal, treeHash, treePath: trees.path(treeHash), subdir: '', file: 'behavior.ts' },
      ...{ runtime: 'node' as const, isolation: 'fresh' as const, input: null },
      context: { skill_id: skill.tree.id, ts: isoInstant(clock.now()) },
      limits: defaultLimits('node', timeoutMs),
    }
    const outcome = await sandbox.execute(call, signal, (message, gone) => session.ask(message, gone))
    await this.#ports.state.write((writer) => {
      for (const entry of session.finish()) writer.append(entry)
    })
    return outcome
  }

  /** Puts the text where the sandbox mounts from: by its content, so that the bytes that run are those that were agreed to. */
  async #store(text: string, signal: AbortSignal): Promise<Outcome<TreeHash>> {
    const folder = mkdtempSync(join(tmpdir(), 'rumi-behavior-'))
    try {
      const directory = join(folder, 'behavior')
      mkdirSync(directory)
      writeFileSync(join(directory, 'behavior.ts'), writeModule(text), { mode: 0o644 })
      const stored = await this.#ports.trees.put({ directory, location: 'behavior' }, signal)
      return stored.ok ? ok(stored.value.treeHash) : err(unstorable)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** The method as it was written, in an object, with what it may ask. */
function writeModule(method: string): string {
  return `import { capability } from '@rumi/pack-sdk'

const ask = async (what, more = {}) => {
  const answer = await capability.call('kairos.view', { what, ...more })
  if (!answer.success) throw new Error(answer.error)
  return answer.output
}
const kairos = {
  skills: () => ask('skills'),
  skill: (id) => ask('skill', { id }),
  config: () => ask('config'),
  history: (options = {}) => ask('history', options),
  counters: () => ask('counters'),
}
const skill = {
${method}
}
export async function run() {
  const value = await skill.behavior(kairos)
  return value === undefined ? null : value
}
`
}

const disabled: Problem = {
  code: 'behavior.disabled',
  status: 403,
  message: 'Behaviors are disabled.',
  hint: 'Set skill_behavior_enabled: true in .kairos/skills/config.yml.',
}

const unstorable: Problem = { code: 'behavior.failed', status: 422, message: 'The behavior cannot be prepared.' }

function noBehavior(id: string): Problem {
  return { code: 'behavior.none', status: 404, message: `"${id}" has no behavior.` }
}

function otherLanguage(id: string): Problem {
  return {
    code: 'behavior.language',
    status: 422,
    message: `The behavior of "${id}" is written in Ruby, which is read and never run.`,
    hint: 'Propose the skill with a behavior in TypeScript.',
  }
}

function failed(id: string, outcome: Extract<BlockOutcome, { readonly ok: false }>): Problem {
  const isMissing = outcome.errorType === 'sandbox_unavailable'
  return {
    code: isMissing ? 'sandbox.unavailable' : 'behavior.failed',
    status: isMissing ? 503 : 422,
    message: `The behavior of "${id}" failed: ${outcome.errorType}: ${outcome.message}`,
    ...(isMissing ? { hint: 'rumi doctor' } : {}),
  }
}
