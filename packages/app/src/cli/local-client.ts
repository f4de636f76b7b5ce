import type { JsonObject, Outcome } from '@rumi/kernel/base'
import { invoke } from '@rumi/kernel/operation'
import { closeInheritedDescriptors } from '@rumi/drivers/system'
import { openSystem, type System } from '../compose/index.ts'
import type { Settings } from '../config/index.ts'
import { getOperation } from '../operations/index.ts'
import { exceptionHandler } from './exception.ts'
import type { Session } from './session.ts'

/**
 * Opens the home in this process. Problems: those of `openSystem`, and `storage.unavailable` 503 for a full disk.
 *
 * @param onBroken - Called when the disk failed while the home is open. A command that ends anyway needs none: its own
 *   write fails with the reason.
 */
export async function openLocally(
  session: Session,
  settings: Settings,
  onBroken: () => void = () => undefined,
): Promise<Outcome<System>> {
  closeInheritedDescriptors()
  try {
    return await openSystem(settings, {
      environment: session.environment,
      onBroken,
      onException: exceptionHandler(session),
    })
  } catch (error) {
    return { ok: false, error: exceptionHandler(session)(error) }
  }
}

/** Performs an operation in this process. */
export async function callLocally(
  session: Session,
  system: System,
  call: { readonly name: string; readonly input: JsonObject; readonly signal: AbortSignal },
): Promise<Outcome<unknown>> {
  return invoke(getOperation(call.name), {
    services: system.services,
    input: call.input,
    context: { caller: { kind: 'operator', via: 'cli' }, signal: call.signal },
    onException: exceptionHandler(session),
  })
}
