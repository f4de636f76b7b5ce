import { runIdSchema, type Clock, type Random, type RunId } from '../base/index.ts'

/** A new name for a run: the time, so that names sort by it, and chance. */
export function makeRunId({ clock, random }: { readonly clock: Clock; readonly random: Random }): RunId {
  const time = clock.now().toString(16).padStart(12, '0').slice(-12)
  const chance = Buffer.from(random.bytes(6)).toString('hex')
  return runIdSchema.parse(`run_${time}${chance}`)
}
