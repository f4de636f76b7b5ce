import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import type { ChainItem } from './append-blocks.ts'
import { chainTimestamp } from './timestamp.ts'

/** An entry of the ledger, as far as a chain is concerned. */
export interface RecordedEntry {
  /** @example 'kairos.knowledge' */
  readonly kind: string
  /** ISO 8601 in UTC with milliseconds. */
  readonly at: string
  readonly actor: string
  readonly subject: string
  readonly data: JsonObject
}

/** The members of a record on the chain, in the order in which they are written. */
export interface ChainRecordForm {
  /** What `type` says; undefined when the record has no `type`. */
  readonly type: string | undefined
  readonly members: readonly string[]
  /** Members that are left out, not `null`, when the entry has none. */
  readonly optional: readonly string[]
}

/**
 * How each kind of entry is written on a chain. An entry's data has its members under the same names, so that who writes
 * entries uses this table as well.
 */
export const chainRecordMembers = {
  'kairos.skill-change': {
    type: undefined,
    members: [
      ...['skill_id', 'prev_ast_hash', 'next_ast_hash', 'diff_hash'],
      ...['actor', 'agent_id', 'timestamp', 'reason_ref'],
    ],
    optional: [],
  },
  'kairos.knowledge': {
    type: 'knowledge_update',
    members: ['layer', 'knowledge_id', 'action', 'prev_hash', 'next_hash', 'reason', 'timestamp'],
    optional: [],
  },
  'kairos.state-commit': {
    type: 'state_commit',
    members: [
      ...['commit_type', 'actor', 'prev_snapshot_hash', 'next_snapshot_hash'],
      ...['snapshot_ref', 'summary', 'reason', 'timestamp'],
    ],
    optional: [],
  },
  'kairos.formalization': {
    type: 'formalization_decision',
    members: [
      ...['skill_id', 'skill_version', 'source_text', 'source_span', 'result', 'rationale', 'formalization_category'],
      ...['ambiguity_before', 'ambiguity_after', 'decided_by', 'model', 'timestamp', 'confidence'],
      ...['decompile_text', 'source_decompile_divergence'],
    ],
    optional: [],
  },
  'kairos.skillset': {
    type: 'skillset_event',
    members: ['layer', 'skillset_name', 'skillset_version', 'action', 'content_hash', 'reason', 'timestamp'],
    optional: ['file_hashes'],
  },
  'kairos.upgrade': {
    type: 'system_upgrade',
    members: ['from_version', 'to_version', 'actions', 'timestamp'],
    optional: [],
  },
  'kairos.record': { type: 'record', members: ['by', 'logs'], optional: [] },
} as const satisfies Readonly<Record<string, ChainRecordForm>>

/** A kind of entry that is written on a chain. */
export type ChainEntryKind = keyof typeof chainRecordMembers

/**
 * What an entry becomes on a chain: one JSON object, its members in the order of `chainRecordMembers`. A member that the
 * entry has not is `null`; a missing `timestamp` is the entry's own time. `"truncated":true` stands at the end when the
 * ledger had to cut the entry.
 *
 * @returns Undefined for an entry of another kind, and for one whose time is none.
 */
export function projectEntry(entry: RecordedEntry): ChainItem | undefined {
  if (!isChainEntryKind(entry.kind)) return undefined
  const timestamp = chainTimestamp(entry.at)
  if (timestamp === undefined) return undefined
  return { timestamp, data: [printRecord(chainRecordMembers[entry.kind], entry)] }
}

function isChainEntryKind(kind: string): kind is ChainEntryKind {
  return Object.hasOwn(chainRecordMembers, kind)
}

function printRecord(form: ChainRecordForm, entry: RecordedEntry): string {
  const { data } = entry
  const known: [string, JsonValue][] = form.members.map((name) => [name, findMember(name, entry) ?? null])
  const optional: [string, JsonValue][] = form.optional.flatMap((name) => {
    const value = findMember(name, entry)
    return value === undefined ? [] : [[name, value]]
  })
  const type: [string, JsonValue][] = form.type === undefined ? [] : [['type', form.type]]
  const cut: [string, JsonValue][] = data['truncated'] === true ? [['truncated', true]] : []
  return JSON.stringify(Object.fromEntries([...type, ...known, ...optional, ...cut]))
}

function findMember(name: string, { data, actor, at }: RecordedEntry): JsonValue | undefined {
  // Who asked is what the ledger says, never what the caller says of itself.
  if (name === 'by') return actor
  const value = Object.hasOwn(data, name) ? data[name] : undefined
  return value === undefined && name === 'timestamp' ? at : value
}
