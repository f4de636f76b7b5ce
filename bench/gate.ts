import { createServer, type Server } from 'node:http'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { System } from '../packages/app/src/compose/index.ts'
import { createEgressClient } from '../packages/drivers/src/egress/index.ts'
import { flowIdSchema, packIdSchema } from '../packages/kernel/src/base/index.ts'
import { parseDestination, type NetworkGrant } from '../packages/kernel/src/egress/index.ts'
import { networkPermission } from '../packages/kernel/src/gate/index.ts'
import { decideGrant, permissionIdSchema } from '../packages/kernel/src/grant/index.ts'
import { storeCollection } from '../packages/kernel/src/store/index.ts'
import { systemClock } from '../packages/drivers/src/system/index.ts'
import { measure, summarise, type Series } from './measure.ts'

const run = promisify(execFile)
const packId = packIdSchema.parse('warm_pack')

/** The block that times capability calls from where packs are: inside of the sandbox. Milliseconds. */
export const timingBlock = `import time
import rumi_capability, rumi_syscall

def timed(count, call):
    times = []
    for index in range(count):
        start = time.perf_counter()
        result = call(index)
        times.append((time.perf_counter() - start) * 1000)
        if not result["success"]:
            raise RuntimeError(str(result)[:500])
    return times

def run(input_data, context=None):
    what, count = input_data["what"], input_data["count"]
    def capability(name, **args):
        return rumi_capability.call(name, args={"store_id": "bench", **args})
    calls = {
        "get": lambda index: capability("store.get", key="k/1"),
        "set": lambda index: capability("store.set", key="w/%d" % index, value={"n": index}),
        "list": lambda index: capability("store.list", prefix="m/", cursor="m/%07d" % (index * 997), limit=100),
        "http": lambda index: rumi_syscall.get(input_data.get("url", "")),
    }
    return {"times": timed(count, calls[what])}
`

const baselineClient = `import http.client, json, sys, time
host, port, count = "127.0.0.1", int(sys.argv[1]), int(sys.argv[2])
connection = http.client.HTTPConnection(host, port)
times = []
for _ in range(count):
    start = time.perf_counter()
    connection.request("GET", "/")
    connection.getresponse().read()
    times.append((time.perf_counter() - start) * 1000)
print(json.dumps(times))
`

type Add = (name: string, series: Series, more?: { readonly goal?: number }) => void

/** Measures what packs reach through the gate. */
export async function measureGate(system: System, add: Add): Promise<void> {
  const upstream = createServer((_request, response) => response.end('{"ok":true}'))
  const port = await listen(upstream)
  try {
    await prepare(system, port)
    add('grant decision (of 1000)', await timeDecisions(system), { goal: 0.02 })
    const time = (what: string, count: number): Promise<Series> => timeInside(system, { what, count })
    await time('set', 1)
    add('`store.get` from a warm block, from inside', await time('get', 2000), { goal: 0.3 })
    add('`store.set` from a warm block, durable', await time('set', 1000))
    add('10,000 `store.set` by one block, each', await time('set', 10_000))
    await fill(system, 1_000_000)
    add('`store.list` of 100 among 1,000,000 keys', await time('list', 1000))
    add('baseline: GET to a local server, Python outside of the sandbox', await timeBaseline(port, 1000))
    const url = `http://127.0.0.1:${port}/`
    add('the same GET from a block, through the gate', await timeInside(system, { what: 'http', count: 1000, url }))
    add('200 requests at once, of 10 packs, all done', await timeParallel(port))
  } finally {
    upstream.closeAllConnections()
    upstream.close()
  }
}

