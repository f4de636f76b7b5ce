import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { define } from '../define.ts'
import type { AuditService, HostCheck, Services } from '../services.ts'

/** Whether the system answers. Needs no token and says nothing else. */
export const health = define({
  name: 'system.health',
  summary: 'Tells that the system answers.',
  effect: 'read',
  who: 'anyone',
  http: { method: 'GET', path: '/health' },
  input: z.strictObject({}),
  output: z.object({ status: z.literal('ok'), needs_setup: z.boolean() }),
  run: async () => ok({ status: 'ok' as const, needs_setup: false }),
})

/** What works on this machine and what does not, with what to do about it. */
export const doctor = define({
  name: 'system.doctor',
  summary: 'Runs the checks of the sandbox and tells what works.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/doctor' },
  input: z.strictObject({}),
  output: z.object({
    ok: z.boolean(),
    version: z.string(),
    mode: z.enum(['strict', 'permissive']),
    sandbox: z.object({
      driver: z.string(),
      passed: z.boolean(),
      checks: z.array(z.object({ id: z.string(), passed: z.boolean(), detail: z.string() })),
      hint: z.string().optional(),
    }),
    audit: z.object({ ok: z.boolean(), message: z.string().optional(), hint: z.string().optional() }),
    checks: z.array(z.object({ id: z.string(), passed: z.boolean(), detail: z.string() })),
    packs: z.record(z.string(), z.number()),
    flows: z.number(),
    problems: z.number(),
  }),
  run: async (services) => {
    const { sandbox, settings, version, packs, flows, audit } = services
    const report = await sandbox.selfTest()
    const checks = [...services.checkHost(), checkSecrets(services)]
    const states: Record<string, number> = {}
    for (const pack of packs.list()) states[pack.state] = (states[pack.state] ?? 0) + 1
    return ok({
      ok: report.passed && [...report.checks, ...checks].every((check) => check.passed) && audit.problem === undefined,
      version,
      mode: settings.mode,
      sandbox: {
        driver: sandbox.name,
        passed: report.passed,
        checks: [...report.checks],
        ...(report.hint === undefined ? {} : { hint: report.hint }),
      },
      audit: describeAudit(audit),
      checks,
      packs: states,
      flows: flows.list().length,
      problems: flows.diagnostics.filter((one) => one.severity === 'error').length + packs.diagnostics.length,
    })
  },
})

/** Secrets that were set and cannot be given out, and the keys that they want. */
function checkSecrets({ secrets }: Services): HostCheck {
  const { faults, keyId } = secrets.list()
  const id = 'secrets/readable'
  if (faults.length === 0) return { id, passed: true, detail: 'every secret can be read' }
  const wanted = [...new Set(faults.flatMap((fault) => (fault.keyId === undefined ? [] : [fault.keyId])))]
  const keys =
    wanted.length === 0 ? '' : `; they want the key ${wanted.join(', ')}, and the key is ${keyId ?? 'missing'}`
  const names = faults.slice(0, 3).map(({ name, fault }) => `${name} (${fault})`)
  return { id, passed: false, detail: `${faults.length} cannot be read: ${names.join(', ')}${keys}; see /api/secrets` }
}

function describeAudit({ problem }: AuditService): {
  readonly ok: boolean
  readonly message?: string
  readonly hint?: string
} {
  if (problem === undefined) return { ok: true }
  const { message, hint } = problem
  return { ok: false, message, ...(hint === undefined ? {} : { hint }) }
}
