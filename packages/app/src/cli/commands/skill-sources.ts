import { extname } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { err, ok, parseStrictJson, type JsonObject, type JsonValue, type Result } from '@rumi/kernel/base'
import type { Messages } from '../../messages/index.ts'
import { answer, fail, failUsage, note, say } from '../answer.ts'
import { withClient, type Client } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import {
  parsedView,
  skillDiffView,
  skillsView,
  verificationView,
  type VerificationCounts,
  type VerificationView,
} from '../kairos-views.ts'
import { readLocalText } from '../local-text.ts'
import { noteDiagnostics, printText } from '../print-text.ts'
import { escapeLine } from '../render/escape.ts'
import { indent } from '../render/fields.ts'
import { renderDiff } from '../render/proposals.ts'
import { renderCounts, renderParsed, renderVerification } from '../render/skills.ts'
import type { ExitCode, Session } from '../session.ts'

const parseSchema = z.object({ file: z.string(), canonical: z.boolean().default(false) })
const verifySchema = z.object({ id: z.string().optional(), bind: z.array(z.string()) })
const diffSchema = z.object({ before: z.string(), after: z.string().optional() })

/** `rumi skills parse`, `verify` and `diff`: commands that look at sources and statements and change nothing. */
export function addSkillSourceCommands(skills: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  addCommand(skills, launch, {
    name: 'parse',
    summary: help.skillsParse,
    example: example('rumi skills parse my.skill.ts'),
    arguments: [['<file>', help.proposeFile]],
    options: [{ flags: '--canonical', description: help.canonical }],
    values: parseSchema,
    run: parse,
  })
  addCommand(skills, launch, {
    name: 'verify',
    summary: help.skillsVerify,
    example: example('rumi skills verify core_safety'),
    arguments: [['[id]', help.skill]],
    options: [{ flags: '--bind <pair>', description: help.bind, isRepeatable: true }],
    values: verifySchema,
    run: verify,
  })
  addCommand(skills, launch, {
    name: 'diff',
    summary: help.skillsDiff,
    example: example('rumi skills diff core_safety@1 core_safety'),
    arguments: [
      ['<before>', help.before],
      ['[after]', help.after],
    ],
    values: diffSchema,
    run: diff,
  })
}

/** The language of a source by the end of its file's name; undefined when it is neither. */
export function findLanguage(file: string): 'typescript' | 'ruby' | undefined {
  const languages: Readonly<Record<string, 'typescript' | 'ruby'>> = { '.ts': 'typescript', '.rb': 'ruby' }
  return languages[extname(file).toLowerCase()]
}

/** The source in a file of this machine, as the operations take it. The refusal is a sentence. */
export function readSource(
  session: Session,
  file: string,
): Result<{ readonly source: string; readonly language: 'typescript' | 'ruby' }, string> {
  const language = findLanguage(file)
  if (language === undefined) return err(session.messages.kairos.usage.language(file))
  const text = readLocalText(session, file)
  return text.ok ? ok({ source: text.value, language }) : text
}

async function parse(session: Session, { file, canonical }: Readonly<z.infer<typeof parseSchema>>): Promise<ExitCode> {
  const read = readSource(session, file)
  if (!read.ok) return failUsage(session, read.error)
  const words = session.messages.kairos.skills
  return withClient(session, async (client) =>
    answer(session, await client.call('skills.parse', { ...read.value, file: file.slice(-256) }), {
      schema: parsedView,
      show: ({ ok: isGood, skills, diagnostics }) => {
        for (const skill of skills) {
          if (canonical) printText(session, skill.canonical)
          else say(session, words.parsed(escapeLine(skill.id), escapeLine(skill.tree_hash)))
          if (!canonical) session.terminal.out(indent(renderParsed(skill.tree, session), 2))
        }
        noteDiagnostics(session, diagnostics)
        const errors = diagnostics.filter(({ severity }) => severity === 'error').length
        note(session, isGood ? words.valid(skills.length) : words.invalid(errors))
      },
      isOk: (parsed) => parsed.ok,
    }),
  )
}

