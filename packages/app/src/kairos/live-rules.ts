import type { JsonValue } from '@rumi/kernel/base'
import type { DataFolder } from '@rumi/skills/base'
import { findIn } from '@rumi/skills/condition'
import type { SkillTree } from '@rumi/skills/language'
import { readConfig, type ConfigReading } from '@rumi/skills/setup'
import { autoCommitSettingsSchema, type AutoCommitSettings } from '@rumi/skills/state-commit'
import { verifySkill, type OperationRegistry, type VerificationBindings } from '@rumi/skills/verification'
import { findEvolvability, listBindings, type LiveFacts } from './bindings.ts'
import type { Law } from './law-library.ts'

/** Where the settings of the skills are. */
export const configPath = 'skills/config.yml'
const configBytes = 256 * 1024
/** More changes than there ever are. */
const never = 1_000_000

/** Skills whose rules are about every change: none of them may be violated when one is applied. */
const standingRules = ['l0_governance', 'core_safety', 'evolution_rules', 'approval_workflow']

/** The rules that hold at a moment: the configuration as it is on the disk now, the policy, the counters. */
export class LiveRules {
  readonly #folder: DataFolder
  readonly #operations: OperationRegistry

  constructor(ports: { readonly folder: DataFolder; readonly operations: OperationRegistry }) {
    this.#folder = ports.folder
    this.#operations = ports.operations
  }

  /** The settings; a file that cannot be read gives the strictest ones. */
  readConfig(): ConfigReading {
    const found = this.#folder.read(configPath, configBytes)
    if (!found.ok) return readConfig(found.error === 'missing' ? undefined : '\u0000')
    return readConfig(Buffer.from(found.value).toString('utf8'))
  }

  /** When a state is committed without being asked. */
  readAutoCommit(): AutoCommitSettings {
    const { stateCommit } = this.readConfig().config
    const { autoCommit } = stateCommit
    return autoCommitSettingsSchema.parse({
      ...{ enabled: autoCommit.enabled, skip_if_no_changes: stateCommit.skipIfNoChanges },
      on_events: {
        ...{ l0_change: autoCommit.onL0Change, promotion: autoCommit.onPromotion },
        ...{ demotion: autoCommit.onDemotion, session_end: autoCommit.onSessionEnd },
      },
      change_threshold: {
        enabled: autoCommit.l1Changes !== undefined || autoCommit.totalChanges !== undefined,
        l1_changes: autoCommit.l1Changes ?? never,
        total_changes: autoCommit.totalChanges ?? never,
      },
    })
  }

  facts(law: Law, evolutionCount: number): LiveFacts {
    const { config } = this.readConfig()
    // The settings can only make the limit smaller.
    const evolutionLimit = Math.min(law.policy.evolutionLimit, config.maxEvolutionsPerSession)
    return { config, policy: { ...law.policy, evolutionLimit }, evolutionCount }
  }

  /** What verification asks about a skill at this moment. */
  bind(facts: LiveFacts, tree: SkillTree, supplied: Readonly<Record<string, JsonValue>> = {}): VerificationBindings {
    const values = listBindings(facts, tree, supplied)
    return {
      find: (name) => findIn(values, name),
      canEvolve: (field) => findEvolvability(tree, field),
      deniesAll: () => tree.evolve?.deny.includes('all') ?? false,
      operations: this.#operations,
    }
  }

  /** Nodes of the standing rules that are not satisfied now. What is unknown violates nothing. */
  findViolations(law: Law, facts: LiveFacts): readonly string[] {
    return standingRules.flatMap((id) => {
      const skill = law.skills.get(id)
      const report = skill && verifySkill(skill.tree, this.bind(facts, skill.tree))
      const violated = (report?.results ?? []).filter(({ status }) => status === 'unsatisfied')
      return violated.map(({ name, detail }) => `${id}/${name}: ${detail}`)
    })
  }

  /** Approval is needed unless policy and settings both say that it is not. */
  isApprovalNeeded(law: Law): boolean {
    return law.policy.requireHumanApproval || this.readConfig().config.requireHumanApproval
  }
}

/** Files of L0: the skills, the philosophy and the instructions, directly in `skills/`. */
export function isLawPath(path: string): boolean {
  return /^skills\/[^/]+(?:\.skill\.ts|\.rb|\.md)$/.test(path)
}
