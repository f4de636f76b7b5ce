import { lstatSync, readFileSync, rmSync } from 'node:fs'
import { z } from 'zod'
import { writeFileAtomically } from '@rumi/drivers/system'

const MAX_FILE_BYTES = 4096
const HEALTH_TIMEOUT_MS = 2000
const MAX_HEALTH_BYTES = 4096

const serverSchema = z.object({
  pid: z.int().min(1),
  port: z.int().min(1).max(65_535),
  // Only ever this machine: the operator token is sent to this address.
  url: z.string().regex(/^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/),
  startedAt: z.string(),
})

/** Where the system of a home is served. */
export type RunningServer = Readonly<z.infer<typeof serverSchema>>

/** Leaves word for the command line. Nobody else may read it. */
export function writeServerFile(path: string, server: RunningServer): void {
  writeFileAtomically(path, `${JSON.stringify(server)}\n`, 0o600)
}

/** Takes it back. */
export function removeServerFile(path: string): void {
  rmSync(path, { force: true })
}

/**
 * The system that serves a home, if one does: its process lives, its port is listened on by this user, and it answers.
 * A file left behind by a crash is ignored. Without the look at the port's owner, another user of this machine could
 * listen on the port of a system that has ended, and the next command would send the operator token there.
 */
export async function findServer(path: string): Promise<RunningServer | undefined> {
  const server = readServerFile(path)
  if (!server || !isAlive(server.pid) || !isListenedByUs(server.port)) return undefined
  return (await answersHealth(server.url)) ? server : undefined
}

function readServerFile(path: string): RunningServer | undefined {
  const facts = lstatSync(path, { throwIfNoEntry: false })
  if (!facts?.isFile() || facts.size > MAX_FILE_BYTES || facts.uid !== process.getuid?.()) return undefined
  try {
    return serverSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined // half a file names no server
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // no such process, or not one of this user
  }
}

/** Whether every listener on this port of the loopback addresses belongs to this user. */
function isListenedByUs(port: number): boolean {
  const owners = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listListeners(table, port))
  return owners.length > 0 && owners.every((uid) => uid === process.getuid?.())
}

const LISTEN = '0A'

/** Users that listen on a port, from the kernel's own table (proc_net_tcp). */
function listListeners(table: string, port: number): readonly number[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  try {
    return readFileSync(table, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.endsWith(wanted) === true && fields[3] === LISTEN)
      .map((fields) => Number(fields[7]))
  } catch {
    return [] // a machine without IPv6 has no table for it
  }
}

async function answersHealth(url: string): Promise<boolean> {
  // Not imported above: an import of node:http also loads its WebSocket client, which costs 15 ms of every start.
  const { get } = process.getBuiltinModule('node:http')
  return new Promise((resolve) => {
    const request = get(`${url}/health`, { agent: false, timeout: HEALTH_TIMEOUT_MS }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.length > MAX_HEALTH_BYTES) request.destroy()
      })
      response.on('end', () => resolve(response.statusCode === 200 && isHealthy(text)))
      response.on('error', () => resolve(false))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
    request.on('close', () => resolve(false))
  })
}

const healthSchema = z.object({ success: z.literal(true), data: z.object({ status: z.literal('ok') }) })

function isHealthy(text: string): boolean {
  try {
    return healthSchema.safeParse(JSON.parse(text)).success
  } catch {
    return false // somebody else's server
  }
}
