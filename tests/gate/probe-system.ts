import { mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, JsonValue } from '@rumi/kernel/base'
import type { LedgerEntry } from '@rumi/kernel/ledger'
import {
  countingResolver,
  startServer,
  testAuthority,
  type TestServer,
} from '../../packages/drivers/src/egress/test-network.ts'
import { packFiles, startTestSystem, type TestSystem } from '../http/system.ts'
import { removeFolder } from '../support/remove-folder.ts'

/** The languages in which the same steps are taken. */
export const languages = ['python', 'typescript'] as const
export type Language = (typeof languages)[number]

/** What a step came to; a test reads the members it expects. */
type Answer = ReturnType<JSON['parse']>

/** A step of a probe: what to do and with what. */
export type Step = readonly [string, ...JsonValue[]]

/** What a test chooses about its system. */
export interface ProbeOptions {
  /** Packs that only do what they are told. */
  readonly packs: readonly string[]
  /** Members of each manifest beside the usual ones. */
  readonly manifest?: Readonly<Record<string, JsonValue>>
  readonly files?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  readonly clock?: Clock
  /** What names resolve to; nothing unless given. */
  readonly resolve?: (host: string, count: number) => readonly string[]
  readonly respond?: Parameters<typeof startServer>[1]
}

/** A whole system with approved probes, a resolver that counts, and a server over TLS. */
export interface ProbeSystem {
  /** Replaced by a start. */
  readonly rumi: TestSystem
  readonly home: string
  readonly resolver: ReturnType<typeof countingResolver>
  readonly server: TestServer
  /** Takes steps in one block call of a pack and answers what each came to. */
  probe(pack: string, language: Language, ...steps: readonly Step[]): Promise<Answer>
  /** The whole answer to a run, also of one that fails. */
  run(flowId: string, steps: readonly Step[]): Promise<Answer>
  /** Sends a request as the operator and answers the data; throws when it is refused. */
  must(method: string, path: string, body?: unknown): Promise<Answer>
  grant(pack: string, permissionId: string, config: Readonly<Record<string, JsonValue>>): Promise<void>
  /** Grants hosts at a port; those that are named one by one may be on this machine. */
  grantNetwork(pack: string, domains: readonly string[], port: number): Promise<void>
  /** Entries of the ledger from an index on. */
  entries(from?: number): readonly LedgerEntry[]
  /** Ends the system, lets the home be changed, and starts it again. */
  restart(meanwhile: (home: string) => void | Promise<void>): Promise<void>
  close(): Promise<void>
}

const sources = new URL('packs/probe/', import.meta.url)
const block = (name: string): string => readFileSync(new URL(name, sources), 'utf8')

/** Files of a pack that does what it is told, with a flow for each language. */
export function probeFiles(
  pack: string,
  manifest: Readonly<Record<string, JsonValue>> = {},
  files: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const identity = { pack_id: pack, pack_identity: `github:example/${pack}`, version: '1.0.0' }
  return packFiles(pack, {
    'ecosystem.json': JSON.stringify({ ...identity, ...manifest }),
    'blocks/probe.py': block('probe.py'),
    'blocks/probe.ts': block('probe.ts'),
    'flows/python.flow.json': probeFlow(`${pack}.python`, 'probe.py'),
    'flows/typescript.flow.json': probeFlow(`${pack}.typescript`, 'probe.ts'),
    ...files,
  })
}

/** A flow that hands its input `steps` to a block. */
export function probeFlow(flowId: string, file: string): string {
  const owner = flowId.split('.', 1)[0]
  const input = { steps: '${ctx.steps}' }
  const step = {
    id: 'probe',
    phase: 'main',
    type: 'python_file_call',
    owner_pack: owner,
    file,
    input,
    output: 'answer',
  }
  return JSON.stringify({ flow_id: flowId, outputs: { answer: 'object' }, phases: ['main'], steps: [step] })
}

/** Starts it; each pack is approved. */
export async function startProbeSystem(options: ProbeOptions): Promise<ProbeSystem> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rumi-probe-')))
  const home = join(folder, 'home')
  const server = await startServer('https', options.respond ?? ((_, response) => response.end('hello')))
  const resolver = countingResolver(options.resolve ?? (() => []))
  writeFileSync(join(folder, 'ca.pem'), testAuthority)
  const start = async (files: Readonly<Record<string, string>>): Promise<TestSystem> =>
    startTestSystem({
      ...{
        home,
        files,
        resolver,
        environment: { RUMI_EGRESS_CA_FILE: join(folder, 'ca.pem'), ...options.environment },
      },
      ...(options.clock === undefined ? {} : { systemClock: options.clock }),
    })
  const probes = options.packs.map((pack) => probeFiles(pack, options.manifest))
  let rumi = await start(Object.assign({}, ...probes, options.files))
  const must: ProbeSystem['must'] = async (method, path, body) => {
    const answer = await rumi.ask(method, path, body)
    if (!answer.body.success) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body.data
  }
  const run: ProbeSystem['run'] = async (flowId, steps) =>
    (await rumi.ask('POST', `/api/flows/${flowId}/run`, { inputs: { steps } })).body.data
  const grant: ProbeSystem['grant'] = async (pack, permissionId, config) =>
    must('POST', '/api/capability/grants/grant', { principal_id: pack, permission_id: permissionId, config })
  const approveAll = async (): Promise<void> => {
    await must('POST', '/api/packs/scan', {})
    for (const pack of options.packs) await must('POST', `/api/packs/${pack}/approve`, {})
  }
  await approveAll()
  return {
    get rumi() {
      return rumi
    },
    ...{ home, resolver, server, must, run, grant },
    probe: async (pack, language, ...steps) => {
      const data = await run(`${pack}.${language}`, steps)
      if (data.result?.answer === undefined) throw new Error(JSON.stringify(data))
      return data.result.answer
    },
    grantNetwork: async (pack, domains, port) => {
      const exact = domains.filter((domain) => !domain.startsWith('*'))
      const config = { allowed_ports: [port], allow_private: exact.map((domain) => `${domain}:${port}`) }
      await must('POST', '/api/network/grant', { pack_id: pack, allowed_domains: domains, ...config })
    },
    entries: (from = 0) => {
      const { ledger } = rumi.system.services
      return Array.from({ length: Math.ceil((ledger.size() - from) / 1000) }, (_, page) => from + page * 1000).flatMap(
        (at) => [...ledger.entries(at, 1000)],
      )
    },
    restart: async (meanwhile) => {
      await rumi.close()
      await meanwhile(home)
      rumi = await start({})
    },
    close: async () => {
      await rumi.close()
      await server[Symbol.asyncDispose]()
      removeFolder(folder)
    },
  }
}

/** Every file below a folder. */
export function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Files below a folder that hold one of these texts. */
export function findTexts(folder: string, texts: readonly string[]): readonly string[] {
  return listFiles(folder).filter((path) => {
    const bytes = readFileSync(path)
    return texts.some((text) => bytes.includes(text))
  })
}

/** A step that is in no record of its run. */
export function hide(step: Step): Step {
  return ['hidden', Array.from(JSON.stringify(step)).toReversed().join('')]
}
