import { err, isJsonObject, ok, unreachable, type JsonObject, type JsonValue, type Outcome } from '@rumi/kernel/base'
import type { Capability } from '@rumi/kernel/gate'
import { permissionIdSchema } from '@rumi/kernel/grant'
import { canEvolve } from '@rumi/skills/governance'
import { skillFields } from '@rumi/skills/language'
import { behaviorPrincipal } from './behaviors.ts'
import type { ChainBook } from './chain-book.ts'
import type { Evolution } from './evolution.ts'
import type { LawSkill } from './law-files.ts'
import type { LawLibrary } from './law-library.ts'
import type { LiveRules } from './live-rules.ts'

/** What the view is a view of. */
export interface ViewPorts {
  readonly law: LawLibrary
  readonly rules: LiveRules
  readonly evolution: Evolution
  readonly chain: ChainBook
}

const questions = ['skills', 'skill', 'config', 'history', 'counters'] as const

/**
 * `kairos.view`: what a skill's behavior may see of skills. It reads and changes nothing. Behaviors have it by being in
 * force; a pack needs a grant like for everything else.
 */
export function createViewCapability(ports: () => ViewPorts): Capability {
  return {
    permissionId: permissionIdSchema.parse('kairos.view'),
    read: (args) => {
      const what = questions.find((question) => question === args['what'])
      if (what === undefined)
        return err({ kind: 'validation_error', message: `"what" must be one of ${questions.join(', ')}` })
      return ok({
        subject: what,
        needs: {},
        admit: (principalId) => (principalId === behaviorPrincipal ? { kind: 'granted' } : undefined),
        perform: async () => {
          const answer = await look(ports(), what, args)
          return answer.ok
            ? { kind: 'answer', output: answer.value }
            : { kind: 'refused', errorType: 'validation_error', message: answer.error.message }
        },
      })
    },
  }
}

async function look(ports: ViewPorts, what: (typeof questions)[number], args: JsonObject): Promise<Outcome<JsonValue>> {
  const law = await ports.law.current()
  if (!law.ok) return law
  const { skills, policy } = law.value
  const facts = ports.rules.facts(law.value, ports.evolution.evolutionCount())
  switch (what) {
    case 'skills':
      return ok([...skills.values()].map(summarize))
    case 'skill': {
      const skill = typeof args['id'] === 'string' ? skills.get(args['id']) : undefined
      return ok(skill === undefined ? null : summarize(skill))
    }
    case 'config': {
      const { evolutionEnabled, requireHumanApproval, instructionsMode } = facts.config
      return ok({
        ...{ evolution_enabled: evolutionEnabled, instructions_mode: instructionsMode },
        require_human_approval: policy.requireHumanApproval || requireHumanApproval,
        max_evolutions_per_session: policy.evolutionLimit,
        ...{ allowed_skills: [...policy.allowedSkills], immutable_skills: [...policy.immutableSkills] },
        recording: { ...policy.recording },
      })
    }
    case 'counters':
      return ok({ evolution_count: facts.evolutionCount, revision: law.value.record.revision, skills: skills.size })
    case 'history':
      return readHistory(ports, args)
    default:
      return unreachable(what)
  }
}

function readHistory({ chain }: ViewPorts, args: JsonObject): Outcome<JsonValue> {
  const limit = typeof args['limit'] === 'number' ? Math.min(100, Math.max(1, Math.trunc(args['limit']))) : 20
  const lines = chain.history({ limit: 1000, type: undefined })
  if (!lines.ok) return lines
  const events = lines.value.map(({ type, at, subject, data }) => ({
    ...{ type, at, skill_id: isJsonObject(data) && typeof data['skill_id'] === 'string' ? data['skill_id'] : subject },
    data,
  }))
  const wanted = args['skill_id']
  return ok(events.filter(({ skill_id: id }) => wanted === undefined || id === wanted).slice(0, limit))
}

function summarize({ tree, treeHash }: LawSkill): JsonObject {
  return {
    ...{ id: tree.id, version: tree.version ?? null, title: tree.title ?? null, use_when: tree.use_when ?? null },
    ...{ guarantees: [...(tree.guarantees ?? [])], content: tree.content ?? null, tree_hash: treeHash },
    can_evolve: skillFields.filter((field) => canEvolve(tree, field)),
  }
}
