import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { skillIdSchema } from '@rumi/skills/base'
import { actorOf, define } from '../define.ts'

/** Runs a behavior. */
export const runBehavior = define({
  name: 'skills.run',
  summary: 'Runs the behavior of a skill in force: in the sandbox, with a view of the skills that only reads.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/skills/{skill_id}/run' },
  input: z.strictObject({ skill_id: skillIdSchema }),
  output: z.object({
    skill_id: z.string(),
    value: z.unknown(),
    /** What it printed. */
    log: z.string(),
    posture: z.string(),
    duration_ms: z.number(),
  }),
  run: async ({ kairos }, { skill_id: id }, context) => {
    const done = await kairos.behaviors.run(id, actorOf(context), context.signal)
    if (!done.ok) return done
    const { value, log, posture, durationMs } = done.value
    return ok({ skill_id: id, value, log, posture, duration_ms: durationMs })
  },
})
