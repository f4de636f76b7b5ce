import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blockFlow, packFiles, startTestSystem, writeFiles } from '../http/system.ts'
import { startCommandLine } from '../support/command-line.ts'
import { removeFolder } from '../support/remove-folder.ts'

const launcher = fileURLToPath(new URL('../../bin/rumi', import.meta.url))
const COMMAND_MS = 60_000
const folder = mkdtempSync(join(tmpdir(), 'rumi-commands-'))
const home = join(folder, 'home')
const surroundings = { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C' }
let runId = ''

beforeAll(async () => {
  mkdirSync(home, { mode: 0o700 })
  writeFiles(home, {
    ...packFiles('busy', {
      'blocks/fail.py': 'def run(input_data, context=None):\n    print("seen")\n    raise KeyError("city")\n',
      'blocks/spin.py': 'def run(input_data, context=None):\n    while True:\n        pass\n',
      'flows/fail.flow.json': blockFlow('busy.fail', 'fail.py'),
      'flows/spin.flow.json': blockFlow('busy.spin', 'spin.py', 60),
    }),
    ...packFiles('other', {}),
    'user_data/shared/flows/broken.flow.yaml': 'flow_id: broken\nphases: [main]\nsteps:\n  - {id: a, type: sett}\n',
  })
  const system = await startTestSystem({ home })
  await system.ask('POST', '/api/packs/busy/approve')
  runId = (await system.ask('POST', '/api/flows/busy.fail/run', { inputs: { name: 'Ada' } })).body.data.run_id
  await system.close()
})

afterAll(() => {
  for (const child of started) child.kill('SIGKILL')
  removeFolder(folder)
})

interface Ended {
  readonly code: number | string
  readonly out: string
  readonly err: string
}

/** Calls the command line as a program does: nothing is a terminal. */
function rumi(given: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...surroundings, RUMI_HOME: home, ...environment }
    const child = execFile(launcher, given, { env, cwd: folder, timeout: COMMAND_MS }, (error, out, err) =>
      resolve({ code: error ? (error.code ?? 'killed') : 0, out, err }),
    )
    child.stdin?.end()
  })
}

const started: ChildProcess[] = []

