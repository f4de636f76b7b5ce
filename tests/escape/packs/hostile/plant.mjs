/** Plants what it can for the next call, and tells what it finds of the last one. */
import { readdirSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'

let calls = 0

function findDaemon() {
  return new Promise((resolve) => {
    const socket = connect({ path: '\0planted' }, () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.unref()
  })
}

export async function run() {
  const found = {
    module: calls,
    builtins: globalThis.planted === true,
    library: [].planted === true,
    environment: 'PLANTED' in process.env,
    files: ['/tmp', '/dev/shm', '/run'].filter((folder) => readdirSync(folder).includes('planted')),
    folder: process.cwd(),
    daemon: await findDaemon(),
    pid: process.pid,
  }
  calls += 1
  globalThis.planted = true
  Object.defineProperty(Array.prototype, 'planted', { value: true, configurable: true })
  process.env.PLANTED = '1'
  for (const folder of ['/tmp', '/dev/shm']) writeFileSync(`${folder}/planted`, '')
  process.chdir('/dev')
  if (!found.daemon) await new Promise((resolve) => createServer().listen('\0planted', resolve).unref())
  return found
}
