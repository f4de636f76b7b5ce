import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PackId } from '@rumi/kernel/base'
import type { AskHandler, BlockCall, BlockOutcome, SandboxDriver, SelfTestReport } from '@rumi/kernel/sandbox'
import { nodeCommand, pythonCommand } from './command.ts'
import { Lane, lanePolicies } from './lane.ts'
import { findSdkFolder } from './sources.ts'
import { startWorker, type Worker, type WorkerEvents } from './worker.ts'

/** What the driver is told about the machine. */
export interface HostSettings {
  readonly python: string | undefined
  readonly node: string
}

/**
 * Runs blocks on the host with everything the host's user may do. It is no sandbox: it exists for development, is only
 * chosen by a start flag, and every outcome says `host_permissive`. (operations §Security modes)
 */
export function createHostDriver(settings: HostSettings): SandboxDriver {
  return new HostDriver(settings)
}

class HostDriver implements SandboxDriver {
  readonly name = 'host'
  readonly #settings: HostSettings
  readonly #lanes = new Map<string, { readonly packId: PackId; readonly lane: Lane }>()
  #folder: Promise<string> | undefined

  constructor(settings: HostSettings) {
    this.#settings = settings
  }

  async selfTest(): Promise<SelfTestReport> {
    return {
      passed: true,
      checks: [{ id: 'host', passed: true, detail: 'no isolation: blocks may do what this user may do' }],
    }
  }

  async execute(call: BlockCall, signal: AbortSignal, ask?: AskHandler): Promise<BlockOutcome> {
    const key = [call.packId, call.treeHash, call.runtime, call.nesting ?? 0].join('\n')
    const known = this.#lanes.get(key)
    const entry = known ?? {
      packId: call.packId,
      lane: new Lane(
        { ...lanePolicies.single, spares: 0, posture: 'host_permissive' },
        async (events) => this.#start(call, events),
        1000,
      ),
    }
    this.#lanes.set(key, entry)
    return entry.lane.execute(call, signal, ask)
  }

  async evict(packId: PackId): Promise<void> {
    const lanes = [...this.#lanes].filter(([, entry]) => entry.packId === packId)
    for (const [key] of lanes) this.#lanes.delete(key)
    await Promise.all(lanes.map(([, entry]) => entry.lane.close()))
  }

  activePacks(): ReadonlySet<PackId> {
    return new Set([...this.#lanes.values()].filter((entry) => entry.lane.busy).map((entry) => entry.packId))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((entry) => entry.lane.close()))
    if (this.#folder) await rm(await this.#folder, { recursive: true, force: true })
  }

  async #start(call: BlockCall, events: WorkerEvents): Promise<Worker> {
    this.#folder ??= mkdtemp(join(tmpdir(), 'rumi-host-'))
    const folder = await this.#folder
    await mkdir(folder, { recursive: true })
    const sdk = findSdkFolder()
    const command =
      call.runtime === 'node'
        ? nodeCommand(this.#settings.node, join(sdk, 'node/host.mjs'), call.limits)
        : pythonCommand(this.#settings.python ?? 'python3', join(sdk, 'python'), 'rumi_resident')
    const [program = '', ...rest] = command
    return startWorker(
      {
        program,
        arguments: rest,
        uid: undefined,
        filterPath: undefined,
        gated: false,
        group: undefined,
        memoryBytes: undefined,
        environment: { PATH: '/usr/bin:/bin', HOME: folder, LANG: 'C.UTF-8', RUMI_PACK_ROOT: call.treePath },
        workingFolder: folder,
      },
      events,
    )
  }
}
