import { z } from 'zod'
import { canonicalJson, sha256Hex, type Collection, type JsonValue } from '@rumi/kernel/base'
import { contentHashSchema, skillIdSchema } from '../base/index.ts'

const instantSchema = z.int().min(0).max(8_640_000_000_000_000)
const skillHashSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const pathSchema = z.string().min(1).max(1024)

const lawRecordSchema = z
  .strictObject({
    /** Grows by one with every change. */
    revision: z.int().min(1),
    /** Files of L0 by path: the content that is in force, whatever the folder holds. */
    files: z.record(pathSchema, contentHashSchema),
    /** Skills in force: their tree hash, and the file they stand in. */
    skills: z.record(skillIdSchema, z.strictObject({ treeHash: skillHashSchema, file: pathSchema })),
    /** What shipped with the version that was set up last, by path: the ancestor of a three-way upgrade. */
    shipped: z.record(pathSchema, contentHashSchema),
    setUpAt: instantSchema,
  })
  .readonly()

/** L0 as it is in force. One record, so that all of it changes at once. */
export type LawRecord = z.infer<typeof lawRecordSchema>
export const lawCollection: Collection<LawRecord> = { name: 'kairos.law', schema: lawRecordSchema }
/** The id of the one record. */
export const lawId = 'l0'

const checkSchema = z.strictObject({
  id: z.string(),
  outcome: z.enum(['passed', 'failed', 'human']),
  detail: z.string(),
})
const fileChangeSchema = z.strictObject({
  path: pathSchema,
  /** Content before and after, by hash; null: no such file. */
  before: contentHashSchema.nullable(),
  after: contentHashSchema.nullable(),
  isExecutable: z.boolean(),
})
/** A change of a file, by the hashes of its content. */
export type PlannedFile = Readonly<z.infer<typeof fileChangeSchema>>

const decisionSchema = z.strictObject({ by: z.string(), at: instantSchema })
const wishSchema = z.discriminatedUnion('kind', [
  /** One skill comes, changes or goes. */
  z.strictObject({
    kind: z.literal('skill'),
    skillId: skillIdSchema,
    /** What it was compared with; null: there was none. */
    base: skillHashSchema.nullable(),
    /** The proposed text; null: it goes. */
    source: z.strictObject({ language: z.enum(['typescript', 'ruby']), content: contentHashSchema }).nullable(),
    /** An earlier version that it returns to. */
    returnsTo: skillHashSchema.optional(),
  }),
  /** Files change as a whole: a state that was committed comes back, or instructions change. */
  z.strictObject({
    kind: z.literal('files'),
    purpose: z.enum(['restore', 'instructions', 'upgrade']),
    /** The state that comes back. */
    stateRoot: contentHashSchema.optional(),
    changes: z.array(fileChangeSchema).min(1).max(20_000),
  }),
])
/** What a proposal wants. */
export type Wish = Readonly<z.infer<typeof wishSchema>>

const proposalRecordSchema = z
  .strictObject({
    id: z.string().regex(/^prop_[0-9a-f]{16}$/),
    /** What it is about, for people: a skill's id, a state. */
    subject: z.string().max(1024),
    /** What an approval names: the tree hash of the skill, or the digest of the changes. */
    hash: skillHashSchema,
    wish: wishSchema,
    reason: z.string().min(1).max(4000),
    by: z.string(),
    at: instantSchema,
    expiresAt: instantSchema,
    /** As they were when it was made; they are made again when it is applied. */
    checks: z.array(checkSchema).readonly(),
    status: z.enum(['open', 'approved', 'applied', 'rejected']),
    approval: decisionSchema.extend({ hash: skillHashSchema }).optional(),
    rejection: decisionSchema.extend({ reason: z.string().max(4000) }).optional(),
    applied: decisionSchema.extend({ revision: z.int() }).optional(),
  })
  .readonly()

/** A change that somebody wants and the operator has to agree to. */
export type ProposalRecord = z.infer<typeof proposalRecordSchema>
export const proposalCollection: Collection<ProposalRecord> = { name: 'kairos.proposal', schema: proposalRecordSchema }

/** The hash that stands for the removal of a skill, so that agreeing to it names what goes. */
export function hashRemoval(treeHash: string): string {
  return `sha256:${sha256Hex(`rumi.skill.removal.v1\n${treeHash}`)}`
}

/** The hash that stands for a set of changes of files. */
export function hashChanges(changes: readonly PlannedFile[]): string {
  const plain: JsonValue = changes.map(({ path, before, after, isExecutable }) => ({
    path,
    before,
    after,
    isExecutable,
  }))
  return `sha256:${sha256Hex(`rumi.files.change.v1\n${canonicalJson(plain)}`)}`
}

const sessionRecordSchema = z.strictObject({ count: z.int().min(0), since: instantSchema }).readonly()
/** Changes of L0 since the operator began a session. It outlives the process: a restart gives no new ones. */
export type SessionRecord = z.infer<typeof sessionRecordSchema>
export const sessionCollection: Collection<SessionRecord> = { name: 'kairos.session', schema: sessionRecordSchema }
/** The id of the one record. */
export const sessionId = 'session'

const versionRecordSchema = z
  .strictObject({
    skillId: skillIdSchema,
    treeHash: skillHashSchema,
    source: z.strictObject({ language: z.enum(['typescript', 'ruby']), content: contentHashSchema }),
    version: z.string().nullable(),
    at: instantSchema,
    reason: z.string(),
    by: z.string(),
    revision: z.int().min(1),
  })
  .readonly()

/** One version of a skill that was in force. By `<skill id>:<revision>`; never changed. */
export type VersionRecord = z.infer<typeof versionRecordSchema>
export const versionCollection: Collection<VersionRecord> = { name: 'kairos.version', schema: versionRecordSchema }