/** Starts a system; gives what it prints on `out`, line by line. */
function up(given: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = { ...surroundings, RUMI_HOME: home, RUMI_API_PORT: '0', ...environment }
  const child = spawn(launcher, ['up', ...given], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  return { child, ended, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
}

/** Commands, their exit codes, and something that each prints for people. */
const commands: readonly (readonly [line: string, code: number, shown: RegExp])[] = [
  ['packs list', 0, /^PACK\s+STATUS.*\nbusy\s+approved\s+1\.0\.0.*\nother\s+installed/m],
  ['packs scan', 0, /^other\s+pending/m],
  ['packs show busy', 0, /^hash\s+sha256:[0-9a-f]{64}$/m],
  ['packs show nobody', 1, /^error: .*nobody.*\nhint: .*packs list$/m],
  ['packs reject other --reason unwanted', 0, /other/],
  ['flows list', 0, /^busy\.fail\s.*\nbusy\.spin\s/m],
  ['runs list', 0, /^RUN\s+FLOW\s+STATUS.*\nrun_[0-9a-f]{24}\s+busy\.fail\s+failed/m],
  ['runs cancel RUN', 1, /already ended/],
  ['runs show run_x', 1, /^error: /m],
  ['ledger head', 0, /^rumi-\w+\n\d+\n\S{44}\n\n— rumi-/],
  ['ledger verify', 0, /intact/],
  ['ledger verify --trusted head.txt', 0, /is intact/],
  ['ledger verify --trusted nonsense.txt', 1, /^error: nonsense\.txt is no checkpoint.*\nhint: .*ledger head > /m],
  ['flows run busy.fail --timeout 0', 2, /value of --timeout cannot be used\. Expected: 1–600\./],
  ['audit query --category approval', 0, /^TIME\s+CATEGORY\s+ACTION.*\n\S+ \S+\s+approval\s+pack_reject.*other/m],
  ['audit query --flow busy.fail --outcome failure --limit 1', 0, /flow_end\s+error.*block_error\n.*--before \d+$/m],
  ['audit query --pack nobody', 0, /no such line/],
  ['audit query --since yesterday', 1, /^error: .*since.*\nhint: .*audit query --since/m],
  ['audit query --category everything', 2, /^error: .*--category .*: flow_execution, /m],
  ['audit query --outcome ok', 2, /success, failure/],
  ['audit rebuild', 0, /written anew: \d+ entries in \d+ files/],
  ['flows run nobody', 1, /^error: /m],
  ['packs', 2, /Usage:/],
  ['flows run busy.fail name', 2, /^error: .*name/m],
  ['dance', 2, /^error: /m],
]

describe('every command', () => {
  it('prints a table or sentences for people, and ends with a code that tells how it went', async () => {
    const seen = []
    // As a terminal shows it, and as somebody copies it: the checkpoint and the key together.
    const head = await rumi(['ledger', 'head'])
    writeFileSync(join(folder, 'head.txt'), head.out + head.err)
    writeFileSync(join(folder, 'nonsense.txt'), 'nonsense')
    const shell = startCommandLine({ environment: { ...surroundings, RUMI_HOME: home }, currentFolder: folder })
    for (const [line] of commands) {
      const { code, out, err } = await shell.call(line.replace('RUN', runId).split(' '))
      seen.push({ line, code, shown: out + err })
    }
    shell.end()
    expect(seen).toEqual(commands.map(([line, code, shown]) => ({ line, code, shown: expect.stringMatching(shown) })))
  })

  it('prints one JSON value and nothing else with --json, also when it fails and when a system is asked', async () => {
    const { child, ended, lines } = up(['--json'])
    await lines.next()
    const shell = startCommandLine({ environment: { ...surroundings, RUMI_HOME: home }, currentFolder: folder })
    const tried = await Promise.all(
      commands.map(async ([line, code]) => {
        if (line === 'packs') return undefined // its help is for people
        const { out, err, ...said } = await shell.call(['--json', ...line.replace('RUN', runId).split(' ')])
        const value = JSON.parse(out)
        const isFailure = typeof value === 'object' && 'error' in value && typeof value.problem?.code === 'string'
        return said.code === code && err === '' && isFailure === (code !== 0) ? undefined : { line, said, out, err }
      }),
    )
    shell.end()
    child.kill('SIGTERM')
    await ended
    expect(tried.filter((one) => one !== undefined)).toEqual([])
  })

  it('names a broken flow file with its line and column', async () => {
    expect((await rumi(['flows', 'list'])).err).toContain('user_data/shared/flows/broken.flow.yaml:4:19: ')
  })

  it('shows of a run that failed every step: input, log, duration, sandbox and error', async () => {
    const { code, out } = await rumi(['runs', 'show', runId])
    expect(code).toBe(0)
    expect(out).toMatch(/^failed {2}call {2}block {2}[\d.]+ m?s {2}busy:\S*fail\.py {2}sandbox: bubblewrap_fresh$/m)
    expect(out).toContain('  input: {"name":"Ada"}\n')
    expect(out).toMatch(/^ {2}log:\n {4}seen\n/m)
    expect(out).toMatch(/^ {2}error: block_error: .*fail\.py:3 KeyError: 'city'$/m)
  })

  it('finds the home that --home names before the one of RUMI_HOME', async () => {
    const elsewhere = await rumi(['--home', join(folder, 'nowhere'), 'packs', 'list'])
    expect(elsewhere).toMatchObject({ code: 1, err: expect.stringContaining(join(folder, 'nowhere')) })
  })
})

describe('a system that is started', () => {
  it('says where it is, how to get the token and what to type next', async () => {
    const tutorial = join(folder, 'tutorial')
    expect((await rumi(['init', '--tutorial'], { RUMI_HOME: tutorial })).code).toBe(0)
    const { child, ended, lines } = up(['--guide'], { RUMI_HOME: tutorial })
    const said: string[] = []
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      said.push(line.value)
      if (line.value.includes('Ctrl+C')) break
    }
    expect(said[0]).toMatch(/http:\/\/127\.0\.0\.1:\d+/)
    for (const command of ['packs list', 'packs approve hello', 'flows run hello', 'token']) {
      expect(said.filter((line) => line.includes(` ${command}`)).length).toBeGreaterThan(0)
    }
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  it('without a sandbox warns of it where nobody overlooks it', async () => {
    const { child, ended, lines } = up(['--permissive'])
    let warning = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (warning += text))
    await lines.next()
    child.kill('SIGTERM')
    await ended
    expect(warning).toMatch(/^warning: .*without any sandbox/i)
  })

  it('stops a run that somebody cancels, and whoever waits for it is told', async () => {
    const { child, ended, lines } = up(['--json'])
    await lines.next()
    const waiting = rumi(['flows', 'run', 'busy.spin'])
    let running: readonly { readonly run_id: string; readonly status: string }[] = []
    while (running.length === 0) {
      const { runs } = JSON.parse((await rumi(['--json', 'runs', 'list'])).out)
      running = runs.filter(({ status }: { status: string }) => status === 'running')
    }
    const id = running[0]?.run_id ?? ''
    expect(await rumi(['runs', 'cancel', id])).toMatchObject({ code: 0, out: expect.stringContaining(id), err: '' })
    expect(await waiting).toMatchObject({ code: 1, err: expect.stringMatching(/^cancelled {2}run_/m) })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})
