import { isJsonObject, parseStrictJson, type JsonObject } from '@rumi/kernel/base'
import type { ChainBlock } from './block.ts'

/** What a recorded text is about, judged by its content; `record` is everything that is none of the others. */
export type ChainRecordKind =
  | 'genesis'
  | 'skill_transition'
  | 'knowledge_update'
  | 'state_commit'
  | 'formalization_decision'
  | 'skillset_event'
  | 'system_upgrade'
  | 'record'

/** One text of a block. */
export interface ChainRecord {
  readonly kind: ChainRecordKind
  readonly text: string
  /** The JSON object that the text is; undefined when it is none, or has more than 1 MiB or 32 levels. */
  readonly members: JsonObject | undefined
}

/** A block for a history: what it is about, and each of its texts. */
export interface BlockDescription {
  /** The kind of the first text that has one of the system's; `record` when none has. */
  readonly kind: ChainRecordKind
  readonly records: readonly ChainRecord[]
}

/**
 * Says what a block of an older chain is about. Never throws, whatever the texts hold.
 *
 * This is a label and no proof: in the older system every caller could record a text that looks like one of the
 * system's. The record of a changed skill has no `type` there and is known by its members.
 */
export function describeBlock(block: Pick<ChainBlock, 'index' | 'data'>): BlockDescription {
  if (block.index === 0) {
    return { kind: 'genesis', records: block.data.map((text) => ({ kind: 'genesis', text, members: undefined })) }
  }
  const records = block.data.map(describeText)
  return { kind: records.find(({ kind }) => kind !== 'record')?.kind ?? 'record', records }
}

const NAMED_KINDS: ReadonlySet<string> = new Set([
  'knowledge_update',
  'state_commit',
  'formalization_decision',
  'skillset_event',
  'system_upgrade',
])

const recordLimits = { maxBytes: 1_048_576, maxDepth: 32 }

function describeText(text: string): ChainRecord {
  const members = parseMembers(text)
  return { kind: members === undefined ? 'record' : findKind(members), text, members }
}

function parseMembers(text: string): JsonObject | undefined {
  // Most texts of strangers are no JSON; to look at the first character costs less than to encode megabytes.
  if (!/^\s{0,16}\{/.test(text) || text.length > recordLimits.maxBytes) return undefined
  const parsed = parseStrictJson(Buffer.from(text), recordLimits)
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined
}

function findKind(members: JsonObject): ChainRecordKind {
  const { type } = members
  if (type === undefined || type === 'skill_transition') {
    const isTransition = ['skill_id', 'prev_ast_hash', 'next_ast_hash'].every((name) => Object.hasOwn(members, name))
    return isTransition ? 'skill_transition' : 'record'
  }
  return isNamedKind(type) ? type : 'record'
}

function isNamedKind(type: unknown): type is ChainRecordKind {
  return typeof type === 'string' && NAMED_KINDS.has(type)
}