async function verify(session: Session, { id, bind }: Readonly<z.infer<typeof verifySchema>>): Promise<ExitCode> {
  const bindings = readBindings(session, bind)
  if (!bindings.ok) return failUsage(session, bindings.error)
  return withClient(session, async (client) => {
    if (id === undefined) return verifyAll(session, client, bindings.value)
    return answer(session, await client.call('definition.verify', { skill_id: id, bindings: bindings.value }), {
      schema: verificationView,
      show: (report) => showVerifications(session, [report]),
      isOk: ({ summary }) => summary.unsatisfied === 0,
    })
  })
}

/** Verifies one skill after the other; the first that cannot be verified at all ends it, so that none goes missing. */
async function verifyAll(session: Session, client: Client, bindings: JsonObject): Promise<ExitCode> {
  const listed = await client.call('skills.list')
  const skills = listed.ok ? skillsView.safeParse(listed.value) : undefined
  if (!listed.ok || skills?.success !== true)
    return answer(session, listed, { schema: skillsView, show: () => undefined })
  const reports: unknown[] = []
  for (const { id } of skills.data.skills) {
    const report = await client.call('definition.verify', { skill_id: id, bindings })
    if (!report.ok) return fail(session, report.error)
    reports.push(report.value)
  }
  const parsed = z.array(verificationView).safeParse(reports)
  const summary = parsed.success ? sumUp(parsed.data) : undefined
  return answer(
    session,
    { ok: true, value: { reports, summary } },
    {
      schema: z.object({ reports: z.array(verificationView) }),
      show: (shown) => {
        if (shown.reports.length === 0) note(session, session.messages.kairos.skills.none)
        else showVerifications(session, shown.reports)
      },
      isOk: () => summary?.unsatisfied === 0,
    },
  )
}

function showVerifications(session: Session, reports: readonly VerificationView[]): void {
  session.terminal.out(reports.map((report) => renderVerification(report, session)).join('\n'))
  const summary = sumUp(reports)
  const declared = reports.flatMap(({ nodes }) => nodes).filter(isDeclared).length
  if (summary.total > 0) say(session, `\n${renderCounts({ ...summary, declared }, session)}`.trimEnd())
}

function isDeclared({ status, basis }: VerificationView['nodes'][number]): boolean {
  return status === 'satisfied' && basis === 'declared'
}

function sumUp(reports: readonly VerificationView[]): VerificationCounts {
  const sum = (key: keyof VerificationCounts): number => reports.reduce((total, { summary }) => total + summary[key], 0)
  return {
    total: sum('total'),
    satisfied: sum('satisfied'),
    unsatisfied: sum('unsatisfied'),
    unknown: sum('unknown'),
    human_required: sum('human_required'),
  }
}

/** `name=json`, the first `=` divides. The refusal is a sentence. */
function readBindings(session: Session, pairs: readonly string[]): Result<JsonObject, string> {
  const { usage, kairos } = session.messages
  const read: (readonly [string, JsonValue])[] = []
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at < 1) return err(kairos.usage.bind(pair))
    const name = pair.slice(0, at)
    const value = parseStrictJson(Buffer.from(pair.slice(at + 1)), { maxBytes: 1024 * 1024, maxDepth: 60 })
    if (!value.ok) return err(usage.pairJson(name, value.error.message))
    read.push([name, value.value])
  }
  // Not by assignment: a name called __proto__ is data.
  return ok(Object.fromEntries(read))
}

async function diff(session: Session, { before, after }: Readonly<z.infer<typeof diffSchema>>): Promise<ExitCode> {
  const input = readDiffInput(session, before, after)
  if (!input.ok) return failUsage(session, input.error)
  return withClient(session, async (client) =>
    answer(session, await client.call('skills.diff', input.value), {
      schema: skillDiffView,
      show: ({ id, text, same }) => {
        if (same) note(session, session.messages.kairos.skills.same(escapeLine(id)))
        else session.terminal.out(renderDiff(text, session.terminal.palette))
      },
      isOk: ({ same }) => same,
    }),
  )
}

/** A name that ends like a source is a file: no skill's id holds a dot. */
function readDiffInput(session: Session, before: string, after: string | undefined): Result<JsonObject, string> {
  if (after === undefined) return ok({ before })
  if (findLanguage(after) === undefined) return ok({ before, after })
  const read = readSource(session, after)
  return read.ok ? ok({ before, ...read.value }) : read
}
