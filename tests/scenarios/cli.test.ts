import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { appendFileSync, chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { removeFolder } from '../support/remove-folder.ts'

const launcher = fileURLToPath(new URL('../../bin/rumi', import.meta.url))
const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C' }
const COMMAND_MS = 60_000

let folder = ''
let home = ''
let system: ChildProcess | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rumi-cli-'))
  home = join(folder, 'home')
})

afterEach(() => {
  system?.kill('SIGKILL')
  unlock(folder)
  removeFolder(folder)
})

/** Stored trees are read-only folders, which only root could delete as they are. */
function unlock(path: string): void {
  chmodSync(path, 0o700)
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) unlock(join(path, entry.name))
}

interface Ended {
  readonly code: number | string
  readonly out: string
  readonly err: string
}

/** Calls the command line as people do. It has no terminal. */
async function rumi(...given: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: environment, cwd: folder, timeout: COMMAND_MS }
    const child = execFile(launcher, ['--home', home, ...given], options, (error, out, err) =>
      resolve({ code: error ? (error.code ?? 'killed') : 0, out, err }),
    )
    child.stdin?.end()
  })
}

async function rumiData(...given: readonly string[]) {
  const { code, out, err } = await rumi('--json', ...given)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out)
}

/** Serves the home on a free port and gives the line that says where. */
async function startSystem() {
  const child = spawn(launcher, ['--home', home, 'up', '--port', '0', '--json'], {
    env: environment,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  system = child
  const { value: line } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  return { child, ready: JSON.parse(String(line)) }
}

/** All processes below one, however deep, that have not ended. */
function listDescendants(pid: number): readonly number[] {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && readStat(name)?.parent === pid)
  return children.flatMap((name) => [Number(name), ...listDescendants(Number(name))])
}

function isRunning(pid: number): boolean {
  const state = readStat(String(pid))?.state
  return state !== undefined && state !== 'Z'
}

function readStat(name: string) {
  if (!existsSync(`/proc/${name}/stat`)) return undefined
  try {
    const [state = '', parent = ''] = readFileSync(`/proc/${name}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return undefined // it ended between the two looks
  }
}

const greeting = { greeting: 'Hello, Ada!', shouted: 'HELLO, ADA!' }

it('takes an operator from an empty folder to a verified ledger', { timeout: 180_000 }, async () => {
  // Nothing is made by looking.
  expect(await rumi('packs', 'list')).toMatchObject({ code: 1, err: expect.stringContaining('rumi --home') })
  expect(existsSync(home)).toBe(false)

  // A home with the tutorial pack, which is found and not yet read.
  expect(await rumi('init', '--tutorial')).toMatchObject({ code: 0, err: '' })
  expect(await rumi('init', '--tutorial')).toMatchObject({ code: 0, err: '' })
  expect(await rumiData('packs', 'list')).toMatchObject([{ pack_id: 'hello', status: 'installed', version: '1.0.0' }])
  expect(await rumi('packs', 'list')).toMatchObject({ out: expect.stringMatching(/^hello\s+installed\s+1\.0\.0/m) })

  // Its hash is recorded; nothing of it runs.
  expect(await rumiData('packs', 'scan')).toMatchObject({ scanned: 1, packs: [{ status: 'pending' }] })
  expect(await rumi('flows', 'run', 'hello', '--input', 'name=Ada')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^error: .*not approved\.\nhint: .*packs approve hello/),
  })
  expect(await rumi('packs', 'approve', 'hello')).toMatchObject({ code: 2, err: expect.stringContaining('--yes') })
  expect(await rumi('packs', 'approve', 'hello', '--hash', `sha256:${'0'.repeat(64)}`)).toMatchObject({ code: 1 })

  // Approved, both of its languages run in the sandbox.
  expect(await rumi('packs', 'approve', 'hello', '--yes')).toMatchObject({ code: 0 })
  const first = await rumi('flows', 'run', 'hello', '--input', 'name=Ada')
  expect({ code: first.code, result: JSON.parse(first.out) }).toEqual({ code: 0, result: greeting })
  expect(first.err).toMatch(/^completed {2}run_[0-9a-f]{24} /)

  // The same with a system that serves the home.
  const { child, ready } = await startSystem()
  expect(ready).toMatchObject({ url: `http://127.0.0.1:${ready.port}`, pid: child.pid })
  expect(await rumiData('flows', 'run', 'hello', 'name=Ada')).toMatchObject({ success: true, result: greeting })
  expect(await rumi('up', '--port', '0')).toMatchObject({ code: 1, err: expect.stringContaining(ready.url) })
  const descendants = listDescendants(ready.pid)
  expect(descendants.length).toBeGreaterThan(0)

  // A change behind its back stops the pack until it is approved again.
  appendFileSync(join(home, 'ecosystem/hello/backend/blocks/greet.py'), '\n# changed\n')
  expect(await rumi('flows', 'run', 'hello', '--input', 'name=Ada')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/changed after its approval/),
  })
  const review = await rumiData('packs', 'show', 'hello')
  expect(review).toMatchObject({ status: 'modified', changes: { changed: ['backend/blocks/greet.py'] } })
  expect(await rumi('packs', 'approve', 'hello', '--hash', review.tree_hash)).toMatchObject({ code: 0 })
  expect(await rumiData('flows', 'run', 'hello', 'name=Ada')).toMatchObject({ success: true, result: greeting })

  // Every step of every run is kept.
  const { runs } = await rumiData('runs', 'list')
  expect(runs.map((run: { caller: string; status: string }) => [run.caller, run.status])).toEqual([
    ['operator/http', 'completed'],
    ['operator/http', 'completed'],
    ['operator/cli', 'completed'],
  ])
  const shown = await rumi('runs', 'show', runs[0].run_id)
  expect(shown).toMatchObject({ code: 0, err: '' })
  expect(shown.out).toMatch(/^completed {2}greet {2}block .* hello:\S*greet\.py {2}sandbox: bubblewrap_fresh$/m)
  expect(shown.out).toMatch(/^completed {2}shout {2}block .* hello:\S*shout\.ts {2}sandbox: bubblewrap_fresh$/m)
  expect(shown.out).toMatch(/^ {2}input: \{"name":"Ada"\}\n {2}output: "Hello, Ada!"\n {2}log: greeting Ada$/m)

  // The ledger leaves the house and is verified by somebody who has only the file and the key.
  const file = join(folder, 'ledger.txt')
  const { verifier_key: key } = await rumiData('ledger', 'export', '--out', file)
  const elsewhere = ['--home', join(folder, 'nowhere'), 'ledger', 'verify', file, '--key', key]
  expect(await rumi(...elsewhere)).toMatchObject({ code: 0, out: expect.stringContaining('intact') })
  const head = await rumi('ledger', 'head')
  const keyFile = join(folder, 'head.txt')
  writeFileSync(keyFile, head.out + head.err)
  expect(await rumi(...elsewhere.slice(0, -1), keyFile)).toMatchObject({ code: 0 })
  const bytes = readFileSync(file)
  const place = bytes.indexOf('pack.approve')
  bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place)
  writeFileSync(file, bytes)
  expect(await rumi(...elsewhere)).toMatchObject({ code: 1, out: expect.stringContaining('NOT intact') })
  expect(await rumi('ledger', 'verify')).toMatchObject({ code: 0, out: expect.stringContaining('intact') })

  // The token alone, ready for a header.
  const token = await rumi('token')
  expect(token).toMatchObject({ code: 0, out: expect.stringMatching(/^[\w-]{43}\n$/), err: '' })
  const reply = await fetch(`${ready.url}/api/packs`, { headers: { authorization: `Bearer ${token.out.trim()}` } })
  expect(reply.status).toBe(200)

  // Asked to stop, it ends well and takes everything with it.
  const all = [...new Set([...descendants, ...listDescendants(ready.pid)])]
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  child.kill('SIGTERM')
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(all.filter(isRunning)).toEqual([])
  expect(existsSync(join(home, 'user_data/server.json'))).toBe(false)
  expect(await rumiData('packs', 'list')).toMatchObject([{ status: 'approved' }])
})
