import { openSystem, type System } from '@rumi/app/compose'
import { readSettings } from '@rumi/app/config'
import { getOperation } from '@rumi/app/operations'
import { invoke } from '@rumi/kernel/operation'

/** `permissive` starts in a few milliseconds, `strict` is what people use. */
export type Mode = 'permissive' | 'strict'

/** Opens a home. Throws when it cannot be opened: after a crash it must. */
export async function openHome(home: string, mode: Mode): Promise<System> {
  const settings = readSettings({}, { home, permissive: mode === 'permissive' }, (path) => path)
  if (!settings.ok) throw new Error(settings.error.message)
  const environment = { PATH: process.env['PATH'] }
  const opened = await openSystem(settings.value, {
    environment,
    onBroken: () => undefined,
    onException: (error) => {
      throw error
    },
  })
  if (!opened.ok) throw new Error(`${opened.error.code}: ${opened.error.message}`)
  return opened.value
}

/** Asks as the operator. Answers the value, which a test reads as what it expects; a problem's code is thrown. */
export async function ask(system: System, name: string, input: object): Promise<ReturnType<JSON['parse']>> {
  const outcome = await invoke(getOperation(name), {
    services: system.services,
    input,
    context: { caller: { kind: 'operator', via: 'http' }, signal: new AbortController().signal },
    onException: (error) => {
      throw error
    },
  })
  if (!outcome.ok) throw new Error(`${name}: ${outcome.error.code}`)
  return outcome.value
}
