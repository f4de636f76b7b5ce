import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { err, ok, type JsonObject, type Outcome } from '@rumi/kernel/base'
import { homePaths, prepareHome, readKeys, type HomePaths } from '@rumi/drivers/system'
import { readSettings, type Settings } from '../config/index.ts'
import { fail, note } from './answer.ts'
import { callOverHttp } from './http-client.ts'
import { withProgress } from './progress.ts'
import { findServer } from './server-file.ts'
import { warnPermissive } from './permissive.ts'
import type { ExitCode, Session } from './session.ts'

/** A system that can be asked, wherever it runs. */
export interface Client {
  /** Performs an operation of the table. */
  call(name: string, input?: JsonObject): Promise<Outcome<unknown>>
}

/** A home that exists, and the settings it is opened with. */
export interface OpenedHome {
  readonly settings: Settings
  readonly paths: HomePaths
}

interface Connection {
  call(name: string, input: JsonObject, signal: AbortSignal): Promise<Outcome<unknown>>
  close(): Promise<void>
}

/**
 * Connects to the system of the home, uses it and leaves it: the running one over HTTP, else the home is opened in this
 * process. Ctrl+C stops what was asked for; a second one ends this process at once.
 */
export async function withClient(session: Session, use: (client: Client) => Promise<ExitCode>): Promise<ExitCode> {
  const connected = await connect(session)
  if (!connected.ok) return fail(session, connected.error)
  const connection = connected.value
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(1)
    stop.abort()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    return await use({
      call: async (name, input = {}) => withProgress(session.terminal, connection.call(name, input, stop.signal)),
    })
  } finally {
    await connection.close()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

/**
 * The home that the session means. It is not made when it is missing: a mistyped path must not look like an empty home.
 * Problems: `settings.invalid` 400, `home.missing` 404, and those of `prepareHome`.
 */
export function findHome(session: Session): Outcome<OpenedHome> {
  const { environment, home, currentFolder, messages } = session
  const settings = readSettings(environment, { home }, (path) => resolve(currentFolder, path))
  if (!settings.ok) return settings
  const path = settings.value.home
  if (!existsSync(homePaths(path).keys)) {
    return err({
      code: 'home.missing',
      status: 404,
      message: messages.home.missing(path),
      hint: messages.home.missingHint,
    })
  }
  const prepared = prepareHome(path)
  return prepared.ok ? ok({ settings: settings.value, paths: prepared.value }) : prepared
}

const PATIENCE_MS = 2000
const PAUSE_MS = 100

/** Another command may hold the home for a moment, and a system that is starting does not answer yet: ask again. */
async function connect(session: Session): Promise<Outcome<Connection>> {
  const found = findHome(session)
  if (!found.ok) return found
  const giveUpAtMs = performance.now() + PATIENCE_MS
  for (;;) {
    const attempt = (await connectToServer(session, found.value)) ?? (await openHere(session, found.value))
    if (attempt.ok || attempt.error.code !== 'home.in_use' || performance.now() > giveUpAtMs) return attempt
    await setTimeout(PAUSE_MS)
  }
}

/** Undefined: nothing serves this home. */
async function connectToServer(session: Session, { paths }: OpenedHome): Promise<Outcome<Connection> | undefined> {
  const server = await findServer(paths.serverFile)
  if (!server) return undefined
  const keys = readKeys(paths)
  if (!keys.ok) return keys
  const target = { url: server.url, operatorToken: keys.value.operatorToken, messages: session.messages }
  return ok({
    call: async (name, input, signal) => {
      const outcome = await callOverHttp(target, { name, input }, signal)
      if (!signal.aborted) return outcome
      return err({ code: 'server.left', status: 499, message: session.messages.server.left })
    },
    close: async () => undefined,
  })
}

async function openHere(session: Session, { settings }: OpenedHome): Promise<Outcome<Connection>> {
  // Loaded only here: most commands talk to a running system and need none of it.
  const { callLocally, openLocally } = await import('./local-client.ts')
  const opened = await openLocally(session, settings)
  if (!opened.ok) return opened
  const system = opened.value
  if (settings.mode === 'permissive') warnPermissive(session)
  if (system.interrupted.length > 0) note(session, session.messages.server.interrupted(system.interrupted.length))
  return ok({
    call: async (name, input, signal) => callLocally(session, system, { name, input, signal }),
    close: async () => system.close(),
  })
}
