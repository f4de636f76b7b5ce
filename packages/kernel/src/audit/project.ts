import type { JsonObject, JsonValue } from '../base/index.ts'
import type { LedgerEntry } from '../ledger/index.ts'
import { judgeEntry, type AuditFacts } from './judge.ts'
import { asciiJson, type AuditLine } from './line.ts'

/**
 * The line of the audit log that an entry of the ledger becomes: exactly one, the same every time. Whatever strangers
 * wrote into the entry, its text stays below `maxAuditLineBytes`; what was cut is on the ledger under `seq`. (AUD-02)
 */
export function projectEntry(entry: LedgerEntry): AuditLine {
  const facts = judgeEntry(entry)
  const texts = { isCut: false }
  const id = (text: string | undefined): string | undefined => cut(text, ID_BYTES, texts)
  const sentence = (text: string | undefined): string | undefined => cut(text, SENTENCE_BYTES, texts)
  const named = {
    flow_id: id(facts.flowId),
    step_id: id(facts.stepId),
    phase: id(facts.phase),
    owner_pack: id(facts.ownerPack),
    modifier_id: id(facts.modifierId),
  }
  const failed = {
    error: sentence(facts.error),
    error_type: id(facts.errorType),
    rejection_reason: sentence(facts.rejectionReason),
    execution_mode: facts.executionMode,
  }
  const action = id(facts.action) ?? ''
  const details = boundDetails(listDetails(entry, facts), texts)
  return {
    ts: entry.at,
    category: facts.category,
    severity: facts.severity,
    action,
    success: facts.success,
    ...withoutUndefined(named),
    details,
    ...withoutUndefined(failed),
    seq: entry.seq,
  }
}

/*
 * Bytes of JSON in ASCII without the quotes. Seven ids, two sentences and the details are 6912; names of members, quotes
 * and numbers take less than what is left of 8192.
 */
const ID_BYTES = 256
const SENTENCE_BYTES = 1024
const DETAIL_BYTES = 1024
const DETAILS_BYTES = 3072
const KEY_BYTES = 128

type Defined<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> }

function withoutUndefined<T extends object>(members: T): Defined<T>
function withoutUndefined(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

/** Members that stand in the line itself. */
const lifted = new Set(['flow_id', 'step_id', 'phase', 'pack_id', 'owner_pack', 'modifier_id'])

/** Who and what first: nothing that a pack wrote into the data takes their place. */
function listDetails({ kind, actor, subject, data }: LedgerEntry, facts: AuditFacts): readonly Member[] {
  const permission = data['permission_id']
  const type = permission === 'network.request' ? 'network_grant' : 'capability_grant'
  const own: readonly Member[] = [
    ['kind', kind],
    ['actor', actor],
    ['subject', subject],
    ...(kind.startsWith('grant.') ? [['permission_type', type] as const] : []),
  ]
  const said = new Set(own.map(([key]) => key))
  const isSaid = (key: string): boolean =>
    said.has(key) || lifted.has(key) || (facts.rejectionReason !== undefined && key === 'reason')
  return [...own, ...Object.entries(data).filter(([key]) => !isSaid(key))]
}

type Member = readonly [key: string, value: JsonValue]

interface Cutting {
  isCut: boolean
}

/** As many members as there is room for; the first that finds none is cut, or left out when it is no text. */
function boundDetails(members: readonly Member[], texts: Cutting): JsonObject {
  const kept: Member[] = []
  let left = DETAILS_BYTES
  for (const [key, value] of members) {
    const keyBytes = asciiJson(key).length + 2
    const room = Math.min(left - keyBytes - 2, DETAIL_BYTES)
    if (keyBytes > KEY_BYTES || room <= 0) {
      texts.isCut = true
      continue
    }
    const bounded = typeof value === 'string' ? cut(value, room, texts) : boundValue(value, room, texts)
    if (bounded === undefined) continue
    kept.push([key, bounded])
    left -= keyBytes + asciiJson(bounded).length
  }
  if (texts.isCut) kept.push(['truncated', true])
  // Not by assignment: a member called __proto__ is data.
  return Object.fromEntries(kept)
}

/** Half a list or object says something else than the whole one. */
function boundValue(value: JsonValue, room: number, texts: Cutting): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return value
  if (asciiJson(value).length <= room) return value
  texts.isCut = true
  return undefined
}

/** The longest beginning, in whole characters, that fits. */
function cut(text: string, limitBytes: number, texts: Cutting): string
function cut(text: string | undefined, limitBytes: number, texts: Cutting): string | undefined
function cut(text: string | undefined, limitBytes: number, texts: Cutting): string | undefined {
  if (text === undefined || asciiJson(text).length - 2 <= limitBytes) return text
  texts.isCut = true
  let bytes = 0
  let end = 0
  for (const character of text) {
    bytes += asciiJson(character).length - 2
    if (bytes > limitBytes) break
    end += character.length
  }
  return text.slice(0, end)
}
