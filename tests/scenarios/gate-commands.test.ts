import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, testAuthority, type TestServer } from '../../packages/drivers/src/egress/test-network.ts'
import { blockFlow, packFiles, writeFiles } from '../http/system.ts'
import { startCommandLine, type CommandLine } from '../support/command-line.ts'
import { removeFolder } from '../support/remove-folder.ts'

const launcher = fileURLToPath(new URL('../../bin/rumi', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'rumi-gate-commands-'))
const home = join(folder, 'home')
const canary = 'canary-5f1c9b'
const surroundings = {
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  LANG: 'C',
  RUMI_HOME: home,
  RUMI_API_PORT: '0',
  RUMI_EGRESS_CA_FILE: join(folder, 'ca.pem'),
  RUMI_EGRESS_HOSTS_FILE: join(folder, 'hosts'),
}

/** Asks the weather of a server, a number of a service on this machine, and keeps both in a store. */
const block = (secure: number, nearby: number): string => `
from rumi_capability import call
from rumi_syscall import get

def must(answer):
    if not answer["success"]:
        raise RuntimeError(answer["error_type"])
    return answer

def run(input_data, context=None):
    weather = must(get("https://api.example.com:${secure}/weather"))["body"]
    number = must(get("http://127.0.0.1:${nearby}/number"))["body"]
    must(call("store.set", {"store_id": "forecasts", "key": "today", "value": weather + number})["output"])
    return must(call("store.get", {"store_id": "forecasts", "key": "today"})["output"])
`

const unknown = `
from rumi_capability import call

def run(input_data, context=None):
    return call("postcard.send", {})
`

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Calls the command line; nothing is a terminal. With an input it is a program of its own, that reads this. */
function rumi(given: readonly string[], input?: string): Promise<Ended> {
  if (input === undefined) return shell.call(given)
  const child = spawn(launcher, given, { env: surroundings, cwd: folder, timeout: 60_000 })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text))
  child.stdin.end(input)
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...said })))
}

/** The same with the words of a line; what it prints as JSON. */
async function ask(line: string): Promise<ReturnType<JSON['parse']>> {
  return JSON.parse((await rumi(['--json', ...line.split(' ')])).out)
}

let secure: TestServer
let nearby: TestServer
let system: ReturnType<typeof spawn>
let shell: CommandLine

beforeAll(async () => {
  secure = await startServer('https', (_request, response) => response.end('sunny '))
  nearby = await startServer('http', (_request, response) => response.end('21'))
  mkdirSync(home, { mode: 0o700 })
  writeFileSync(join(folder, 'ca.pem'), testAuthority)
  writeFileSync(join(folder, 'hosts'), `127.0.0.1:${secure.port} api.example.com allow-private\n`)
  writeFiles(home, {
    ...packFiles('weather', {
      'blocks/forecast.py': block(secure.port, nearby.port),
      'blocks/unknown.py': unknown,
      'flows/forecast.flow.json': blockFlow('weather.forecast', 'forecast.py'),
      'flows/unknown.flow.json': blockFlow('weather.unknown', 'unknown.py'),
    }),
  })
  shell = startCommandLine({ environment: surroundings, currentFolder: folder })
  expect((await rumi(['init'], '')).code).toBe(0)
  system = spawn(launcher, ['up', '--json'], { env: surroundings, cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  if (!system.stdout) throw new Error('it has no output')
  await createInterface({ input: system.stdout })[Symbol.asyncIterator]().next()
  expect(await rumi(['packs', 'approve', 'weather', '--yes'])).toMatchObject({ code: 0 })
}, 60_000)

afterAll(async () => {
  const ended = new Promise((resolve) => system.once('exit', resolve))
  system.kill('SIGTERM')
  await ended
  shell.end()
  await secure[Symbol.asyncDispose]()
  await nearby[Symbol.asyncDispose]()
  removeFolder(folder)
})

const forecast = ['flows', 'run', 'weather.forecast', 'name=x'] as const

describe('an operator who only reads `rumi denials list`', () => {
  it('makes a failing pack work with the commands that it prints, and with the least grant', async () => {
    const typed: string[] = []
    let run = await rumi(forecast)
    expect(run).toMatchObject({ code: 1, err: expect.stringMatching(/1 thing was refused; see: .*rumi denials list/) })
    for (let tries = 0; run.code !== 0 && tries < 6; tries += 1) {
      const { denials } = await ask('denials list --pack weather')
      for (const { hint } of denials) {
        typed.push(hint)
        expect(await rumi(hint.split(' ').slice(1))).toMatchObject({ code: 0 })
      }
      run = await rumi(forecast)
    }
    expect(JSON.parse(run.out).answer).toMatchObject({ success: true, value: 'sunny 21' })
    // The host, the address of this machine (and only that one as private), the store's two grants, and the store.
    const command = /^rumi denials grant den_[0-9a-f]{16}$/
    const isPrivate = /^rumi denials grant den_[0-9a-f]{16} --allow-private$/
    expect(typed.filter((line) => isPrivate.test(line))).toHaveLength(1)
    expect(typed.filter((line) => command.test(line))).toHaveLength(typed.length - 1)

    const { grants } = await ask('grants list weather')
    const configs = Object.entries<{ readonly config: unknown }>(grants.weather.permissions)
    expect(Object.fromEntries(configs.map(([permission, { config }]) => [permission, config]))).toEqual({
      'network.request': {
        allowed_domains: ['api.example.com', '127.0.0.1'],
        allowed_ports: [secure.port, nearby.port],
        allow_private: [`127.0.0.1:${nearby.port}`],
      },
      'store.get': { allowed_store_ids: ['forecasts'] },
      'store.set': { allowed_store_ids: ['forecasts'], max_value_bytes: 1_048_576 },
    })
    expect((await ask('denials list')).denials).toEqual([])
  }, 60_000)

  it('is told in plain words what was refused; of what no grant allows, what else to do', async () => {
    await rumi(['flows', 'run', 'weather.unknown', 'name=x'])
    const { out, code } = await rumi(['denials', 'list'])
    expect(code).toBe(0)
    expect(out).toMatch(/^den_[0-9a-f]{16} {2}weather {2}postcard\.send$/m)
    expect(out).toMatch(/^ {2}why +nobody answers for this permission/m)
    expect(out).toMatch(/^ {2}where +flow weather\.unknown, step call, run_/m)
    expect(out).toMatch(/^ {2}next +\S*rumi capability scan$/m)
    const { denials } = await ask('denials list')
    expect(await rumi(['denials', 'grant', denials[0].id])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^hint: \S*rumi capability scan$/m),
    })
    expect((await rumi(['denials', 'dismiss', denials[0].id])).code).toBe(0)
    expect((await rumi(['denials', 'show', denials[0].id])).code).toBe(1)
  })
})

