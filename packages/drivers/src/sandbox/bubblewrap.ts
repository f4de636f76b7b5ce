import { execFile } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PackId } from '@rumi/kernel/base'
import type {
  AskHandler,
  BlockCall,
  BlockLimits,
  BlockOutcome,
  BlockRuntime,
  SandboxDriver,
  SelfTestReport,
} from '@rumi/kernel/sandbox'
import { buildSandboxArguments, type WorkerKind } from './command.ts'
import { findControlGroups, type ControlGroups } from './control-group.ts'
import { Lane, lanePolicies } from './lane.ts'
import { prepareRoot, type RootFolder } from './rootfs.ts'
import { findNodeFiles, findPythonFiles } from './runtime-files.ts'
import { buildSeccompFilter } from './seccomp/index.ts'
import { runSelfTest } from './self-test.ts'
import { readSdkFiles } from './sources.ts'
import { startWorker, type Worker, type WorkerEvents } from './worker.ts'

const run = promisify(execFile)

/** What the driver is told about the machine. */
export interface BubblewrapSettings {
  /** The launcher; `bwrap` is looked up in the usual places. */
  readonly bubblewrap: string
  /** Interpreters; undefined: that runtime is not offered. */
  readonly python: string | undefined
  readonly node: string
  /** For prepared roots; ours alone. */
  readonly cacheFolder: string
  /** Names this home: 1–32 of `[a-z0-9]`. */
  readonly owner: string
  /** How long an unused worker stays, in milliseconds. */
  readonly idleMs: number
  readonly architecture: 'x64' | 'arm64'
}

const FIRST_WORKER_UID = 200_000
const WORKER_UIDS = 60_000
/** What Node reserves without using it; measured: it starts, strips types and runs WebAssembly within this much. */
const NODE_RESERVES_BYTES = 1536 * 1024 * 1024
const MAX_WORKERS = 24

/** The default driver: bubblewrap, as a host user that is not 0, with our profile. */
export function createBubblewrapDriver(
  settings: BubblewrapSettings,
): SandboxDriver & { workerPids(): readonly number[] } {
  return new BubblewrapDriver(settings)
}

interface Machine {
  readonly groups: ControlGroups
  /** The system call filter, as a file. Opened anew for each worker: the launcher reads it to its end. */
  readonly filterPath: string
  readonly roots: ReadonlyMap<BlockRuntime, RootFolder>
}

class BubblewrapDriver implements SandboxDriver {
  readonly name = 'bubblewrap'
  readonly #settings: BubblewrapSettings
  readonly #lanes = new Map<string, { readonly packId: PackId; readonly lane: Lane }>()
  readonly #slots = new Map<PackId, number>()
  readonly #broken = new Map<BlockRuntime, string>()
  #machine: Promise<Machine> | undefined
  #verdict: Promise<SelfTestReport> | undefined
  #workerCount = 0
  #closed = false

  constructor(settings: BubblewrapSettings) {
    this.#settings = settings
  }

  selfTest(): Promise<SelfTestReport> {
    this.#verdict ??= runSelfTest({
      prepare: async () => {
        await assertLauncher(this.#settings.bubblewrap)
        const machine = await this.#prepared()
        return { roots: machine.roots, groups: machine.groups.form, missing: this.#broken }
      },
      execute: (call) => this.#execute(call, new AbortController().signal),
      hostUids: () => this.workerPids(),
    })
    return this.#verdict
  }

  async execute(call: BlockCall, signal: AbortSignal, ask?: AskHandler): Promise<BlockOutcome> {
    const verdict = await this.selfTest()
    // No sandbox, no execution: there is no other path from here. (SBX-30, R3)
    const usable = verdict.passed && !this.#broken.has(call.runtime) && runtimePassed(verdict, call.runtime)
    if (!usable) return unavailable(verdict, call.runtime)
    return this.#execute(call, signal, ask)
  }

