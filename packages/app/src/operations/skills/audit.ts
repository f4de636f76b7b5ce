import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { auditKinds } from '../../kairos/index.ts'
import { define } from '../define.ts'

/** Looks through all layers. */
export const auditSkills = define({
  name: 'skills.audit',
  summary: 'Looks through all layers for what is stale, broken, dangerous, drifted or at odds. It changes nothing.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/skills/audit' },
  input: z.strictObject({ command: z.enum(['check', ...auditKinds]).default('check') }),
  output: z.object({
    findings: z.array(
      z.object({
        kind: z.enum(auditKinds),
        severity: z.enum(['info', 'warning', 'error']),
        subject: z.string(),
        line: z.number().nullable(),
        message: z.string(),
        hint: z.string().nullable(),
      }),
    ),
    count: z.number(),
  }),
  run: async ({ kairos }, { command }) => {
    const findings = await kairos.auditor.audit(command === 'check' ? auditKinds : [command])
    return ok({ findings: findings.map((finding) => ({ ...finding })), count: findings.length })
  },
})
