import type { AuditCategory, AuditSeverity } from './line.ts'

/** What is known about a kind of entry. */
export interface KindRule {
  readonly category: AuditCategory
  readonly action: string
  /** Of a success; `info` when absent. */
  readonly severity?: AuditSeverity
  /** What the entry's own data cannot change. */
  readonly success?: boolean
  /** It says that something was not let through. */
  readonly isRefusal: boolean
}

/** The rule of a kind. A kind nobody told us of is a system event under its own name: nothing is left out of the log. */
export function findRule(kind: string): KindRule {
  const [noun = '', ...rest] = kind.split('.')
  const category = nouns.get(noun)
  const isRefusal = REFUSING.test(rest.at(-1) ?? '')
  const refused = isRefusal ? { success: false } : {}
  if (category === undefined) return { category: 'system', action: kind, isRefusal, ...refused }
  const isSecurity = isRefusal && !ownRefusals.has(noun)
  return {
    category: isSecurity ? 'security' : category,
    action: kind.replaceAll(/[.-]/g, '_'),
    isRefusal,
    ...refused,
    ...exceptions.get(kind),
  }
}

/** The category of each noun that kinds begin with. (operations §Audit log) */
const nouns: ReadonlyMap<string, AuditCategory> = new Map([
  ['run', 'flow_execution'],
  ['flow', 'flow_execution'],
  ['step', 'flow_execution'],
  ['route', 'flow_execution'],
  ['modifier', 'modifier_application'],
  ['block', 'python_file_call'],
  ['handler', 'python_file_call'],
  ['pack', 'approval'],
  ['grant', 'permission'],
  ['capability', 'permission'],
  ['candidate', 'permission'],
  ['secret', 'permission'],
  ['store', 'permission'],
  ['denial', 'permission'],
  ['network', 'network'],
  ['principal', 'security'],
  ['request', 'security'],
  ['sandbox', 'security'],
  ['schedule', 'system'],
  ['system', 'system'],
])

const REFUSING = /(?:^|-)(?:refuse|deny|skip)$/

/** Whoever reads the blocks' or the network's log looks for refusals there; those of a schedule are no attack. */
const ownRefusals = new Set(['block', 'network', 'schedule'])

const exceptions: ReadonlyMap<string, Partial<KindRule>> = new Map<string, Partial<KindRule>>([
  ['run.start', { action: 'flow_start' }],
  ['run.end', { action: 'flow_end' }],
  ['pack.modified', { severity: 'warning' }],
  ['pack.reject', { severity: 'warning' }],
  ['candidate.reject', { severity: 'warning' }],
  ['candidate.block', { severity: 'warning' }],
  ['principal.overridden', { action: 'principal_id_overridden', severity: 'warning', success: true }],
  // It is written only for checks that failed.
  ['sandbox.self-test', { success: false }],
])
