import type { Command } from 'commander'
import { z } from 'zod'
import { err, ok, type Result } from '@rumi/kernel/base'
import type { Messages } from '../../messages/index.ts'
import { answer, failUsage, note, say } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { decisionRecordedView, decisionsView } from '../kairos-views.ts'
import { readLocalText } from '../local-text.ts'
import { countValue } from '../option-values.ts'
import { escapeLine } from '../render/escape.ts'
import { renderDecisions } from '../render/formalization.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'

const categories = ['invariant', 'rule', 'guideline', 'policy', 'philosophy'] as const
const category = z.enum(categories, categories.join(', '))
const ambiguities = ['none', 'low', 'medium', 'high'] as const
const ambiguity = z.enum(ambiguities, ambiguities.join(', ')).optional()
const deciders = ['human', 'ai', 'collaborative'] as const
const results = ['formalized', 'not_formalized'] as const

const recordSchema = z.object({
  skill: z.string('ID'),
  skillVersion: z.string('VERSION'),
  source: z.string().optional(),
  file: z.string().min(1).optional(),
  span: z.string().optional(),
  result: z.enum(results, results.join(', ')),
  rationale: z.string('TEXT'),
  category,
  ambiguityBefore: ambiguity,
  ambiguityAfter: ambiguity,
  decidedBy: z.enum(deciders, deciders.join(', ')).optional(),
  model: z.string().optional(),
  confidence: z.string().transform(Number).pipe(z.number('0–1').min(0, '0–1').max(1, '0–1')).optional(),
  decompiled: z.string().optional(),
  divergence: z.string().optional(),
})
type RecordValues = Readonly<z.infer<typeof recordSchema>>
const historySchema = z.object({
  skill: z.string().optional(),
  category: category.optional(),
  limit: countValue.optional(),
})

/** `rumi formalization …` */
export function addFormalizationCommands(formalization: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  addCommand(formalization, launch, {
    name: 'record',
    summary: help.formalizationRecord,
    example: example(
      'rumi formalization record --skill core_safety --skill-version 1.0 --source "be careful" --result not_formalized --category philosophy --rationale "only people can judge it"',
    ),
    options: listOptions(messages),
    values: recordSchema,
    run: record,
  })
  addCommand(formalization, launch, {
    name: 'history',
    summary: help.formalizationHistory,
    example: example('rumi formalization history --skill core_safety'),
    options: [
      { flags: '--skill <id>', description: help.skill },
      { flags: '--category <category>', description: help.category },
      { flags: '--limit <count>', description: help.limitHistory },
    ],
    values: historySchema,
    run: history,
  })
}

function listOptions({ kairos: { help } }: Messages) {
  return [
    { flags: '--skill <id>', description: help.skill },
    { flags: '--skill-version <version>', description: help.skillVersion },
    { flags: '--source <text>', description: help.sourceText },
    { flags: '--file <file>', description: help.sourceFile },
    { flags: '--span <text>', description: help.span },
    { flags: '--result <result>', description: help.result },
    { flags: '--rationale <text>', description: help.rationale },
    { flags: '--category <category>', description: help.category },
    { flags: '--ambiguity-before <degree>', description: help.ambiguityBefore },
    { flags: '--ambiguity-after <degree>', description: help.ambiguityAfter },
    { flags: '--decided-by <who>', description: help.decidedBy },
    { flags: '--model <name>', description: help.model },
    { flags: '--confidence <number>', description: help.confidence },
    { flags: '--decompiled <text>', description: help.decompiled },
    { flags: '--divergence <text>', description: help.divergence },
  ]
}

async function record(session: Session, values: RecordValues): Promise<ExitCode> {
  const source = readSourceText(session, values)
  if (!source.ok) return failUsage(session, source.error)
  const input = withoutUndefined({
    ...{ skill_id: values.skill, skill_version: values.skillVersion, source_text: source.value },
    ...{ source_span: values.span, result: values.result, rationale: values.rationale },
    ...{ formalization_category: values.category, decided_by: values.decidedBy, model: values.model },
    ...{ ambiguity_before: values.ambiguityBefore, ambiguity_after: values.ambiguityAfter },
    ...{ confidence: values.confidence, decompile_text: values.decompiled },
    source_decompile_divergence: values.divergence,
  })
  return withClient(session, async (client) =>
    answer(session, await client.call('formalization.record', input), {
      schema: decisionRecordedView,
      show: () => say(session, session.messages.kairos.formalization.recorded(escapeLine(values.skill))),
    }),
  )
}

function readSourceText(session: Session, { source, file }: RecordValues): Result<string, string> {
  if ((source === undefined) === (file === undefined)) return err(session.messages.kairos.usage.sourceOrFile)
  return source === undefined ? readLocalText(session, file) : ok(source)
}

async function history(session: Session, values: Readonly<z.infer<typeof historySchema>>): Promise<ExitCode> {
  const { skill, category: wanted, limit } = values
  const words = session.messages.kairos.formalization
  const input = withoutUndefined({ skill_id: skill, category: wanted, limit })
  return withClient(session, async (client) =>
    answer(session, await client.call('formalization.history', input), {
      schema: decisionsView,
      show: ({ entries, formalized, not_formalized: not }) => {
        if (entries.length === 0) return note(session, words.none)
        session.terminal.out(renderDecisions(entries, session))
        return note(session, words.counted(formalized, not))
      },
    }),
  )
}
