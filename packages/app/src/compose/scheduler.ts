import { ok } from '@rumi/kernel/base'
import { performRun, type Services } from '../operations/index.ts'
import { Scheduler } from '../schedule/index.ts'

/**
 * Makes the scheduler, which runs flows on the same way as operators do.
 *
 * @param getServices - Asked when something starts: the scheduler is one of them.
 */
export function createScheduler(
  { state, clock, flows }: Pick<Services, 'state' | 'clock' | 'flows'>,
  getServices: () => Services,
): Scheduler {
  return new Scheduler({
    state,
    clock,
    listFlows: () => flows.listScheduled(),
    run: async (wish, signal) => {
      const performed = await performRun(getServices(), wish, signal)
      return performed.ok ? ok(performed.value.run) : performed
    },
  })
}
