import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findServer, removeServerFile, writeServerFile } from './server-file.ts'

let folder = ''
let file = ''
let health: unknown = { success: true, data: { status: 'ok', needs_setup: false }, error: null }
const server = createServer((_request, response) => response.end(JSON.stringify(health)))

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rumi-server-file-'))
  file = join(folder, 'server.json')
  health = { success: true, data: { status: 'ok', needs_setup: false }, error: null }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true })
})

function describeServer() {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { pid: process.pid, port, url: `http://127.0.0.1:${port}`, startedAt: '2026-07-28T00:00:00.000Z' }
}

it('finds the server that a live process left word of, in a file that only this user reads', async () => {
  const running = describeServer()
  writeServerFile(file, running)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(await findServer(file)).toEqual(running)
  removeServerFile(file)
  removeServerFile(file)
  expect(await findServer(file)).toBeUndefined()
})

it('ignores a file whose process has ended, although somebody listens on the port', async () => {
  const { pid } = spawnSync('/bin/true')
  writeServerFile(file, { ...describeServer(), pid })
  expect(await findServer(file)).toBeUndefined()
})

it('ignores a port on which nobody listens, or which is answered by something else', async () => {
  const running = describeServer()
  writeServerFile(file, running)
  health = { status: 'ok' }
  expect(await findServer(file)).toBeUndefined()
  await new Promise((resolve) => server.close(resolve))
  expect(await findServer(file)).toBeUndefined()
})

it.each([
  ['another machine', { url: 'http://192.0.2.1:80' }],
  ['a name that begins like this machine', { url: 'http://127.0.0.1:80@example.com' }],
  ['a process group', { pid: -1 }],
])('never sends anybody to %s', async (_, change) => {
  writeFileSync(file, JSON.stringify({ ...describeServer(), ...change }))
  expect(await findServer(file)).toBeUndefined()
})

it('reads no half file and follows no link', async () => {
  writeFileSync(file, JSON.stringify(describeServer()).slice(0, -1))
  expect(await findServer(file)).toBeUndefined()
  const target = join(folder, 'target.json')
  writeServerFile(target, describeServer())
  chmodSync(target, 0o600)
  rmSync(file)
  symlinkSync(target, file)
  expect(await findServer(file)).toBeUndefined()
})
