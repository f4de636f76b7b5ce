import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openSystem, type System } from '@rumi/app/compose'
import { readSettings } from '@rumi/app/config'
import { startServer, type ApiServer } from '@rumi/app/http'
import type { EgressResolver } from '@rumi/drivers/egress'
import type { Clock } from '@rumi/kernel/base'
import { expect } from 'vitest'
import { removeFolder } from '../support/remove-folder.ts'

/** The body of a reply, as a client sees it. */
export interface Envelope {
  readonly success: boolean
  /** Whatever JSON holds: a test reads the members it expects, and fails when they are not there. */
  readonly data: ReturnType<JSON['parse']>
  readonly error: string | null
  readonly problem?: { readonly code: string; readonly hint?: string }
}

/** A reply. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Envelope
}

/** A whole system in a temporary home, reached over HTTP. */
export interface TestSystem {
  readonly home: string
  readonly server: ApiServer
  readonly system: System
  /** What operations threw. */
  readonly exceptions: unknown[]
  /** Asks with the operator's token. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>
  /** Writes files below the home. */
  write(files: Readonly<Record<string, string | Uint8Array>>): void
  close(): Promise<void>
}

/** What a test may choose. */
export interface TestSystemOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** Files of the home, there before the start. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** An existing home; it is then not removed at the end. */
  readonly home?: string
  /** For the server's guard. */
  readonly clock?: Clock
  /** For the server. */
  readonly arrivesWithin?: { readonly headersMs: number; readonly requestMs: number }
  /** For everything. */
  readonly systemClock?: Clock
  /** For requests of packs; the name servers of this machine otherwise. */
  readonly resolver?: EgressResolver
}

/** Starts a system and its server on a free port. */
export async function startTestSystem(options: TestSystemOptions = {}): Promise<TestSystem> {
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'rumi-http-'))
  const write: TestSystem['write'] = (files) => writeFiles(home, files)
  write(options.files ?? {})
  const settings = readSettings(options.environment ?? {}, { home, port: 0 }, (path) => path)
  if (!settings.ok) throw new Error(settings.error.message)
  const exceptions: unknown[] = []
  const opened = await openSystem(settings.value, {
    environment: { PATH: process.env['PATH'] },
    onBroken: () => undefined,
    onException: (error) => exceptions.push(error),
    ...(options.resolver ? { resolver: options.resolver } : {}),
    ...(options.systemClock ? { clock: options.systemClock } : {}),
  })
  if (!opened.ok) throw new Error(opened.error.message)
  const system = opened.value
  const server = await startServer({
    services: { ...system.services, ...(options.clock ? { clock: options.clock } : {}) },
    operatorToken: system.operatorToken,
    bindAddress: '127.0.0.1',
    port: 0,
    ...(options.arrivesWithin ? { arrivesWithin: options.arrivesWithin } : {}),
    onException: (error) => {
      exceptions.push(error)
      return { code: 'internal', status: 500, message: 'Internal server error' }
    },
  })
  const authorization = `Bearer ${system.operatorToken}`
  return {
    home,
    server,
    system,
    exceptions,
    write,
    ask: async (method, path, body) =>
      readAnswer(
        await fetch(server.url + path, {
          method,
          headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    close: async () => {
      await server.close()
      await system.close()
      if (options.home === undefined) removeFolder(home)
    },
  }
}

/** Reads a reply of `fetch`. */
export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text()
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  return { status: response.status, headers: response.headers, body: JSON.parse(text) }
}

/** Writes files below a folder, making folders on the way. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

/** Asserts the one shape of every failure. (operations §HTTP API) */
export function expectProblem(answer: Answer, status: number, code: string): void {
  const { body } = answer
  expect({ status: answer.status, ...body }).toEqual({
    status,
    success: false,
    data: null,
    error: expect.stringMatching(/\S/),
    problem: body.problem?.hint === undefined ? { code } : { code, hint: expect.stringMatching(/\S/) },
  })
  expectNothingLeaks(JSON.stringify(body))
}

/** No path of the machine, no stack and no name of an exception. (HTTP-14) */
export function expectNothingLeaks(text: string): void {
  expect(text).not.toMatch(
    /\/(?:work|tmp|home|root|usr|var|etc|proc)\/|node_modules|node:|packages\/|\\n {4}at |ZodError/,
  )
}

/** What came back on a connection of our own. */
export interface RawReply {
  /** Of the first reply; 0: none came. */
  readonly status: number
  readonly text: string
  /** The envelope of the first reply, when there is one. */
  readonly body: Envelope | undefined
}

/** Sends bytes as they are and collects everything until the server hangs up. */
export async function exchange(
  port: number,
  write: string | Uint8Array | ((send: (data: string | Uint8Array) => Promise<boolean>) => Promise<void>),
): Promise<RawReply> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => resolve())
  })
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => undefined) // a reset after the reply is one of the server's ways to say stop
  const send = (data: string | Uint8Array): Promise<boolean> =>
    new Promise((resolve) => {
      if (socket.destroyed) resolve(false)
      else socket.write(data, (error) => resolve(!error))
    })
  if (typeof write === 'function') await write(send)
  else await send(write)
  await closed
  const text = Buffer.concat(chunks).toString('latin1')
  const start = text.indexOf('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
  const line = start < 0 ? '' : (text.slice(start + 4).split('\n', 1)[0] ?? '')
  return { status, text, body: line.startsWith('{') ? JSON.parse(line) : undefined }
}

/** A request as text; one that says it is the last of its connection. @param line - `GET /path`. */
export function rawRequest(line: string, headers: readonly (readonly [string, string])[], body = ''): string {
  const lines = [['Connection', 'close'] as const, ...headers].map(([name, value]) => `${name}: ${value}\r\n`)
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

/** Files of a pack: its manifest, blocks and flows. */
export function packFiles(packId: string, files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const manifest = JSON.stringify({ pack_id: packId, pack_identity: `github:example/${packId}`, version: '1.0.0' })
  const all = { 'ecosystem.json': manifest, ...files }
  return Object.fromEntries(Object.entries(all).map(([path, text]) => [`ecosystem/${packId}/${path}`, text]))
}

/** A flow of one block: what the block answers is its output `answer`. */
export function blockFlow(flowId: string, file: string, timeoutSeconds = 30): string {
  return JSON.stringify({
    flow_id: flowId,
    outputs: { answer: 'object' },
    phases: ['main'],
    steps: [
      {
        id: 'call',
        phase: 'main',
        type: 'python_file_call',
        owner_pack: flowId.split('.', 1)[0],
        file,
        input: { name: '${ctx.name}' },
        timeout_seconds: timeoutSeconds,
        output: 'answer',
      },
    ],
  })
}