  async evict(packId: PackId): Promise<void> {
    const lanes = [...this.#lanes].filter(([, entry]) => entry.packId === packId)
    for (const [key] of lanes) this.#lanes.delete(key)
    await Promise.all(lanes.map(([, entry]) => entry.lane.close()))
  }

  activePacks(): ReadonlySet<PackId> {
    return new Set([...this.#lanes.values()].filter((entry) => entry.lane.busy).map((entry) => entry.packId))
  }

  workerPids(): readonly number[] {
    return [...this.#lanes.values()].flatMap((entry) => entry.lane.pids)
  }

  async close(): Promise<void> {
    this.#closed = true
    const lanes = [...this.#lanes.values()]
    this.#lanes.clear()
    await Promise.all(lanes.map((entry) => entry.lane.close()))
    const machine = await this.#machine?.catch(() => undefined)
    await machine?.groups.sweep()
  }

  async #execute(call: BlockCall, signal: AbortSignal, ask?: AskHandler): Promise<BlockOutcome> {
    if (this.#closed) return stopped
    const kind: WorkerKind = call.isolation === 'warm' ? 'warm' : call.runtime === 'python' ? 'forking' : 'single'
    const limits = workerLimits(kind, call.limits)
    const key = [call.packId, call.treeHash, call.runtime, kind, call.nesting ?? 0, JSON.stringify(limits)].join('\n')
    let entry = this.#lanes.get(key)
    if (!entry) {
      this.#makeRoom()
      const policy = {
        ...lanePolicies[kind],
        posture: kind === 'warm' ? 'bubblewrap_warm' : 'bubblewrap_fresh',
      } as const
      entry = {
        packId: call.packId,
        lane: new Lane(policy, (events) => this.#startWorker({ ...call, limits }, kind, events), this.#settings.idleMs),
      }
      this.#lanes.set(key, entry)
    }
    return entry.lane.execute(call, signal, ask)
  }

  /** Keeps the number of processes bounded: the lane unused for longest gives way. */
  #makeRoom(): void {
    const workers = [...this.#lanes.values()].reduce((sum, entry) => sum + entry.lane.workers, 0)
    if (workers < MAX_WORKERS) return
    const idle = [...this.#lanes]
      .filter(([, entry]) => !entry.lane.busy)
      .sort((a, b) => a[1].lane.lastUsedMs - b[1].lane.lastUsedMs)
    const oldest = idle[0]
    if (!oldest) return
    this.#lanes.delete(oldest[0])
    void oldest[1].lane.close()
  }

  async #startWorker(call: BlockCall, kind: WorkerKind, events: WorkerEvents): Promise<Worker> {
    const machine = await this.#prepared()
    if (this.#closed) throw new Error('the system is stopping')
    const root = machine.roots.get(call.runtime)
    if (!root) throw new Error(this.#broken.get(call.runtime) ?? `no ${call.runtime} was found`)
    this.#workerCount += 1
    const group = await machine.groups.create(`w${this.#workerCount}`, call.limits)
    const uid = this.#workerUid(call.packId)
    const launch = stageLaunch({
      bubblewrap: this.#settings.bubblewrap,
      arguments: buildSandboxArguments({
        runtime: call.runtime,
        kind,
        root,
        treePath: call.treePath,
        limits: call.limits,
        ...(group ? {} : { addressSpaceBytes: call.limits.memoryBytes + NODE_RESERVES_BYTES }),
      }),
      uid,
      treePath: call.treePath,
      mountPoint: join(root.path, 'pack'),
    })
    return startWorker(
      {
        ...launch,
        filterPath: kind === 'forking' ? undefined : machine.filterPath,
        gated: true,
        group,
        memoryBytes: group === undefined ? call.limits.memoryBytes : undefined,
        environment: {},
        workingFolder: '/',
      },
      events,
    )
  }

  /** Root gives every pack a user of its own; an ordinary user shares its own with them, kept apart by namespaces. */
  #workerUid(packId: PackId): number | undefined {
    if (process.getuid?.() !== 0) return undefined
    const slot = this.#slots.get(packId) ?? this.#slots.size % WORKER_UIDS
    this.#slots.set(packId, slot)
    return FIRST_WORKER_UID + slot
  }

  #prepared(): Promise<Machine> {
    this.#machine ??= this.#prepare()
    return this.#machine
  }

  async #prepare(): Promise<Machine> {
    const settings = this.#settings
    const filter = buildSeccompFilter({ arch: settings.architecture })
    const roots = new Map<BlockRuntime, RootFolder>()
    const wanted = [
      { kind: 'python', interpreter: settings.python, find: findPythonFiles },
      { kind: 'node', interpreter: settings.node, find: findNodeFiles },
    ] as const
    await Promise.all(
      wanted.map(async ({ kind, interpreter, find }) => {
        try {
          if (interpreter === undefined) throw new Error(`no ${kind} was found on this machine`)
          const ours = await readSdkFiles(kind, filter)
          roots.set(kind, await prepareRoot({ cacheFolder: settings.cacheFolder, interpreter, ours, find, kind }))
        } catch (error) {
          this.#broken.set(kind, error instanceof Error ? error.message : String(error))
        }
      }),
    )
    const any = [...roots.values()][0]
    if (!any) throw new Error([...this.#broken.values()].join('; '))
    const groups = await findControlGroups(settings.owner)
    await groups.sweep()
    return { groups, roots, filterPath: join(any.path, 'rumi/seccomp.bin') }
  }
}

/**
 * The bounds that a worker is started with. Calls share it only when these are the same: a worker made for generous
 * calls would not hold a strict one. Processor seconds follow the wall clock of each call; they are rounded up, so that
 * a pack with many different deadlines does not get a worker for each, and left to the fork server where there is one.
 */
function workerLimits(kind: WorkerKind, limits: BlockLimits): BlockLimits {
  const cpuSeconds = kind === 'single' ? 2 ** Math.ceil(Math.log2(Math.max(1, limits.cpuSeconds))) : 0
  return { ...limits, cpuSeconds, wallMs: 0, answerBytes: 0, logBytes: 0, inputBytes: 0 }
}

const stopped: BlockOutcome = {
  ok: false,
  errorType: 'cancelled',
  message: 'the system is stopping',
  log: '',
  posture: 'rejected',
}

function runtimePassed(verdict: SelfTestReport, runtime: BlockRuntime): boolean {
  return verdict.checks.filter((check) => check.id.startsWith(`${runtime}/`)).every((check) => check.passed)
}

function unavailable(verdict: SelfTestReport, runtime: BlockRuntime): BlockOutcome {
  const failed = verdict.checks.find(
    (check) => !check.passed && (check.id.startsWith(`${runtime}/`) || !check.id.includes('/')),
  )
  const why = failed ? ` (${failed.id}: ${failed.detail})` : ''
  return {
    ok: false,
    errorType: 'sandbox_unavailable',
    message: `no sandbox that passed its self-test is available for ${runtime} blocks${why}; see: rumi doctor`,
    log: '',
    posture: 'rejected',
  }
}

async function assertLauncher(bubblewrap: string): Promise<void> {
  const { stdout } = await run(bubblewrap, ['--version'], { env: {}, timeout: 5000 })
  if (!/^bubblewrap \d+\.\d+/.test(stdout)) throw new Error(`${bubblewrap} does not look like bubblewrap`)
}

/**
 * As root, a worker's user may not be able to walk to the tree (a home below /root, say). Then the tree is bound, in a
 * mount namespace of its own, to a folder everybody can reach, before the user is changed. bubblewrap itself is never
 * started by uid 0: as root its payload could write to /proc/sys/kernel/core_pattern.
 */
function stageLaunch(request: {
  readonly bubblewrap: string
  readonly arguments: readonly string[]
  readonly uid: number | undefined
  readonly treePath: string
  readonly mountPoint: string
}): { readonly program: string; readonly arguments: readonly string[]; readonly uid: number | undefined } {
  const { uid } = request
  if (uid === undefined || isReachableByOthers(request.treePath)) {
    return { program: request.bubblewrap, arguments: request.arguments, uid }
  }
  const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
  const become = ['/usr/bin/setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--inh-caps=-all', '--']
  const inside = request.arguments.map((argument) => (argument === request.treePath ? request.mountPoint : argument))
  return {
    program: '/usr/bin/unshare',
    arguments: [
      ...[
        '--mount',
        '--propagation',
        'private',
        '--',
        '/bin/sh',
        '-c',
        script,
        'sh',
        request.treePath,
        request.mountPoint,
      ],
      ...[...become, request.bubblewrap, ...inside],
    ],
    uid: undefined,
  }
}

function isReachableByOthers(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '')
  return parts.every((_, index) => (lstatSync(`/${parts.slice(0, index + 1).join('/')}`).mode & 0o001) !== 0)
}
