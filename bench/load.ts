import { Agent, request } from 'node:http'
import type { ApiServer } from '../packages/app/src/http/index.ts'
import { pause, summarise, type Series } from './measure.ts'

const CLIENTS = 16
const SECONDS = 10

/** Clients that run a flow over HTTP, each as fast as it is answered. */
export async function loadClients(server: ApiServer, token: string, flowId: string): Promise<Series> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  const times: number[] = []
  const end = performance.now() + SECONDS * 1000
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const start = performance.now()
      const answer = await call({
        agent,
        port: server.port,
        token,
        method: 'POST',
        path: `/api/flows/${flowId}/run`,
        body: '{"inputs":{"name":"Ada"}}',
      })
      if (!answer.includes('"status":"completed"')) throw new Error(answer)
      times.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  agent.destroy()
  return summarise(times)
}

/** Asks for `/health` while a block burns all the processor time it gets. */
export async function probeWhileSpinning(server: ApiServer, token: string): Promise<Series> {
  const agent = new Agent({ keepAlive: true })
  const spinning = call({
    agent,
    port: server.port,
    token,
    method: 'POST',
    path: '/api/flows/spin/run',
    body: '{"timeout":8}',
  })
  await pause(500)
  const times: number[] = []
  for (let turn = 0; turn < 1000; turn += 1) {
    const start = performance.now()
    await call({ agent, port: server.port, token, method: 'GET', path: '/health' })
    times.push(performance.now() - start)
    await pause(5)
  }
  await spinning
  agent.destroy()
  return summarise(times)
}

interface Call {
  readonly agent: Agent
  readonly port: number
  readonly token: string
  readonly method: string
  readonly path: string
  readonly body?: string
}

/** One request; resolves with the body. */
export function call({ agent, port, token, method, path, body }: Call): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
    }
    const sent = request({ agent, host: '127.0.0.1', port, method, path, headers }, (reply) => {
      let text = ''
      reply.setEncoding('utf8')
      reply.on('data', (chunk: string) => (text += chunk))
      reply.on('end', () => resolve(text))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
