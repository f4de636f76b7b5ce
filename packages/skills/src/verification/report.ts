import { isoInstant, type Instant, type JsonObject } from '@rumi/kernel/base'

/** How a node of a definition stands. */
export type NodeStatus = 'satisfied' | 'unsatisfied' | 'unknown' | 'human_required'

/** What became of one node. */
export interface NodeResult {
  readonly name: string
  readonly type: string
  readonly status: NodeStatus
  /**
   * `evaluated`: something was compared or looked up. `declared`: it only says that something holds, and nothing was
   * there to check. `none`: nobody could tell.
   */
  readonly basis: 'evaluated' | 'declared' | 'none'
  /** One sentence for people. */
  readonly detail: string
  /** Values that were looked at, by name. */
  readonly used: JsonObject
  /** Names that nothing is bound to, sorted. */
  readonly missing: readonly string[]
}

/** How many nodes stand how. */
export interface VerificationSummary {
  readonly total: number
  readonly satisfied: number
  readonly unsatisfied: number
  readonly unknown: number
  readonly human_required: number
}

/** What the verification of a skill's definition came to; results in the order of the definition. */
export interface VerificationReport {
  readonly skill_id: string
  readonly results: readonly NodeResult[]
  readonly summary: VerificationSummary
  /** `satisfied` only when every node is and at least one of them was evaluated; else the worst that there is. */
  readonly verdict: NodeStatus
}

/** The report in the form that older clients read. */
export interface LegacyReport {
  readonly skill_id: string
  readonly results: readonly {
    readonly node_name: string
    readonly node_type: string
    readonly satisfied: boolean | 'unknown'
    readonly detail: string
    /** False: nobody could tell, or only a person can. */
    readonly evaluable: boolean
  }[]
  /** ISO 8601. */
  readonly timestamp: string
  readonly summary: {
    readonly total: number
    readonly passed: number
    readonly failed: number
    readonly unknown: number
    readonly human_required: number
  }
  /**
   * At least one node was evaluated, and every one that a machine can check is satisfied. Declarations alone, or nodes
   * that nobody could evaluate, never make it true.
   */
  readonly all_deterministic_passed: boolean
}

/** Sums the results up. */
export function makeReport(skillId: string, results: readonly NodeResult[]): VerificationReport {
  const summary: VerificationSummary = {
    total: results.length,
    satisfied: count(results, 'satisfied'),
    unsatisfied: count(results, 'unsatisfied'),
    unknown: count(results, 'unknown'),
    human_required: count(results, 'human_required'),
  }
  return { skill_id: skillId, results, summary, verdict: decideVerdict(summary, results) }
}

/** The report in the form that older clients read. */
export function toLegacyReport(report: VerificationReport, at: Instant): LegacyReport {
  const { total, satisfied, unsatisfied, unknown, human_required } = report.summary
  return {
    skill_id: report.skill_id,
    results: report.results.map(({ name, type, status, detail }) => ({
      node_name: name,
      node_type: type,
      satisfied: isDecided(status) ? status === 'satisfied' : 'unknown',
      detail,
      evaluable: isDecided(status),
    })),
    timestamp: isoInstant(at),
    summary: { total, passed: satisfied, failed: unsatisfied, unknown, human_required },
    all_deterministic_passed: hasEvaluated(report.results) && unsatisfied === 0 && unknown === 0,
  }
}

function decideVerdict(summary: VerificationSummary, results: readonly NodeResult[]): NodeStatus {
  if (summary.unsatisfied > 0) return 'unsatisfied'
  if (summary.unknown > 0) return 'unknown'
  if (summary.human_required > 0) return 'human_required'
  // Declarations alone prove nothing, and no nodes prove less.
  return hasEvaluated(results) ? 'satisfied' : 'unknown'
}

function hasEvaluated(results: readonly NodeResult[]): boolean {
  return results.some(({ basis }) => basis === 'evaluated')
}

function isDecided(status: NodeStatus): boolean {
  return status === 'satisfied' || status === 'unsatisfied'
}

function count(results: readonly NodeResult[], status: NodeStatus): number {
  return results.filter((result) => result.status === status).length
}
