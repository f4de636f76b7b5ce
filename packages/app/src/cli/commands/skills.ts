import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, failUsage, note, printJson } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import {
  behaviorView,
  decompiledView,
  driftView,
  findingsView,
  searchView,
  skillDetailView,
  skillsView,
  type DriftView,
  type FindingsView,
} from '../kairos-views.ts'
import { countValue } from '../option-values.ts'
import { noteDiagnostics, printText } from '../print-text.ts'
import { escapeJson, escapeLine, escapeText } from '../render/escape.ts'
import { renderDrift, renderFindings, renderFound, renderSkill, renderSkills } from '../render/skills.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'
import { addAssembleCommand } from './resources.ts'
import { addSkillChangeCommands } from './skill-changes.ts'
import { addSkillSourceCommands } from './skill-sources.ts'

const idSchema = z.object({ id: z.string() })
const showSchema = z.object({ id: z.string(), source: z.boolean().default(false), tree: z.boolean().default(false) })
const auditKinds = ['check', 'stale', 'conflicts', 'dangerous', 'drift', 'broken'] as const
const auditSchema = z.object({ kind: z.enum(auditKinds, auditKinds.join(', ')).optional() })
const layers = ['L0', 'L1', 'L2'] as const
const searchSchema = z.object({
  query: z.array(z.string()),
  layer: z.enum(layers, layers.join(', ')).optional(),
  limit: countValue.optional(),
})

/** `rumi skills …` */
export function addSkillCommands(skills: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  const id = ['<id>', help.skill] as const
  addCommand(skills, launch, {
    name: 'list',
    summary: help.skillsList,
    example: example('rumi skills list'),
    values: z.object({}),
    run: list,
  })
  addCommand(skills, launch, {
    name: 'show',
    summary: help.skillsShow,
    example: example('rumi skills show core_safety'),
    arguments: [id],
    options: [
      { flags: '--source', description: help.showSource },
      { flags: '--tree', description: help.showTree },
    ],
    values: showSchema,
    run: show,
  })
  addSkillSourceCommands(skills, launch, messages)
  addAssembleCommand(skills, launch, messages)
  addCommand(skills, launch, {
    name: 'decompile',
    summary: help.skillsDecompile,
    example: example('rumi skills decompile core_safety'),
    arguments: [id],
    values: idSchema,
    run: decompile,
  })
  addCommand(skills, launch, {
    name: 'drift',
    summary: help.skillsDrift,
    example: example('rumi skills drift core_safety'),
    arguments: [id],
    values: idSchema,
    run: drift,
  })
  addSkillChangeCommands(skills, launch, messages)
  addLookingCommands(skills, launch, messages)
}

function addLookingCommands(skills: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  addCommand(skills, launch, {
    name: 'audit',
    summary: help.skillsAudit,
    example: example('rumi skills audit dangerous'),
    arguments: [['[kind]', help.auditKind]],
    values: auditSchema,
    run: audit,
  })
  addCommand(skills, launch, {
    name: 'search',
    summary: help.skillsSearch,
    example: example('rumi skills search promotion path --layer L0'),
    arguments: [['<query...>', help.query]],
    options: [
      { flags: '--layer <layer>', description: help.layer },
      { flags: '--limit <count>', description: help.limitFound },
    ],
    values: searchSchema,
    run: search,
  })
  addCommand(skills, launch, {
    name: 'run',
    summary: help.skillsRun,
    example: example('rumi skills run self_inspection'),
    arguments: [['<id>', help.skill]],
    values: idSchema,
    run: runBehavior,
  })
}

async function list(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('skills.list'), {
      schema: skillsView,
      show: ({ skills, diagnostics }) => {
        if (skills.length === 0) note(session, session.messages.kairos.skills.none)
        else session.terminal.out(renderSkills(skills, session))
        noteDiagnostics(session, diagnostics)
      },
    }),
  )
}

async function show(session: Session, { id, source, tree }: Readonly<z.infer<typeof showSchema>>): Promise<ExitCode> {
  if (source && tree) return failUsage(session, session.messages.kairos.usage.sourceOrTree)
  return withClient(session, async (client) =>
    answer(session, await client.call('skills.show', { skill_id: id }), {
      schema: skillDetailView,
      show: (skill) => {
        if (source) printText(session, skill.source)
        else if (tree) printJson(session, skill.tree)
        else session.terminal.out(renderSkill(skill, session))
      },
    }),
  )
}

async function decompile(session: Session, { id }: { readonly id: string }): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('definition.decompile', { skill_id: id }), {
      schema: decompiledView,
      show: ({ markdown }) => {
        if (markdown.trim() === '') note(session, session.messages.kairos.verification.undefined(escapeLine(id)))
        else printText(session, markdown)
      },
    }),
  )
}

async function drift(session: Session, { id }: { readonly id: string }): Promise<ExitCode> {
  const words = session.messages.kairos.drift
  return withClient(session, async (client) =>
    answer(session, await client.call('definition.drift', { skill_id: id }), {
      schema: driftView,
      show: (found) => {
        session.terminal.out(renderDrift(found, session))
        const name = escapeLine(found.skill_id)
        note(
          session,
          contradicts(found) ? words.drifted(name) : found.items.length > 0 ? words.notes(name) : words.none(name),
        )
        if (found.coverage !== null) note(session, words.coverage(`${(found.coverage * 100).toFixed(0)} %`))
      },
      isOk: (found) => !contradicts(found),
    }),
  )
}

/** Notes are for a person to look at, as those of an audit are; they are no failure. */
function contradicts({ items }: DriftView): boolean {
  return items.some(({ severity }) => severity !== 'info')
}

async function audit(session: Session, { kind }: Readonly<z.infer<typeof auditSchema>>): Promise<ExitCode> {
  const words = session.messages.kairos.skills
  return withClient(session, async (client) =>
    answer(session, await client.call('skills.audit', withoutUndefined({ command: kind })), {
      schema: findingsView,
      show: ({ findings }) => {
        session.terminal.out(renderFindings(findings, session))
        if (findings.length === 0) note(session, words.noFindings)
        else {
          const notes = findings.length - countOf(findings, 'error') - countOf(findings, 'warning')
          note(session, words.findings(countOf(findings, 'error'), countOf(findings, 'warning'), notes))
        }
      },
      isOk: ({ findings }) => findings.every(({ severity }) => severity === 'info'),
    }),
  )
}

function countOf(findings: FindingsView['findings'], wanted: string): number {
  return findings.filter(({ severity }) => severity === wanted).length
}

async function search(session: Session, values: Readonly<z.infer<typeof searchSchema>>): Promise<ExitCode> {
  const { query, layer, limit } = values
  return withClient(session, async (client) =>
    answer(session, await client.call('skills.search', withoutUndefined({ query: query.join(' '), layer, limit })), {
      schema: searchView,
      show: ({ results }) => {
        if (results.length === 0) note(session, session.messages.kairos.skills.noResults)
        else session.terminal.out(renderFound(results, session))
      },
    }),
  )
}

async function runBehavior(session: Session, { id }: { readonly id: string }): Promise<ExitCode> {
  const { terminal, messages } = session
  return withClient(session, async (client) =>
    answer(session, await client.call('skills.run', { skill_id: id }), {
      schema: behaviorView,
      show: ({ value, log, posture }) => {
        terminal.out(`${escapeJson(value, 2)}\n`)
        if (log !== '') terminal.err(`${escapeText(log).trimEnd()}\n`)
        note(session, messages.kairos.skills.ran(escapeLine(id), escapeLine(posture)))
      },
    }),
  )
}