/** Each sees what those of its group before it did. */
const commands: readonly (readonly [line: string, code: number, shown: RegExp])[] = [
  ['network grant other a.example b.example', 0, /hosts\n {2}\+ a\.example\n {2}\+ b\.example\nports\n {2}\+ 443\n/],
  [
    'network grant other c.example --port 8443 --add',
    0,
    / {4}a\.example\n.*\n {2}\+ c\.example\nports\n {4}443\n {2}\+ 8443/,
  ],
  ['network grant other c.example', 0, /- a\.example\n {2}- b\.example\nports\n {4}443\n {2}- 8443\n[^]*--add/],
  ['network grant other 10.0.0.1 --allow-private 10.0.0.1:80 --add', 0, /PRIVATE\n {2}\+ 10\.0\.0\.1:80\n[^]*--port/],
  ['network grant other 127.0.0.1:9100', 2, /no host[^]*^hint: .*network grant other 127\.0\.0\.1 --port 9100$/m],
  ['network grant other http://x', 2, /no host[^]*^hint: .*network grant other x --port 80$/m],
  ['network check other https://a.example/v1', 2, /no host[^]*^hint: .*network check other a\.example$/m],
  ['network grant other *', 1, /^error: .*"\*"/m],
  ['network list', 0, /^PACK\s+STATUS\s+PORTS.*\n[^]*^Addresses of this machine.*\n[^]*other {2}10\.0\.0\.1:80/m],
  ['network check other c.example', 0, /may reach c\.example:443/],
  ['network check other a.example', 1, /may NOT reach a\.example:443/],
  ['network revoke other --reason unused', 0, /may reach nothing/],
  ['network revoke other', 1, /had no network grant/],
  ['grants grant other store.get --allow store_ids=a,b', 0, /allowed_store_ids\n {2}\+ a\n {2}\+ b\n/],
  ['grants grant other store.get --allow store_ids=c --add --max-uses 5', 0, / {4}a\n {4}b\n {2}\+ c\n/],
  ['grants grant other store.get --config {"allowed_store_ids":["c"]}', 0, / {4}c\n {2}- a\n {2}- b\n[^]*--add/],
  ['grants grant other store.get --allow nothing', 2, /^error: .*store_ids=a,b/m],
  ['grants grant other store.get --expires tomorrow', 2, /value of --expires cannot be used. Expected: e\.g\. 2031-/],
  ['grants list other', 0, /^other\s+store\.get\s+ok\s+-\s+-\s+allowed_store_ids: c$/m],
  ['grants rotate', 0, /signed anew/],
  ['grants revoke other store.get', 0, /may not use store\.get/],
  ['grants revoke other store.get', 1, /had no grant/],
  ['stores create shelf --max-keys 10', 0, /"shelf" is there/],
  ['stores create shelf', 1, /already exists/],
  ['stores list', 0, /^shelf\s+\(operator\)\s+0 of 10\s/m],
  ['stores share other weather shelf', 1, /^error: .*other/m],
  ['stores shared', 0, /No store is shared/],
  ['stores unshare other weather shelf', 1, /was not shared/],
  ['stores delete shelf', 2, /--yes/],
  ['stores delete shelf --yes', 0, /is deleted, with 0/],
  ['capability scan', 0, /0 handler\(s\) found/],
  ['capability requests --status pending', 0, /no handlers/],
  ['capability requests --status old', 2, /pending, installed/],
  ['capability blocked', 0, /No handler is blocked/],
  ['capability approve weather:letters', 2, /--yes[^]*^hint: .*capability show weather:letters$/m],
  ['capability approve weather:letters --yes', 1, /No handler is called "weather:letters"/],
  ['capability show weather:letters', 1, /No handler is called "weather:letters"/],
  ['secrets bind WEATHER_KEY weather api.example.com', 0, /\+ WEATHER_KEY@api\.example\.com:443\n[^]*not set yet/],
  [
    'secrets bind WEATHER_KEY weather A.example:8443',
    0,
    / {4}WEATHER_KEY@api\.example\.com:443\n.*\+ WEATHER_KEY@a\.ex/,
  ],
  ['secrets bind WEATHER_KEY weather https://a.example', 2, /no place/],
  ['secrets unbind WEATHER_KEY weather a.example:8443', 0, /- WEATHER_KEY@a\.example:8443/],
  ['secrets unbind WEATHER_KEY weather', 0, /- WEATHER_KEY@api\.example\.com:443/],
  ['secrets unbind WEATHER_KEY weather', 1, /not bound there/],
  ['secrets set weather-key', 2, /A–Z/],
  ['secrets set WEATHER_KEY', 2, /empty/],
  ['secrets delete WEATHER_KEY', 1, /^error: .*WEATHER_KEY[^]*^hint: .*secrets list$/m],
  ['secrets list', 0, /no secrets/],
  ['denials grant den_0000000000000000', 1, /^hint: .*denials list$/m],
]

