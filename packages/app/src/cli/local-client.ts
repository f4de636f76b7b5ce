import { isoInstant, type JsonObject, type Outcome } from '@rumi/kernel/base'
import { invoke } from '@rumi/kernel/operation'
import { closeInheritedDescriptors } from '@rumi/drivers/system'
import { openSystem, type System } from '../compose/index.ts'
import type { Settings } from '../config/index.ts'
import { getOperation } from '../operations/index.ts'
import { createExceptionHandler } from './exception.ts'
import type { Session } from './session.ts'

/** Opens the home in this process. Problems: those of `openSystem`, and `storage.unavailable` 503 for a full disk. */
export async function openLocally(session: Session, settings: Settings): Promise<Outcome<System>> {
  closeInheritedDescriptors()
  try {
    return await openSystem(settings, {
      environment: session.environment,
      // One command is performed and then we end; its own write fails with the reason.
      onBroken: () => undefined,
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

/** The last resort of operations in this process; its log is `err`. */
export function exceptionHandler({ terminal, messages }: Session): ReturnType<typeof createExceptionHandler> {
  return createExceptionHandler({
    write: (line) => terminal.err(line),
    newId: () => crypto.randomUUID().slice(0, 8),
    now: () => isoInstant(Date.now()),
    messages,
  })
}
