import { err, ok, type JsonValue, type Outcome, type Problem } from '@rumi/kernel/base'
import { skillIdSchema, type DataFolder } from '../base/index.ts'
import { nounOf, type DocumentId } from './id.ts'
import { makeMainFile } from './main-text.ts'
import { decodeDocument, parseDocument } from './parse.ts'
import {
  inspectDocument,
  readFiles,
  requireDocument,
  type DocumentPlan,
  type FileContent,
  type PresentDocument,
} from './plan.ts'
import { planFiles } from './plan-write.ts'
import { loadDocument } from './read.ts'
import { addEdges, readEdges, type RelationRefusal } from './relation.ts'

/** A wish to raise a document by one layer. */
export interface PromotionWish {
  readonly from: 'L0' | 'L1' | 'L2'
  readonly to: 'L0' | 'L1' | 'L2'
  readonly name: string
  /** The session an L2 document belongs to. */
  readonly session?: string
  /** Its name in L1; the same when nothing is said. */
  readonly targetName?: string
}

/** What becomes of a promotion: a change of L1, or a text for a proposal to L0, which changes nothing by itself. */
export type Promotion =
  | { readonly kind: 'document'; readonly plan: DocumentPlan }
  | { readonly kind: 'draft'; readonly draft: SkillDraft }

/** A skill that somebody may propose; it is data, and nothing has been decided. */
export interface SkillDraft {
  readonly id: string
  readonly title: string
  readonly content: string
}

/**
 * Raises a document. L2 to L1 copies it with all its files over what L1 has of that name and adds, exactly once, the edge that
 * says where it comes from; edges that L1 has already stay. L1 to L0 only drafts a skill. Refused: any other way and an L2
 * document without its session (422), what is not there (404), and a promotion that changes nothing (409).
 * (behaviour: promotion; design §layers)
 */
export function planPromote(folder: DataFolder, wish: PromotionWish): Outcome<Promotion> {
  if (wish.from === 'L2' && wish.to === 'L1') return promoteContext(folder, wish)
  if (wish.from === 'L1' && wish.to === 'L0') return draftSkill(folder, wish)
  const message = `Invalid transition: ${wish.from} to ${wish.to}.`
  return err({ code: 'promotion.transition', status: 422, message, hint: 'L2 goes to L1, and L1 to L0.' })
}

function promoteContext(folder: DataFolder, { name, session, targetName }: PromotionWish): Outcome<Promotion> {
  if (session === undefined || session === '') {
    return err({ code: 'promotion.session_required', status: 422, message: 'session_id is required' })
  }
  const from: DocumentId = { layer: 'L2', session, name }
  const id: DocumentId = { layer: 'L1', session: null, name: targetName ?? name }
  const source = requireDocument(folder, from)
  if (!source.ok) return source
  const target = inspectDocument(folder, id)
  if (!target.ok) return target
  const files = readFiles(folder, source.value)
  if (!files.ok) return files
  const main = files.value.find(({ path }) => path === source.value.main)
  if (!main) return err(invalid(from, 'it has no main file'))

  const mainPath = target.value?.main ?? (main.path === 'SKILL.md' ? 'SKILL.md' : `${id.name}.md`)
  const others = files.value.filter((file) => file !== main)
  if (others.some(({ path }) => path === mainPath)) return err(invalid(from, `"${mainPath}" is the main file in L1`))
  const edge = { type: 'informed_by', target: `v1:${session}/${name}` }
  const kept = readPresentEdges(folder, target.value)
  if (!kept.ok) return kept
  const bytes = withEdges(from, main, [edge, ...kept.value])
  if (!bytes.ok) return bytes
  const moved: FileContent = { path: mainPath, bytes: bytes.value, isExecutable: main.isExecutable }
  const plan = planFiles(folder, { id, found: target.value, mainPath, files: [moved, ...others] })
  return plan.ok ? ok({ kind: 'document', plan: plan.value }) : plan
}

/** Edges that somebody gave the L1 document stay, also when L2 never heard of them. */
function readPresentEdges(folder: DataFolder, target: PresentDocument | undefined): Outcome<readonly JsonValue[]> {
  if (target?.main === null || target === undefined) return ok([])
  const present = loadDocument(folder, target)
  // Its edges would be lost, and nobody has seen them.
  if (present.problem) return err(invalid(target.id, present.problem.message))
  const edges = readEdges(present.meta)
  return edges.ok ? edges : err(invalid(target.id, refusals[edges.error]))
}

function withEdges(id: DocumentId, main: FileContent, edges: readonly JsonValue[]): Outcome<Uint8Array> {
  const text = decodeDocument(main.bytes)
  if (!text.ok) return err(invalid(id, text.error.message))
  const parsed = parseDocument(text.value)
  if (!parsed.ok) {
    const { line, message } = parsed.error.problem
    return err(invalid(id, line === undefined ? message : `line ${line}: ${message}`))
  }
  // A text without front matter gets one, in which the edge can stand.
  const whole = makeMainFile(id, { content: text.value })
  if (!whole.ok) return whole
  const added = addEdges(Buffer.from(whole.value).toString('utf8'), edges)
  if (!added.ok) return err(invalid(id, refusals[added.error]))
  return makeMainFile(id, { content: added.value })
}

const refusals: Readonly<Record<RelationRefusal, string>> = {
  'no-front-matter': 'its front matter cannot be read',
  'not-a-list': 'the relations in its front matter are no list',
  unwritable: 'its front matter cannot be written again',
}

function draftSkill(folder: DataFolder, { name }: PromotionWish): Outcome<Promotion> {
  const id: DocumentId = { layer: 'L1', session: null, name }
  const found = requireDocument(folder, id)
  if (!found.ok) return found
  const { problem, title, body } = loadDocument(folder, found.value)
  if (problem) return err(invalid(id, problem.message))
  return ok({ kind: 'draft', draft: { id: toSkillId(name), title, content: body.trim() } })
}

/** A skill's name has no dots and begins with a letter. */
function toSkillId(name: string): string {
  const plain = name.replaceAll('.', '_')
  return skillIdSchema.safeParse(plain).success ? plain : `s_${plain}`.slice(0, 64)
}

function invalid(id: DocumentId, reason: string): Problem {
  const message = `The ${nounOf(id.layer)} "${id.name}" cannot be promoted: ${reason}.`
  return { code: `${nounOf(id.layer)}.invalid`, status: 422, message }
}
