import { z } from 'zod'
import { isoInstant, ok, type JsonValue } from '@rumi/kernel/base'
import { skillIdSchema } from '@rumi/skills/base'
import { decompileDefinition, detectDrift, toLegacyReport, verifySkill } from '@rumi/skills/verification'
import { define } from '../define.ts'
import { findSkill } from './read.ts'

const statusSchema = z.enum(['satisfied', 'unsatisfied', 'unknown', 'human_required'])
const countsSchema = z.object({
  total: z.number(),
  satisfied: z.number(),
  unsatisfied: z.number(),
  unknown: z.number(),
  human_required: z.number(),
})

/** Verifies a definition. */
export const verifyDefinition = define({
  name: 'definition.verify',
  summary:
    'Checks each statement of a skill against this moment: settings, counters, operations and what the caller adds.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'POST', path: '/api/skills/{skill_id}/verify' },
  input: z.strictObject({
    skill_id: skillIdSchema,
    /** Names that conditions use and only the caller knows. They replace none that the system knows. */
    bindings: z.record(z.string().max(128), z.json()).default({}),
  }),
  output: z.object({
    skill_id: z.string(),
    tree_hash: z.string(),
    /** `none`: there is no definition. It is `satisfied` only when everything was looked at and nothing is left to a person. */
    verdict: z.enum([...statusSchema.options, 'none']),
    summary: countsSchema,
    /** At least one statement was evaluated, and no machine has anything against any of them. */
    all_deterministic_passed: z.boolean(),
    nodes: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        status: statusSchema,
        /** `declared`: it only says that something holds, and nothing was there to check. */
        basis: z.enum(['evaluated', 'declared', 'none']),
        detail: z.string(),
        /** Values that it was judged by. */
        used: z.record(z.string(), z.unknown()),
        missing: z.array(z.string()),
      }),
    ),
    at: z.string(),
  }),
  run: async (services, input) => {
    const found = await findSkill(services, input.skill_id)
    if (!found.ok) return found
    const { law, skill } = found.value
    const { kairos, clock } = services
    const facts = kairos.rules.facts(law, kairos.evolution.evolutionCount())
    const supplied: Readonly<Record<string, JsonValue>> = input.bindings
    const report = verifySkill(skill.tree, kairos.rules.bind(facts, skill.tree, supplied))
    const at = isoInstant(clock.now())
    const about = { skill_id: skill.tree.id, tree_hash: skill.treeHash, at }
    if (report === null) {
      const summary = { total: 0, satisfied: 0, unsatisfied: 0, unknown: 0, human_required: 0 }
      return ok({ ...about, verdict: 'none' as const, summary, all_deterministic_passed: false, nodes: [] })
    }
    const { all_deterministic_passed: passed } = toLegacyReport(report, clock.now())
    const nodes = report.results.map(({ name, type, status, basis, detail, used, missing }) => ({
      ...{ name, type, status, basis, detail, used: { ...used }, missing: [...missing] },
    }))
    return ok({
      ...about,
      verdict: report.verdict,
      summary: { ...report.summary },
      all_deterministic_passed: passed,
      nodes,
    })
  },
})

/** Decompiles a definition. */
export const decompileSkill = define({
  name: 'definition.decompile',
  summary: 'Writes the definition of a skill as Markdown, with nothing left out.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/skills/{skill_id}/decompile' },
  input: z.strictObject({ skill_id: skillIdSchema }),
  output: z.object({ skill_id: z.string(), markdown: z.string() }),
  run: async (services, input) => {
    const found = await findSkill(services, input.skill_id)
    if (!found.ok) return found
    const { tree } = found.value.skill
    return ok({ skill_id: tree.id, markdown: decompileDefinition(tree.definition ?? []) })
  },
})

/** Compares content and definition. */
export const driftSkill = define({
  name: 'definition.drift',
  summary: 'Says where the content of a skill and its definition tell different things, in both directions.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/skills/{skill_id}/drift' },
  input: z.strictObject({ skill_id: skillIdSchema }),
  output: z.object({
    skill_id: z.string(),
    is_drifted: z.boolean(),
    /** Share of statements that the content reflects, 0–1; null without a definition. */
    coverage: z.number().nullable(),
    items: z.array(
      z.object({
        direction: z.enum(['definition_orphaned', 'content_uncovered', 'value_mismatch']),
        severity: z.enum(['error', 'warning', 'info']),
        node: z.string().nullable(),
        line: z.number().nullable(),
        message: z.string(),
      }),
    ),
  }),
  run: async (services, input) => {
    const found = await findSkill(services, input.skill_id)
    if (!found.ok) return found
    const { skill_id, is_drifted, coverage, items } = detectDrift(found.value.skill.tree)
    return ok({ skill_id, is_drifted, coverage, items: items.map((item) => ({ ...item })) })
  },
})
