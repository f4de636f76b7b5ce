import { rm, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { openSystem, type System } from '../packages/app/src/compose/index.ts'
import { readSettings } from '../packages/app/src/config/index.ts'
import { startServer, type ApiServer } from '../packages/app/src/http/index.ts'
import { flowIdSchema, packIdSchema } from '../packages/kernel/src/base/index.ts'
import { coldBubblewrap, pipeRoundTrip } from './baselines.ts'
import { measureBoot } from './boot.ts'
import { measureGate } from './gate.ts'
import { makeBenchHome } from './home.ts'
import { measureLedger } from './ledger.ts'
import { loadClients, probeWhileSpinning } from './load.ts'
import { measureSkills } from './skills.ts'
import { measure, type Series } from './measure.ts'
import { formatReport, type Row } from './report.ts'

const signal = new AbortController().signal

async function main(): Promise<void> {
  const rows: Row[] = []
  const add = (name: string, series: Series, more: Partial<Row> = {}): void => {
    rows.push({ name, series, ...more })
    process.stderr.write(`${name}: p50 ${series.p50.toFixed(3)} ms\n`)
  }
  add('baseline: cold `bwrap python3` per call', await coldBubblewrap())
  add('baseline: raw round trip over a pipe', await pipeRoundTrip())
  const home = await makeBenchHome()
  const { system, server } = await start(home)
  try {
    await measureRuns(system, add)
    await measureGate(system, add)
    add('16 clients, one fresh Python block, 10 s', await loadClients(server, system.operatorToken, 'fresh_python'), {
      note: 'rate',
    })
    add('16 clients, one warm Python block, 10 s', await loadClients(server, system.operatorToken, 'warm_python'), {
      note: 'rate',
    })
    add('`/health` while a block spins', await probeWhileSpinning(server, system.operatorToken), {
      goal: 20,
      goalOf: 'p99',
    })
  } finally {
    await server.close()
    await system.close()
  }
  await measureLedger(add)
  await measureSkills(add)
  add('boot to `/health`', await measureBoot(home), { goal: 400 })
  await rm(home, { recursive: true, force: true })
  const report = formatReport(rows, {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    user: process.getuid?.() === 0 ? 'root' : 'an ordinary user',
    at: new Date().toISOString().slice(0, 10),
  })
  process.stdout.write(report)
  if (process.argv.includes('--write'))
    await writeFile(fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url)), report)
}

async function start(home: string): Promise<{ readonly system: System; readonly server: ApiServer }> {
  const settings = readSettings(
    { RUMI_MAX_CONCURRENT_FLOWS: '64', RUMI_EGRESS_RATE_LIMIT: '1000000' },
    { home, port: 0 },
    (path) => path,
  )
  if (!settings.ok) throw new Error(settings.error.message)
  const opened = await openSystem(settings.value, {
    environment: process.env,
    onBroken: () => process.exit(1),
    onException: (error) => {
      throw error
    },
  })
  if (!opened.ok) throw new Error(opened.error.message)
  const system = opened.value
  for (const name of ['fresh_pack', 'warm_pack']) {
    const approved = await system.services.packs.approve(packIdSchema.parse(name), {}, 'bench')
    if (!approved.ok) throw new Error(approved.error.message)
  }
  await system.services.sandbox.selfTest()
  const server = await startServer({
    services: system.services,
    operatorToken: system.operatorToken,
    bindAddress: '127.0.0.1',
    port: 0,
    onException: (error) => {
      throw error
    },
  })
  return { system, server }
}

async function measureRuns(
  system: System,
  add: (name: string, series: Series, more?: Partial<Row>) => void,
): Promise<void> {
  const run = (flowId: string) => async (): Promise<void> => {
    const request = { flowId: flowIdSchema.parse(flowId), inputs: { name: 'Ada' }, timeoutMs: 60_000, caller: 'bench' }
    const outcome = await system.services.runner.run(request, signal)
    if (!outcome.ok || outcome.value.status !== 'completed') throw new Error(`${flowId}: ${JSON.stringify(outcome)}`)
  }
  const sets = await measure(run('sets'), { count: 60 })
  add('`set` step (of 500 in a flow)', scale(sets, 500), { goal: 0.03 })
  add('fresh Python block, journal and ledger included', await measure(run('fresh_python'), { count: 300 }), {
    goal: 6,
  })
  add('fresh Node block, a call every 200 ms', await measure(run('fresh_node'), { count: 40, pauseMs: 200 }), {
    goal: 10,
  })
  add('fresh Node block, back to back', await measure(run('fresh_node'), { count: 60 }))
  add('warm Python block, journal and ledger included', await measure(run('warm_python'), { count: 1000 }), { goal: 1 })
  add('warm Node block, journal and ledger included', await measure(run('warm_node'), { count: 1000 }), { goal: 1 })
  add('40-step flow, fresh Python', await measure(run('fresh_forty'), { count: 15, warmUps: 2 }))
  add('40-step flow, warm Python', await measure(run('warm_forty'), { count: 40, warmUps: 2 }))
}

function scale(series: Series, by: number): Series {
  return { p50: series.p50 / by, p99: series.p99 / by, min: series.min / by, count: series.count }
}

await main()
