import { z } from 'zod'
import { canonicalJson, sha256Hex, type JsonObject, type JsonValue } from '@rumi/kernel/base'
import { skillIdSchema, type Place } from '../base/index.ts'

/** Types of nodes that the language has a word for; another type may be written, and nothing checks it. (design §ノード型) */
export const knownNodeTypes = ['Constraint', 'Check', 'Plan', 'ToolCall', 'SemanticReasoning'] as const

const jsonValueSchema: z.ZodType<JsonValue> = z.json()
const jsonObjectSchema: z.ZodType<JsonObject> = z.record(z.string(), jsonValueSchema)

/** Code that is kept as the text it was written in, and run by nobody but a sandbox. */
const sourceTextSchema = z.strictObject({ language: z.enum(['typescript', 'ruby']), text: z.string() })
export type SourceText = Readonly<z.infer<typeof sourceTextSchema>>

const definitionNodeSchema = z.strictObject({
  type: z.string().min(1),
  /** Unique in its definition. */
  name: z.string().min(1),
  options: jsonObjectSchema,
  /** Where in the content it comes from; null when nobody said. */
  source_span: jsonValueSchema,
})

/**
 * One statement of a definition.
 *
 * @example { type: 'Constraint', name: 'human_approval', options: { required: true }, source_span: null }
 */
export type DefinitionNode = Readonly<z.infer<typeof definitionNodeSchema>>

const names = z.array(z.string()).readonly()

/**
 * A skill as data: the one form that TypeScript and Ruby sources are read into. Member names are the language's own words.
 * An absent member was not written; an empty list was.
 */
export const skillTreeSchema = z
  .strictObject({
    id: skillIdSchema,
    version: z.string().optional(),
    title: z.string().optional(),
    use_when: z.string().optional(),
    inputs: names.optional(),
    requires: jsonValueSchema.optional(),
    depends_on: jsonValueSchema.optional(),
    guarantees: names.optional(),
    content: z.string().optional(),
    formalization_notes: z.string().optional(),
    /** Which fields may change; `all` in `deny`: none. */
    evolve: z
      .strictObject({
        allow: names,
        deny: names,
        /** Conditions in code; nobody evaluates them, so a skill that has some needs a person. */
        conditions: z
          .array(z.strictObject({ name: z.string(), source: sourceTextSchema }))
          .readonly()
          .optional(),
      })
      .readonly()
      .optional(),
    definition: z.array(definitionNodeSchema).readonly().optional(),
    behavior: sourceTextSchema.optional(),
    effects: z
      .array(z.strictObject({ name: z.string(), requires: names, records: names, run: sourceTextSchema.optional() }))
      .readonly()
      .optional(),
    tool: z
      .strictObject({
        name: z.string().optional(),
        description: z.string().optional(),
        input: z
          .array(
            z.strictObject({
              name: z.string(),
              type: z.string(),
              description: z.string().optional(),
              required: z.boolean(),
            }),
          )
          .readonly(),
        execute: sourceTextSchema.optional(),
      })
      .readonly()
      .optional(),
  })
  .readonly()
export type SkillTree = z.infer<typeof skillTreeSchema>

/** Fields of a skill, in the order in which they are printed and compared. */
export const skillFields = [
  'version',
  'title',
  'use_when',
  'inputs',
  'requires',
  'depends_on',
  'guarantees',
  'evolve',
  'content',
  'definition',
  'formalization_notes',
  'behavior',
  'effects',
  'tool',
] as const
export type SkillField = (typeof skillFields)[number]

/** A skill that was read from a source. */
export interface ParsedSkill {
  readonly tree: SkillTree
  /** Where each part stands, by JSON Pointer. @example '/definition/0/options/condition' */
  readonly places: ReadonlyMap<string, Place>
  /** The part of the source that is this skill, in UTF-16 code units: `[start, end)`. */
  readonly region: { readonly start: number; readonly end: number }
}

/** The digest that names a skill's content, whatever form it was written in: `sha256:` and 64 hex digits. */
export function hashSkill(tree: SkillTree): string {
  return `sha256:${sha256Hex(`rumi.skill.v1\n${canonicalJson(toJson(tree))}`)}`
}

/** The tree as plain JSON, without absent members. */
export function toJson(tree: SkillTree): JsonObject {
  return jsonObjectSchema.parse(JSON.parse(JSON.stringify(tree)))
}

/** Bounds of a source. */
export const sourceLimits = {
  bytes: 1024 * 1024,
  /** Of one text in it. */
  textBytes: 256 * 1024,
  /** Of arrays and objects in one value. */
  depth: 32,
  /** Statements of one definition; also effects, conditions and properties of one list. */
  nodes: 500,
  skillsInFile: 200,
  /** Values of one source, so that what is kept for each of them stays bounded. */
  values: 20_000,
  /** UTF-16 code units of a key or a name. */
  nameLength: 128,
} as const
