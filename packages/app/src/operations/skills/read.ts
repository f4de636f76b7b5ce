import { z } from 'zod'
import { err, ok, type Diagnostic, type Outcome } from '@rumi/kernel/base'
import { skillIdSchema } from '@rumi/skills/base'
import { parseCondition } from '@rumi/skills/condition'
import { diffSkills, hashSkill, printSkill, skillToJson, type SkillTree } from '@rumi/skills/language'
import { isoInstant } from '@rumi/kernel/base'
import { unknownSkill, type Law, type LawSkill } from '../../kairos/index.ts'
import { define } from '../define.ts'
import { diagnosticSchema } from '../packs/view.ts'
import type { Services } from '../services.ts'
import { sourceInputSchema } from './source.ts'
import { presentDiff, presentSkill, skillViewSchema, transitionViewSchema } from './views.ts'

/** A skill in force by its id. */
export async function findSkill(
  { kairos }: Services,
  id: string,
): Promise<Outcome<{ readonly law: Law; readonly skill: LawSkill }>> {
  const law = await kairos.law.current()
  if (!law.ok) return law
  const skill = law.value.skills.get(id)
  return skill ? ok({ law: law.value, skill }) : err(unknownSkill(id, [...law.value.skills.keys()]))
}

/** Skills that nothing may change, by policy or configuration. */
function listImmutable({ kairos }: Services, { policy }: Law): ReadonlySet<string> {
  return new Set([...policy.immutableSkills, ...kairos.rules.readConfig().config.immutableSkills])
}

/** Lists skills. */
export const listSkills = define({
  name: 'skills.list',
  summary: 'Lists the skills of L0 that are in force.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/skills' },
  input: z.strictObject({}),
  output: z.object({
    skills: z.array(skillViewSchema),
    count: z.number(),
    revision: z.number(),
    /** Files that were edited without a proposal, and settings that cannot be read. */
    diagnostics: z.array(diagnosticSchema),
  }),
  run: async (services) => {
    const { kairos } = services
    const law = await kairos.law.current()
    if (!law.ok) return law
    const immutable = listImmutable(services, law.value)
    const skills = [...law.value.skills.values()].map((skill) => presentSkill(skill, immutable))
    const diagnostics = [
      ...law.value.diagnostics,
      ...kairos.law.findEdits(law.value.record),
      ...kairos.rules.readConfig().diagnostics,
    ]
    return ok({ skills, count: skills.length, revision: law.value.record.revision, diagnostics })
  },
})

const versionViewSchema = z.object({
  revision: z.number(),
  tree_hash: z.string(),
  version: z.string().nullable(),
  at: z.string(),
  by: z.string(),
  reason: z.string(),
})

/** Shows a skill. */
export const showSkill = define({
  name: 'skills.show',
  summary: 'Shows a skill: its text, its tree and every version it had.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/skills/{skill_id}' },
  input: z.strictObject({ skill_id: skillIdSchema }),
  output: skillViewSchema.extend({
    /** As it was written. */
    source: z.string(),
    /** In the form for transport. */
    tree: z.record(z.string(), z.unknown()),
    versions: z.array(versionViewSchema),
  }),
  run: async (services, input) => {
    const found = await findSkill(services, input.skill_id)
    if (!found.ok) return found
    const { law, skill } = found.value
    const versions = services.kairos.versions.list(input.skill_id).map((version) => ({
      ...{ revision: version.revision, tree_hash: version.treeHash, version: version.version },
      ...{ at: isoInstant(version.at), by: version.by, reason: version.reason },
    }))
    return ok({
      ...presentSkill(skill, listImmutable(services, law)),
      source: skill.source.text,
      tree: skillToJson(skill.tree),
      versions,
    })
  },
})

