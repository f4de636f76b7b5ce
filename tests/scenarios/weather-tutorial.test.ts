import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createFixedClock } from '@rumi/kernel/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { startServer, testAuthority, type TestServer } from '../../packages/drivers/src/egress/test-network.ts'
import { startTestSystem, type TestSystem } from '../http/system.ts'
import { removeFolder } from '../support/remove-folder.ts'

const run = promisify(execFile)
const tutorial = new URL('weather-tutorial/', import.meta.url).pathname

/** The pack and the operator's commands exactly as the pack development guide prints them; one digest over all of it. */
const tutorialDigest = '74557627eb557eb15a74cab88ac96c04ed27ca9b9df14f45428a8611d0bff30d'

function digestTutorial(): string {
  const files = readdirSync(tutorial, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  const hash = createHash('sha256')
  for (const file of files) {
    const bytes = readFileSync(file)
    hash.update(`${file.slice(tutorial.length)}\n${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex')
}

/** The commands of the guide, one each, with the token and the address of this system. */
function readCommands({ server, system }: TestSystem): readonly string[] {
  const lines = readFileSync(join(tutorial, 'commands.sh'), 'utf8').replaceAll('\\\n', ' ').split('\n')
  return lines
    .filter((line) => line.startsWith('curl '))
    .map((line) => line.replaceAll('YOUR_TOKEN', system.operatorToken).replaceAll(':8765', `:${server.port}`))
}

async function curl(command: string): Promise<ReturnType<JSON['parse']>> {
  const { stdout } = await run('bash', ['-c', command.replace('curl ', 'curl --silent --noproxy "*" ')], {
    timeout: 30_000,
  })
  return JSON.parse(stdout)
}

const endings: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end()
})

async function startUpstream(): Promise<TestServer> {
  const upstream = await startServer('https', (request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({ city: new URL(request.url ?? '', 'https://x').searchParams.get('city'), celsius: 21 }),
    )
  })
  endings.push(async () => upstream[Symbol.asyncDispose]())
  return upstream
}

async function startSystem(upstream: TestServer, clock: ReturnType<typeof createFixedClock>): Promise<TestSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'rumi-weather-'))
  endings.push(async () => removeFolder(folder))
  const home = join(folder, 'home')
  cpSync(join(tutorial, 'ecosystem'), join(home, 'ecosystem'), { recursive: true })
  writeFileSync(join(folder, 'ca.pem'), testAuthority)
  writeFileSync(join(folder, 'hosts'), `127.0.0.1:${upstream.port} api.example.com allow-private\n`)
  const environment = {
    RUMI_EGRESS_CA_FILE: join(folder, 'ca.pem'),
    RUMI_EGRESS_HOSTS_FILE: join(folder, 'hosts'),
  }
  const system = await startTestSystem({ home, environment, systemClock: clock })
  endings.push(() => system.close())
  return system
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('it did not come true')
}

describe('the weather tutorial of the pack development guide', () => {
  it('is the one that is printed there', () => {
    expect(digestTutorial()).toBe(tutorialDigest)
  })

  it('runs with not one byte of the pack changed: granted, fetched on schedule, and from the cache afterwards', async () => {
    const upstream = await startUpstream()
    const clock = createFixedClock()
    const system = await startSystem(upstream, clock)
    system.system.services.scheduler.start((error) => {
      throw error
    })
    const commands = readCommands(system)
    expect(commands).toHaveLength(6)
    for (const command of commands.slice(0, -1)) expect(await curl(command)).toMatchObject({ success: true })
    const getWeather = commands.at(-1) ?? ''
    expect(await curl(getWeather)).toMatchObject({ data: { result: { result: { error: 'No cached data' } } } })

    // 300 seconds pass, a second at a time, as the scheduler looks.
    const fetches = (): number => upstream.requests.length
    for (let second = 0; second < 299; second += 1) {
      clock.pass(1000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(fetches()).toBe(0)
    await until(async () => {
      clock.pass(1000)
      await new Promise((resolve) => setTimeout(resolve, 20))
      return fetches() === 1
    })
    const schedules = async (): Promise<ReturnType<JSON['parse']>> =>
      (await system.ask('GET', '/api/schedules')).body.data
    await until(async () => (await schedules()).schedules[0].last_status === 'completed')
    expect(upstream.requests[0]?.url).toBe('/weather?city=Tokyo')

    const weather = { weather: { city: 'Tokyo', celsius: 21 } }
    expect(await curl(getWeather)).toMatchObject({ success: true, data: { result: { result: weather } } })
    await upstream[Symbol.asyncDispose]()
    expect(await curl(getWeather)).toMatchObject({ success: true, data: { result: { result: weather } } })
    expect(await curl(getWeather.replace('Tokyo', 'Osaka'))).toMatchObject({
      data: { result: { result: { error: 'No cached data' } } },
    })
    expect(system.exceptions).toEqual([])
    expect((await system.ask('POST', '/api/ledger/verify', {})).body.data).toMatchObject({ ok: true })
  })
})