describe('the commands of the gate', () => {
  it('print tables and sentences for people, and end with a code that tells how it went', async () => {
    const seen = new Map<string, unknown>()
    const groups = Map.groupBy(commands, ([line]) => line.split(' ', 1)[0])
    const runGroup = async (group: typeof commands): Promise<void> => {
      for (const [at, [line]] of group.entries()) {
        // What is typed or read comes through a pipe of its own.
        const given = line.split(' ')
        const { code, out, err } = await rumi(given, line.startsWith('secrets set') ? '' : undefined)
        seen.set(`${at} ${line}`, { code, shown: out + err })
      }
    }
    await Promise.all([...groups.values()].map(runGroup))
    const expected = [...groups.values()].flatMap((group) =>
      group.map(([line, code, shown], at) => [`${at} ${line}`, { code, shown: expect.stringMatching(shown) }]),
    )
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(expected))
  }, 120_000)

  it('show an example in their help, and are completed', async () => {
    const [help, completion] = await Promise.all([rumi(['secrets', 'bind', '--help']), rumi(['completion', 'bash'])])
    expect(help.out).toMatch(/^Example: rumi secrets bind /m)
    for (const command of ["'network grant'", "'capability unblock'", "'denials dismiss'"])
      expect(completion.out).toContain(command)
  })
})

describe('a secret', () => {
  it('is taken from the standard input or a file and never shown, nor taken as an argument', async () => {
    writeFileSync(join(folder, 'value.txt'), `${canary}-file\n`)
    const tried = [
      await rumi(['secrets', 'set', 'API_KEY'], `${canary}-stdin\n`),
      await rumi(['secrets', 'set', 'API_KEY', '--value-file', 'value.txt'], ''),
      await rumi(['--json', 'secrets', 'set', 'API_KEY'], canary),
      await rumi(['secrets', 'set', 'API_KEY', `${canary}-argument`], ''),
      await rumi(['secrets', 'set', 'API_KEY', `--value=${canary}-'option`], ''),
      await rumi(['secrets', 'list'], ''),
      await rumi(['--json', 'secrets', 'list'], ''),
      await rumi(['secrets', 'delete', 'API_KEY', '--reason', 'leaked'], ''),
    ]
    expect(tried.map(({ code }) => code)).toEqual([0, 0, 0, 2, 2, 0, 0, 0])
    expect(tried[1]?.out).toMatch(/replaced/)
    expect(tried[5]?.out).toMatch(/^API_KEY\s+set\s+/m)
    expect(JSON.stringify(tried)).not.toContain(canary)
    const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const holders = files.filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(canary))
    expect(holders.map(({ name }) => name)).toEqual([])
  }, 30_000)
})
