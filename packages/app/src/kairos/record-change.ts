import { sha256Hex, type JsonObject } from '@rumi/kernel/base'
import type { StateWriter } from '@rumi/kernel/state'
import { hashSkill, printSkill, type SkillTree } from '@rumi/skills/language'
import { versionCollection, type ProposalRecord, type SkillTransition } from '@rumi/skills/governance'
import type { LawSkill } from './law-files.ts'

/** Longest piece of a text in an entry: longer ones would be cut. */
const chunkLength = 1000

/**
 * Writes down one skill that changed: the full record of L0, with the reason and both texts in canonical form, and the
 * version by its content.
 */
export function recordTransition(
  writer: StateWriter,
  change: {
    readonly transition: SkillTransition
    /** The skill as it is afterwards; absent: it is gone. */
    readonly skill: LawSkill | undefined
    readonly proposal: Pick<ProposalRecord, 'id' | 'hash' | 'reason' | 'approval'>
    readonly revision: number
    readonly at: number
    readonly by: string
  },
): void {
  const { transition, skill, proposal, revision, at, by } = change
  const { before, after } = transition
  const data: JsonObject = {
    skill_id: transition.id,
    prev_ast_hash: hashOf(before),
    next_ast_hash: hashOf(after),
    diff_hash: sha256Hex(JSON.stringify(transition.diff)),
    reason_ref: proposal.id,
    reason: proposal.reason,
    approved_by: proposal.approval?.by ?? null,
    revision,
    fields: [...new Set(transition.diff.changes.map(({ field }) => field))],
    before: chunk(before),
    after: chunk(after),
  }
  writer.append({ kind: 'kairos.skill-change', actor: by, subject: transition.id, data })
  if (skill !== undefined) keepVersion(writer, { skill, reason: proposal.reason, at, by, revision })
}

/** Keeps a version of a skill for good, with its text. */
export function keepVersion(
  writer: StateWriter,
  version: {
    readonly skill: LawSkill
    readonly reason: string
    readonly at: number
    readonly by: string
    readonly revision: number
  },
): void {
  const { skill, reason, at, by, revision } = version
  const { id: skillId, version: name = null } = skill.tree
  const content = writer.putBlob(Buffer.from(skill.source.text))
  writer.putDocument(versionCollection, `${skillId}:${revision}`, {
    ...{ skillId, treeHash: skill.treeHash, source: { language: skill.source.language, content } },
    ...{ version: name, at, reason, by, revision },
  })
}

function hashOf(tree: SkillTree | undefined): string | null {
  return tree === undefined ? null : hashSkill(tree).slice('sha256:'.length)
}

/** The canonical text in pieces, which together are all of it. */
function chunk(tree: SkillTree | undefined): readonly string[] | null {
  if (tree === undefined) return null
  const text = printSkill(tree)
  const pieces: string[] = []
  let piece = ''
  for (const character of text) {
    piece += character
    if (piece.length < chunkLength) continue
    pieces.push(piece)
    piece = ''
  }
  return piece === '' ? pieces : [...pieces, piece]
}
