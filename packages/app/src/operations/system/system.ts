import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { define } from '../define.ts'

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
    packs: z.record(z.string(), z.number()),
    flows: z.number(),
    problems: z.number(),
  }),
  run: async ({ sandbox, settings, version, packs, flows }) => {
    const report = await sandbox.selfTest()
    const states: Record<string, number> = {}
    for (const pack of packs.list()) states[pack.state] = (states[pack.state] ?? 0) + 1
    return ok({
      ok: report.passed && report.checks.every((check) => check.passed),
      version,
      mode: settings.mode,
      sandbox: {
        driver: sandbox.name,
        passed: report.passed,
        checks: [...report.checks],
        ...(report.hint === undefined ? {} : { hint: report.hint }),
      },
      packs: states,
      flows: flows.list().length,
      problems: flows.diagnostics.filter((one) => one.severity === 'error').length + packs.diagnostics.length,
    })
  },
})
