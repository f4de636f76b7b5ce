import { resolve } from 'node:path'
import { err, isoInstant, ok, type Outcome, type Problem } from '@rumi/kernel/base'
import { closeInheritedDescriptors, homePaths } from '@rumi/drivers/system'
import type { System } from '../../compose/index.ts'
import { readSettings, type Settings } from '../../config/index.ts'
import { startServer, type ApiServer } from '../../http/index.ts'
import type { Messages } from '../../messages/index.ts'
import { fail, note } from '../answer.ts'
import { exceptionHandler } from '../exception.ts'
import { openLocally } from '../local-client.ts'
import { findServer, removeServerFile, writeServerFile } from '../server-file.ts'
import type { ExitCode, Session } from '../session.ts'
import { warnPermissive } from '../permissive.ts'
import { announceReady, reportInterrupted, reportSandbox } from '../up/report.ts'
import { createStop, type Stop } from '../up/stop.ts'

/** How the system is to be served. */
export interface UpOptions {
  readonly port?: number | undefined
  readonly permissive: boolean
  readonly guide: boolean
}

/** Serves the home until it is asked to stop: 0; or until its disk fails, or when it cannot start: 1. */
export async function serve(session: Session, options: UpOptions): Promise<ExitCode> {
  closeInheritedDescriptors()
  const { environment, home, currentFolder } = session
  const flags = { home, port: options.port, permissive: options.permissive }
  const settings = readSettings(environment, flags, (path) => resolve(currentFolder, path))
  if (!settings.ok) return fail(session, settings.error)
  const stop = createStop()
  if (settings.value.mode === 'permissive') warnPermissive(session)
  const opened = await openLocally(session, settings.value, () => stop.request('broken'))
  if (!opened.ok) return fail(session, await describeRefusal(session, settings.value, opened.error))
  const system = opened.value
  const served = await startServing(session, system)
  if (!served.ok) {
    await system.close()
    return fail(session, served.error)
  }
  return run(session, { system, stop, options, ...served.value })
}

interface Serving {
  readonly server: ApiServer
  readonly url: string
}

interface Running extends Serving {
  readonly system: System
  readonly stop: Stop
  readonly options: UpOptions
}

async function run(session: Session, { system, server, url, stop, options }: Running): Promise<ExitCode> {
  announceReady(session, { url, port: server.port, guide: options.guide })
  reportInterrupted(session, system.interrupted.length)
  void reportSandbox(session, system, stop.signal)
  system.services.scheduler.start(exceptionHandler(session))
  const reason = await stop.requested
  const { messages, terminal } = session
  if (reason === 'broken') terminal.err(`${terminal.errPalette.red(messages.server.broken)}\n`)
  else if (!session.isJson) note(session, messages.server.stopping)
  removeServerFile(system.paths.serverFile)
  system.services.scheduler.stop()
  await system.services.runner.close() // runs end before their connections do, so that their callers are answered
  await server.close()
  await system.close()
  // What a library may still hold open must not keep a system that has ended.
  process.exit(reason === 'broken' ? 1 : 0)
}

async function startServing(session: Session, system: System): Promise<Outcome<Serving>> {
  const { settings } = system.services
  const onException = exceptionHandler(session)
  let server: ApiServer
  try {
    const { services, operatorToken } = system
    server = await startServer({
      services,
      operatorToken,
      bindAddress: settings.bindAddress,
      port: settings.port,
      onException,
    })
  } catch (error) {
    return err(describeListenError(error, settings, session.messages) ?? onException(error))
  }
  const url = `http://${settings.bindAddress.includes(':') ? `[${settings.bindAddress}]` : settings.bindAddress}:${server.port}`
  try {
    const startedAt = isoInstant(system.services.clock.now())
    writeServerFile(system.paths.serverFile, { pid: process.pid, port: server.port, url, startedAt })
    return ok({ server, url })
  } catch (error) {
    await server.close()
    return err(onException(error))
  }
}

/** A home that is in use is mostly one that is being served; then its address is what one wants to know. */
async function describeRefusal(session: Session, settings: Settings, problem: Problem): Promise<Problem> {
  if (problem.code !== 'home.in_use') return problem
  const server = await findServer(homePaths(settings.home).serverFile)
  if (!server) return problem
  const { home } = session.messages
  return { ...problem, message: home.busy(server.url, server.pid), hint: home.busyHint(server.pid) }
}

function describeListenError(error: unknown, settings: Settings, { server }: Messages): Problem | undefined {
  const { port, bindAddress } = settings
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'EADDRINUSE':
      return { code: 'server.port_in_use', status: 409, message: server.portInUse(port), hint: server.portInUseHint }
    case 'EACCES':
      return {
        code: 'server.port_forbidden',
        status: 403,
        message: server.portForbidden(port),
        hint: server.portInUseHint,
      }
    case 'EADDRNOTAVAIL':
      return {
        code: 'server.address',
        status: 400,
        message: server.address(bindAddress),
        hint: 'RUMI_API_BIND_ADDRESS=127.0.0.1',
      }
    default:
      return undefined
  }
}
