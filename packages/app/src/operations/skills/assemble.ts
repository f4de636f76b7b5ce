import { z } from 'zod'
import { err, ok, type Outcome } from '@rumi/kernel/base'
import { assemblyDefaults, assemblyLimits, buildAssembly, readPersonas } from '@rumi/skills/assembly'
import { define } from '../define.ts'
import { nameSchema } from '../knowledge/views.ts'
import type { Services } from '../services.ts'
import { findSkill } from './read.ts'

/** The document of L1 that says who the personas are. */
const personaDocument = 'persona_definitions'

/** Writes the task of an assembly. */
export const assembleSkills = define({
  name: 'skills.assemble',
  summary: 'Writes the task of an assembly of points of view about a document. Nobody is asked by it; it advises.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'POST', path: '/api/skills/assemble' },
  input: z.strictObject({
    purpose: z.enum(['promotion', 'audit']).default('promotion'),
    layer: z.enum(['L0', 'L1', 'L2']).default('L1'),
    source_name: nameSchema,
    /** Of a document of L2. */
    session_id: nameSchema.optional(),
    /** Names of personas of the document `persona_definitions`; those of the purpose when absent. */
    personas: z.array(z.string().min(1).max(64)).min(1).max(assemblyLimits.personas).optional(),
    mode: z.enum(['oneshot', 'discussion']).default(assemblyDefaults.mode),
    facilitator: z.string().min(1).max(64).default(assemblyDefaults.facilitator),
    max_rounds: z.int().min(1).max(assemblyLimits.rounds).default(assemblyDefaults.maxRounds),
    consensus_threshold: z.number().gt(0).max(1).default(assemblyDefaults.consensusThreshold),
    language: z.enum(['en', 'ja']).default('en'),
  }),
  output: z.object({
    text: z.string(),
    personas: z.array(z.string()),
    /** What holding it costs, roughly. */
    estimated_tokens: z.number(),
  }),
  run: async (services, input) => {
    const text = await findText(services, input)
    if (!text.ok) return text
    const known = services.kairos.documents.read({ layer: 'L1', session: null, name: personaDocument })
    const defined = readPersonas(known.ok ? known.value.body : '')
    const wanted = input.personas ?? assemblyDefaults.personas[input.purpose]
    const missing = wanted.find((name) => !defined.has(name))
    if (missing !== undefined) return err(unknownPersona(missing, [...defined.keys()]))
    const personas = new Map(wanted.map((name) => [name, defined.get(name) ?? '']))
    const assembly = buildAssembly({
      ...{ purpose: input.purpose, personas, source: { name: input.source_name, text: text.value }, mode: input.mode },
      ...{ facilitator: input.facilitator, maxRounds: input.max_rounds, language: input.language },
      consensusThreshold: input.consensus_threshold,
    })
    return ok({ text: assembly.text, personas: [...wanted], estimated_tokens: assembly.estimatedTokens })
  },
})

async function findText(
  services: Services,
  source: {
    readonly layer: 'L0' | 'L1' | 'L2'
    readonly source_name: string
    readonly session_id?: string | undefined
  },
): Promise<Outcome<string>> {
  if (source.layer === 'L0') {
    const skill = await findSkill(services, source.source_name)
    return skill.ok ? ok(skill.value.skill.source.text) : skill
  }
  const session = source.layer === 'L2' ? (source.session_id ?? '') : null
  const document = services.kairos.documents.read({ layer: source.layer, session, name: source.source_name })
  return document.ok ? ok(document.value.text) : document
}

function unknownPersona(name: string, known: readonly string[]) {
  return {
    code: 'persona.unknown',
    status: 404,
    message: `No persona is called "${name}".`,
    hint: known.length === 0 ? `Define some in the document ${personaDocument}.` : `Personas: ${known.join(', ')}`,
  }
}
