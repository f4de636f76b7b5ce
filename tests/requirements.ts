import { auditRequirements } from './requirements/audit.ts'
import { badInputRequirements } from './requirements/bad-input.ts'
import { commandLineRequirements } from './requirements/command-line.ts'
import { flowRequirements } from './requirements/flows.ts'
import { gateRequirements } from './requirements/gate.ts'
import { skillRequirements } from './requirements/skills.ts'
import { homeRequirements } from './requirements/home.ts'
import { httpRequirements } from './requirements/http.ts'
import { ledgerRequirements } from './requirements/ledger.ts'
import { packRequirements } from './requirements/packs.ts'
import { repositoryRequirements } from './requirements/repository.ts'
import type { Requirement } from './requirements/requirement.ts'
import { routeRequirements } from './requirements/routes.ts'
import { runRequirements } from './requirements/runs.ts'
import { sandboxRequirements } from './requirements/sandbox.ts'
import { scheduleRequirements } from './requirements/schedules.ts'
import { secretRequirements } from './requirements/secrets.ts'

/** Every promise that a test holds. `tests/requirements/requirements.test.ts` checks that the proofs exist. */
export const requirements: readonly Requirement[] = [
  ...repositoryRequirements,
  ...homeRequirements,
  ...packRequirements,
  ...flowRequirements,
  ...runRequirements,
  ...sandboxRequirements,
  ...ledgerRequirements,
  ...auditRequirements,
  ...httpRequirements,
  ...commandLineRequirements,
  ...badInputRequirements,
  ...routeRequirements,
  ...scheduleRequirements,
  ...secretRequirements,
  ...gateRequirements,
  ...skillRequirements,
]
