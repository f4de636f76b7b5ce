import type { Instant } from '@rumi/kernel/base'
import type { SkillDiff, SkillTree } from '../language/index.ts'
import { changedFields } from '../language/index.ts'
import { canEvolve, isDeclaredImmutable } from './evolve-rules.ts'
import type { Policy } from './policy.ts'

/** What was looked at before a change of L0, and what came of it. */
export interface Check {
  /** Stable. @example 'evolve.field' */
  readonly id: string
  readonly outcome: 'passed' | 'failed' | 'human'
  /** One English sentence. */
  readonly detail: string
}

/** One skill that a change touches. */
export interface SkillTransition {
  readonly id: string
  /** Absent: it comes. */
  readonly before: SkillTree | undefined
  /** Absent: it goes. */
  readonly after: SkillTree | undefined
  readonly diff: SkillDiff
}

/** All that a decision about a change of L0 is taken from. */
export interface ChangeSituation {
  /** Rules of L0 as they are in force now, never as the change would have them. */
  readonly policy: Policy
  readonly isEvolutionEnabled: boolean
  /** Skills that the configuration names as immutable beside those of the policy. */
  readonly configuredImmutable: readonly string[]
  /** Changes applied in this session. */
  readonly evolutionCount: number
  readonly reason: string
  readonly transitions: readonly SkillTransition[]
  /** Nodes of skills in force that are not satisfied at this moment, by what they say. */
  readonly violated: readonly string[]
}

/** Checks a change of L0: everything that a machine can know, and what it leaves to a person. */
export function checkChange(situation: ChangeSituation): readonly Check[] {
  return [
    ...situation.transitions.flatMap((transition) => checkTransition(transition, situation)),
    checkTouched(situation),
    checkEnabled(situation),
    checkSessionLimit(situation),
    checkReason(situation),
    checkViolations(situation),
    {
      id: 'purity.external',
      outcome: 'human',
      detail: 'Does no rule of the change depend on something outside of L0?',
    },
    { id: 'trace.rule', outcome: 'human', detail: 'Does the reason follow from a rule of L0?' },
  ]
}

/** Whether a machine has nothing against it. */
export function passesChecks(checks: readonly Check[]): boolean {
  return checks.every(({ outcome }) => outcome !== 'failed')
}

function checkTransition(transition: SkillTransition, situation: ChangeSituation): readonly Check[] {
  return [
    checkAllowed(transition, situation),
    checkImmutable(transition, situation),
    ...checkFields(transition),
    checkVersion(transition),
    ...checkConditions(transition),
  ]
}

/** A change that changes nothing would use up a place on the record and a change of the session. */
function checkTouched({ transitions }: ChangeSituation): Check {
  const isTouched = transitions.length > 0
  return {
    id: 'change.present',
    outcome: isTouched ? 'passed' : 'failed',
    detail: isTouched ? 'Something changes.' : 'Nothing changes.',
  }
}

/** Only what `l0_governance` names may be a skill of L0: a new name needs that list to change first. */
function checkAllowed({ id }: SkillTransition, { policy }: ChangeSituation): Check {
  const isAllowed = policy.allowedSkills.includes(id)
  return {
    id: 'governance.allowed',
    outcome: isAllowed ? 'passed' : 'failed',
    detail: isAllowed ? `"${id}" is one of the allowed skills.` : `"${id}" is not in allowed_skills of l0_governance.`,
  }
}

/** By the policy, by the configuration, or by its own word; none of them can be argued with here. */
function checkImmutable(
  { id, before, diff }: SkillTransition,
  { policy, configuredImmutable }: ChangeSituation,
): Check {
  const isListed = policy.immutableSkills.includes(id) || configuredImmutable.includes(id)
  const isImmutable = before !== undefined && (isListed || isDeclaredImmutable(before)) && diff.changes.length > 0
  return {
    id: 'governance.immutable',
    outcome: isImmutable ? 'failed' : 'passed',
    detail: isImmutable ? `"${id}" is immutable.` : `"${id}" may change.`,
  }
}

/** Every field that changes is asked about on its own: an allowed one carries no denied one along. */
function checkFields({ id, before, after, diff }: SkillTransition): readonly Check[] {
  if (before === undefined) return []
  if (after === undefined) {
    const mayGo = canEvolve(before, 'all')
    const detail = mayGo ? `"${id}" may be removed.` : `The rules of "${id}" do not let all of it change, so it stays.`
    return [{ id: 'evolve.remove', outcome: mayGo ? 'passed' : 'failed', detail }]
  }
  return changedFields(diff).map((field) => {
    const isAllowed = canEvolve(before, field)
    const detail = isAllowed ? `"${id}" lets ${field} change.` : `The rules of "${id}" deny a change of ${field}.`
    return { id: 'evolve.field', outcome: isAllowed ? ('passed' as const) : ('failed' as const), detail }
  })
}

function checkVersion({ id, before, after, diff }: SkillTransition): Check {
  const isSilent =
    before !== undefined && after !== undefined && diff.changes.length > 0 && before.version === after.version
  return {
    id: 'change.version',
    outcome: isSilent ? 'human' : 'passed',
    detail: isSilent ? `"${id}" changes and keeps its version.` : `The version of "${id}" tells of the change.`,
  }
}

/** Conditions in code are never run, so nobody but a person can say whether they hold. */
function checkConditions({ id, before }: SkillTransition): readonly Check[] {
  return (before?.evolve?.conditions ?? []).map(({ name }) => ({
    id: 'evolve.condition',
    outcome: 'human' as const,
    detail: `"${id}" has the condition "${name}" in code; nothing evaluates it.`,
  }))
}

function checkEnabled({ isEvolutionEnabled }: ChangeSituation): Check {
  return {
    id: 'evolution.enabled',
    outcome: isEvolutionEnabled ? 'passed' : 'failed',
    detail: isEvolutionEnabled
      ? 'Evolution is enabled.'
      : 'Evolution is disabled: evolution_enabled in skills/config.yml.',
  }
}

function checkSessionLimit({ policy, evolutionCount }: ChangeSituation): Check {
  const isWithin = evolutionCount < policy.evolutionLimit
  return {
    id: 'evolution.limit',
    outcome: isWithin ? 'passed' : 'failed',
    detail: `${evolutionCount} of ${policy.evolutionLimit} changes of this session are used.`,
  }
}

function checkReason({ reason }: ChangeSituation): Check {
  const isGiven = reason.trim() !== ''
  return {
    id: 'trace.reason',
    outcome: isGiven ? 'passed' : 'failed',
    detail: isGiven ? 'A reason is given.' : 'A reason is needed.',
  }
}

/** What the rules in force say of this moment counts, whatever the change would make of them. */
function checkViolations({ violated }: ChangeSituation): Check {
  return {
    id: 'rules.hold',
    outcome: violated.length === 0 ? 'passed' : 'failed',
    detail: violated.length === 0 ? 'No rule in force is violated.' : `Not satisfied: ${violated.join('; ')}`,
  }
}

/** A time after which a proposal counts for nothing: seven days. */
export function expiryOf(proposedAt: Instant): Instant {
  return proposedAt + 7 * 24 * 3600 * 1000
}
