import type { AnyOperation } from '@rumi/kernel/operation'
import type { Services } from '../services.ts'

/** What loads the operations whose names begin with a word and a dot. */
const groups = new Map<string, () => Promise<{ readonly operations: readonly AnyOperation<Services>[] }>>(
  Object.entries({
    system: async () => import('../system/index.ts'),
    packs: async () => import('../packs/index.ts'),
    flows: async () => import('../flows/index.ts'),
    runs: async () => import('../runs/index.ts'),
    routes: async () => import('../routes/index.ts'),
    schedules: async () => import('../schedules/index.ts'),
    network: async () => import('../network/index.ts'),
    grants: async () => import('../grants/index.ts'),
    capability: async () => import('../handlers/index.ts'),
    denials: async () => import('../denials/index.ts'),
    stores: async () => import('../stores/index.ts'),
    secrets: async () => import('../secrets/index.ts'),
    ledger: async () => import('../ledger/index.ts'),
    audit: async () => import('../audit/index.ts'),
    skills: async () => import('../skills/index.ts'),
    definition: async () => import('../skills/index.ts'),
    resources: async () => import('../resources/index.ts'),
    knowledge: async () => import('../knowledge/index.ts'),
    context: async () => import('../context/index.ts'),
    instructions: async () => import('../instructions/index.ts'),
    kairos: async () => import('../kairos/index.ts'),
    chain: async () => import('../chain/index.ts'),
    state: async () => import('../state/index.ts'),
    formalization: async () => import('../formalization/index.ts'),
  }),
)

/**
 * The operation of that name, without loading the others: most of the time of a short command is loading. Throws for a
 * name that is not in the table.
 */
export async function lookUpOperation(name: string): Promise<AnyOperation<Services>> {
  const load = groups.get(name.slice(0, name.indexOf('.')))
  const found = (await load?.())?.operations.find((operation) => operation.name === name)
  if (!found) throw new Error(`there is no operation "${name}"`)
  return found
}
