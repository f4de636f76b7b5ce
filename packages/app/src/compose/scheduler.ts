import { ok } from '@rumi/kernel/base'
import { performRun, type Services } from '../operations/index.ts'
import { Scheduler } from '../schedule/index.ts'

/**
 * Makes the scheduler, which runs flows on the same way as operators do.
 *
 * @param getServices - Asked when something starts: the scheduler is one of them.
 */
export function createScheduler(
  { state, clock, flows, settings }: Pick<Services, 'state' | 'clock' | 'flows' | 'settings'>,
  getServices: () => Services,
): Scheduler {
  return new Scheduler({
    state,
    clock,
    listFlows: () => flows.listScheduled(),
    run: async (wish, signal) => {
      // Half of the places stay for those who ask.
      const share = { owner: 'schedule', places: Math.max(1, Math.floor(settings.maxConcurrentFlows / 2)) }
      const performed = await performRun(getServices(), { ...wish, share }, signal)
      return performed.ok ? ok(performed.value.run) : performed
    },
  })
}