async function prepare({ services }: System, port: number): Promise<void> {
  const { grants, state } = services
  for (const permission of ['store.get', 'store.set', 'store.list']) {
    const request = {
      principal_id: packId,
      permission_id: permissionIdSchema.parse(permission),
      config: { allowed_store_ids: ['bench'] },
    }
    expectOk(await grants.grant(request, 'bench'))
  }
  const config = { allowed_domains: ['127.0.0.1'], allowed_ports: [port], allow_private: [`127.0.0.1:${port}`] }
  expectOk(await grants.grant({ principal_id: packId, permission_id: networkPermission, config }, 'bench'))
  const quota = { maxKeys: 2_000_000, maxBytes: 2 ** 31 }
  const store = { storeId: 'bench', rootPath: 'user_data/stores/bench', createdAt: 0, createdBy: 'bench', ...quota }
  await state.write((writer) => {
    writer.putDocument(storeCollection, 'bench', store)
    writer.putStoreEntry('bench', 'k/1', '{"n":1}')
  })
}

function expectOk(outcome: { readonly ok: boolean }): void {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome))
}

async function timeDecisions({ services }: System): Promise<Series> {
  const permissionId = permissionIdSchema.parse('store.get')
  const thousand = await measure(
    async () => {
      for (let turn = 0; turn < 1000; turn += 1) {
        const decision = decideGrant({ ...services.grants.state(), principalId: packId, permissionId, defaults: {} })
        if (!decision.allowed) throw new Error('the bench has its grants')
      }
    },
    { count: 30 },
  )
  return { ...thousand, p50: thousand.p50 / 1000, p99: thousand.p99 / 1000, min: thousand.min / 1000 }
}

async function timeInside(
  { services }: System,
  inputs: { readonly what: string; readonly count: number; readonly url?: string },
): Promise<Series> {
  const request = { flowId: flowIdSchema.parse('warm_timing'), inputs, timeoutMs: 600_000, caller: 'bench' }
  const outcome = await services.runner.run(request, new AbortController().signal)
  if (!outcome.ok || outcome.value.status !== 'completed') throw new Error(JSON.stringify(outcome).slice(0, 1000))
  const result: { readonly timing: { readonly times: readonly number[] } } = JSON.parse(
    JSON.stringify(outcome.value.result),
  )
  return summarise(result.timing.times)
}

/** Keys as another program would have left them: through the state, ten thousand in a transaction. */
async function fill({ services }: System, count: number): Promise<void> {
  for (let from = 0; from < count; from += 10_000) {
    await services.state.write((writer) => {
      for (let index = from; index < from + 10_000; index += 1)
        writer.putStoreEntry('bench', `m/${String(index).padStart(7, '0')}`, '1')
    })
  }
}

async function timeBaseline(port: number, count: number): Promise<Series> {
  const { stdout } = await run('python3', ['-c', baselineClient, String(port), String(count)])
  const times: readonly number[] = JSON.parse(stdout)
  return summarise(times)
}

async function timeParallel(port: number): Promise<Series> {
  const client = createEgressClient({
    resolver: { resolve: async () => [] },
    clock: systemClock,
    ownAddresses: () => [],
    rate: { limit: 1_000_000, windowMs: 60_000, maxPrincipals: 100 },
  })
  const destination = parseDestination(`http://127.0.0.1:${port}/`)
  if (!destination.ok) throw new Error('the bench knows its URL')
  const grant: NetworkGrant = { domains: ['127.0.0.1'], ports: [port], allowPrivate: [`127.0.0.1:${port}`] }
  const request = (index: number) => ({
    principal: `pack_${index % 10}`,
    destination: destination.value,
    method: 'GET',
    headers: {},
    timeoutMs: 30_000,
    authorize: { chain: () => [grant] },
  })
  try {
    return await measure(
      async () => {
        const { signal } = new AbortController()
        const done = await Promise.all(
          Array.from({ length: 200 }, (_, index) => client.request(request(index), signal)),
        )
        const failed = done.find(({ answer }) => !answer.success)
        if (failed) throw new Error(JSON.stringify(failed.record))
      },
      { count: 20, warmUps: 2 },
    )
  } finally {
    client.close()
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'))
      else resolve(address.port)
    })
  })
}
