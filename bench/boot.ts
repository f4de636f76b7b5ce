import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { pause, summarise, type Series } from './measure.ts'

const main = fileURLToPath(new URL('../packages/app/src/cli/main.mjs', import.meta.url))

/** From starting the process to the first answer of `/health`. */
export async function measureBoot(home: string): Promise<Series> {
  const times: number[] = []
  for (let turn = 0; turn < 10; turn += 1) {
    const port = await freePort()
    const start = performance.now()
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main, 'up', '--home', home, '--port', String(port)],
      { stdio: 'ignore' },
    )
    while (!(await answers(port))) {
      if (performance.now() - start > 20_000) throw new Error('the system did not start')
      await pause(2)
    }
    times.push(performance.now() - start)
    const ended = new Promise((resolve) => child.on('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
  return summarise(times)
}

async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health`).then(
    (reply) => reply.ok,
    () => false,
  )
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
