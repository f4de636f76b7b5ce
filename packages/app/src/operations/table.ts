import type { AnyOperation } from '@rumi/kernel/operation'
import { operations as audit } from './audit/index.ts'
import { operations as chain } from './chain/index.ts'
import { operations as context } from './context/index.ts'
import { operations as denials } from './denials/index.ts'
import { operations as flows } from './flows/index.ts'
import { operations as formalization } from './formalization/index.ts'
import { operations as grants } from './grants/index.ts'
import { operations as handlers } from './handlers/index.ts'
import { operations as instructions } from './instructions/index.ts'
import { operations as kairos } from './kairos/index.ts'
import { operations as knowledge } from './knowledge/index.ts'
import { operations as ledger } from './ledger/index.ts'
import { operations as network } from './network/index.ts'
import { operations as packs } from './packs/index.ts'
import { operations as resources } from './resources/index.ts'
import { operations as routes } from './routes/index.ts'
import { operations as runs } from './runs/index.ts'
import { operations as schedules } from './schedules/index.ts'
import { operations as secrets } from './secrets/index.ts'
import { operations as skills } from './skills/index.ts'
import { operations as state } from './state/index.ts'
import { operations as stores } from './stores/index.ts'
import { operations as system } from './system/index.ts'
import type { Services } from './services.ts'

/** Everything the system can be asked. Surfaces are projections of this list. */
export const operations: readonly AnyOperation<Services>[] = [
  ...system,
  ...packs,
  ...flows,
  ...runs,
  ...routes,
  ...schedules,
  ...network,
  ...grants,
  ...handlers,
  ...denials,
  ...stores,
  ...secrets,
  ...ledger,
  ...audit,
  ...skills,
  ...resources,
  ...knowledge,
  ...context,
  ...instructions,
  ...kairos,
  ...chain,
  ...state,
  ...formalization,
]

/** The operation of that name. Throws for a name that is not in the table: surfaces are built against it. */
export function getOperation(name: string): AnyOperation<Services> {
  const found = operations.find((operation) => operation.name === name)
  if (!found) throw new Error(`there is no operation "${name}"`)
  return found
}