/** Parses a source. */
export const parseSkill = define({
  name: 'skills.parse',
  summary: 'Reads the source of a skill, or of several, and says what it is and what is wrong with it. Nothing runs.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'POST', path: '/api/skills/parse' },
  input: z.strictObject({ ...sourceInputSchema.shape, file: z.string().max(256).default('source') }),
  output: z.object({
    ok: z.boolean(),
    skills: z.array(
      z.object({
        id: z.string(),
        tree_hash: z.string(),
        tree: z.record(z.string(), z.unknown()),
        /** The same skill as TypeScript, in one form. */
        canonical: z.string(),
        /** The same skill in Ruby; null when it has code in TypeScript. */
        ruby: z.string().nullable(),
      }),
    ),
    diagnostics: z.array(diagnosticSchema),
  }),
  run: async ({ kairos }, { source, language, file }) => {
    const reading = await kairos.law.reader.readText(file, { language, text: source })
    const skills = []
    for (const { tree } of reading.skills) {
      const ruby = await kairos.law.reader.printRuby(tree)
      const forms = { tree: skillToJson(tree), canonical: printSkill(tree), ruby }
      skills.push({ id: tree.id, tree_hash: hashSkill(tree), ...forms })
    }
    const diagnostics = [...reading.diagnostics, ...reading.skills.flatMap(checkConditions)]
    return ok({ ok: diagnostics.every(({ severity }) => severity !== 'error'), skills, diagnostics })
  },
})

/** Compares two skills, or two versions of one. */
export const diffSkill = define({
  name: 'skills.diff',
  summary: 'Compares two skills by field and node: skills in force, earlier versions, or a source.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'POST', path: '/api/skills/diff' },
  input: z.strictObject({
    /** `id` for the skill in force, `id@version` for an earlier version by revision or tree hash. */
    before: z.string().min(1).max(160),
    after: z.string().min(1).max(160).optional(),
    /** A text instead of `after`. */
    source: z
      .string()
      .max(1024 * 1024)
      .optional(),
    language: z.enum(['typescript', 'ruby']).default('typescript'),
  }),
  output: transitionViewSchema
    .omit({ change: true })
    .extend({ same: z.boolean(), before_hash: z.string(), after_hash: z.string() }),
  run: async (services, input) => {
    const before = await findNamed(services, input.before)
    if (!before.ok) return before
    const after =
      input.source === undefined
        ? await findNamed(services, input.after ?? input.before.split('@', 1)[0] ?? '')
        : await readSource(services, { language: input.language, text: input.source })
    if (!after.ok) return after
    const diff = diffSkills(before.value, after.value)
    const hashes = { before_hash: hashSkill(before.value), after_hash: hashSkill(after.value) }
    return ok({ id: before.value.id, ...presentDiff(diff), ...hashes, same: hashes.before_hash === hashes.after_hash })
  },
})

async function findNamed(services: Services, name: string): Promise<Outcome<SkillTree>> {
  const [id = '', version] = name.split('@', 2)
  if (version === undefined) {
    const found = await findSkill(services, id)
    return found.ok ? ok(found.value.skill.tree) : found
  }
  const kept = services.kairos.versions.find(id, version)
  return kept.ok ? readSource(services, kept.value.source) : kept
}

async function readSource({ kairos }: Services, source: LawSkill['source']): Promise<Outcome<SkillTree>> {
  const read = await kairos.law.reader.requireOne(source, 'source')
  return read.ok ? ok(read.value.tree) : read
}

/** Conditions that nobody can evaluate as they are written: the skill is one, and they will always be unknown. */
function checkConditions({ tree, places, file }: LawSkill): readonly Diagnostic[] {
  return (tree.definition ?? []).flatMap(({ name, options }, index): Diagnostic[] => {
    const { condition } = options
    const parsed = typeof condition === 'string' ? parseCondition(condition) : undefined
    if (parsed === undefined || parsed.ok) return []
    const place = places.get(`/definition/${index}/options/condition`)
    const message = `The condition of "${name}" cannot be evaluated: ${parsed.error.message} (character ${parsed.error.column}).`
    const hint =
      parsed.error.expected.length === 0 ? {} : { hint: `Allowed there: ${parsed.error.expected.join(', ')}` }
    return [{ severity: 'warning', code: 'skill.condition', message, file, ...place, ...hint }]
  })
}
