import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { readFlowSchedule } from '../../schedule/index.ts'
import { define } from '../define.ts'
import { diagnosticSchema } from '../packs/view.ts'

/** All flows that can be run, and what is wrong with flow files. */
export const listFlows = define({
  name: 'flows.list',
  summary: 'Lists the flows and what is wrong with flow files.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/flows' },
  input: z.strictObject({}),
  output: z.object({
    flows: z.array(z.string()),
    count: z.number(),
    details: z.array(
      z.object({
        flow_id: z.string(),
        source: z.string(),
        file: z.string(),
        description: z.string().optional(),
        inputs: z.array(z.string()),
        steps: z.number(),
      }),
    ),
    diagnostics: z.array(diagnosticSchema),
  }),
  run: async ({ flows }) => {
    const all = flows.list()
    return ok({
      flows: all.map((flow) => flow.flowId),
      count: all.length,
      details: all.map((flow) => ({
        flow_id: flow.flowId,
        source: flow.source.kind === 'pack' ? `pack:${flow.source.packId}` : flow.source.kind,
        file: flow.file,
        ...(flow.description === undefined ? {} : { description: flow.description }),
        inputs: Object.keys(flow.inputs),
        steps: flow.steps.length,
      })),
      diagnostics: [
        ...flows.diagnostics,
        ...flows.listScheduled().flatMap((flow) => readFlowSchedule(flow).diagnostics),
      ],
    })
  },
})
