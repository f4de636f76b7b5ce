import type { Command } from 'commander'
import type { Messages } from '../messages/index.ts'
import { addGroup, type Launch } from './define-command.ts'

type AddCommands = (group: Command, launch: Launch, messages: Messages) => void

/** A group of commands, and how the code behind it is loaded. */
type CommandGroup = readonly [name: string, summary: string, load: () => Promise<AddCommands>]

/** In the order of the help. */
function listGroups({ help, gate, kairos }: Messages): readonly CommandGroup[] {
  return [
    ['packs', help.packs, async () => (await import('./commands/packs.ts')).addPackCommands],
    ['flows', help.flows, async () => (await import('./commands/flows.ts')).addFlowCommands],
    ['runs', help.runs, async () => (await import('./commands/runs.ts')).addRunCommands],
    ['routes', help.routes, async () => (await import('./commands/routes.ts')).addRouteCommands],
    ['schedules', help.schedules, async () => (await import('./commands/schedules.ts')).addScheduleCommands],
    ['network', gate.help.network, async () => (await import('./commands/network.ts')).addNetworkCommands],
    ['grants', gate.help.grants, async () => (await import('./commands/grants.ts')).addGrantCommands],
    ['capability', gate.help.capability, async () => (await import('./commands/capability.ts')).addCapabilityCommands],
    ['stores', gate.help.stores, async () => (await import('./commands/stores.ts')).addStoreCommands],
    ['secrets', gate.help.secrets, async () => (await import('./commands/secrets.ts')).addSecretCommands],
    ['denials', gate.help.denials, async () => (await import('./commands/denials.ts')).addDenialCommands],
    ['ledger', help.ledger, async () => (await import('./commands/ledger.ts')).addLedgerCommands],
    ['audit', help.audit, async () => (await import('./commands/audit.ts')).addAuditCommands],
    ['kairos', kairos.help.kairos, async () => (await import('./commands/kairos.ts')).addKairosCommands],
    ['skills', kairos.help.skills, async () => (await import('./commands/skills.ts')).addSkillCommands],
    ['knowledge', kairos.help.knowledge, async () => (await import('./commands/knowledge.ts')).addKnowledgeCommands],
    ['context', kairos.help.context, async () => (await import('./commands/context.ts')).addContextCommands],
    ['chain', kairos.help.chain, async () => (await import('./commands/chain.ts')).addChainCommands],
    ['state', kairos.help.state, async () => (await import('./commands/state.ts')).addStateCommands],
    [
      'formalization',
      kairos.help.formalization,
      async () => (await import('./commands/formalization.ts')).addFormalizationCommands,
    ],
    [
      'instructions',
      kairos.help.instructions,
      async () => (await import('./commands/instructions.ts')).addInstructionCommands,
    ],
    ['resources', kairos.help.resources, async () => (await import('./commands/resources.ts')).addResourceCommands],
  ]
}

/**
 * Adds the groups to the program. The commands of a group are loaded when it is called, because most of the time of a
 * short command is loading.
 *
 * @returns What loads all of them, for who describes the whole program.
 */
export function addCommandGroups(program: Command, launch: Launch, messages: Messages): () => Promise<void> {
  const groups = new Map(
    listGroups(messages).map(([name, summary, load]) => [addGroup(program, name, summary), load] as const),
  )
  const fill = async (group: Command): Promise<void> => {
    const load = groups.get(group)
    groups.delete(group)
    if (load) (await load())(group, launch, messages)
  }
  program.hook('preSubcommand', async (_, called) => fill(called))
  return async () => {
    for (const group of groups.keys()) await fill(group)
  }
}
