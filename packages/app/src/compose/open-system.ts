import { createHash } from 'node:crypto'
import { DatabaseRefusal, SqlStateStore } from '@rumi/drivers/sql'
import { fingerprintFlowFiles, isFlowPath, readFlowFiles } from '@rumi/drivers/flow'
import { directoryPackFolder, directoryTreeStore } from '@rumi/drivers/pack'
import { createBubblewrapDriver, createHostDriver } from '@rumi/drivers/sandbox'
import {
  loadKeys,
  markHomeUsed,
  prepareHome,
  systemClock,
  systemRandom,
  type HomeKeys,
  type HomePaths,
} from '@rumi/drivers/system'
import { err, ok, type Outcome } from '@rumi/kernel/base'
import { formatVerifierKey } from '@rumi/kernel/ledger'
import { listKeptTrees } from '@rumi/kernel/pack'
import { recoverRuns, Runner } from '@rumi/kernel/run'
import type { SandboxDriver } from '@rumi/kernel/sandbox'
import type { Settings } from '../config/index.ts'
import { createBlockResolver, FlowLibrary, PackLibrary } from '../library/index.ts'
import type { Services } from '../operations/index.ts'
import { createHandlers } from './handlers.ts'
import { defaultCacheFolder, findProgram } from './interpreters.ts'

/** A home that is open: everything is wired, and nobody else can open it. */
export interface System {
  readonly services: Services
  readonly paths: HomePaths
  readonly operatorToken: string
  /** Runs that the last process left open and that are now `interrupted`. */
  readonly interrupted: readonly string[]
  /** Ends runs and workers, signs the ledger and gives the home back. */
  close(): Promise<void>
}

/** What the surroundings give. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Called when the disk failed: the process must stop acknowledging and end. */
  readonly onBroken: () => void
}

/**
 * Opens a home. Problems: `home.unsafe` 403, `home.unusable` 400, `home.in_use` 409, `home.newer` 409, `home.damaged`
 * 500, `home.keys_missing`, `home.state_missing` and
 * `home.keys_damaged` 500.
 */
export async function openSystem(settings: Settings, surroundings: Surroundings): Promise<Outcome<System>> {
  const prepared = prepareHome(settings.home)
  if (!prepared.ok) return prepared
  const paths = prepared.value
  const keys = loadKeys(paths)
  if (!keys.ok) return keys
  const opened = openState(paths, keys.value, surroundings)
  if (!opened.ok) return opened
  markHomeUsed(paths)
  return ok(
    await wire({
      settings: { ...settings, home: paths.root },
      paths,
      keys: keys.value,
      state: opened.value,
      surroundings,
    }),
  )
}

function openState(paths: HomePaths, keys: HomeKeys, surroundings: Surroundings): Outcome<SqlStateStore> {
  try {
    return ok(
      new SqlStateStore({
        path: paths.database,
        clock: systemClock,
        signer: keys.signer,
        onBroken: surroundings.onBroken,
      }),
    )
  } catch (error) {
    if (!(error instanceof DatabaseRefusal)) throw error
    const problems = {
      'in-use': {
        code: 'home.in_use',
        status: 409,
        message: `Another process is using the home ${paths.root}.`,
        hint: 'Talk to it (rumi packs list --home …), or stop it first.',
      },
      newer: { code: 'home.newer', status: 409, message: `${error.message}.`, hint: 'Use the newer version of Rumi.' },
      damaged: {
        code: 'home.damaged',
        status: 500,
        message: 'The database of this home cannot be read.',
        hint: `Restore ${paths.database} from a backup.`,
      },
    }
    return err(problems[error.kind])
  }
}

interface Parts {
  readonly settings: Settings
  readonly paths: HomePaths
  readonly keys: HomeKeys
  readonly state: SqlStateStore
  readonly surroundings: Surroundings
}

async function wire({ settings, paths, keys, state, surroundings }: Parts): Promise<System> {
  const clock = systemClock
  const sandbox = chooseSandbox(settings, paths, surroundings)
  const interrupted = await recoverRuns(state, clock)
  const trees = directoryTreeStore(paths.trees)
  const packs = new PackLibrary({ folder: directoryPackFolder(paths.root), trees, state, sandbox, clock })
  trees.sweep(listKeptTrees(packs.records))
  const flows = new FlowLibrary(
    {
      fingerprint: () => fingerprintFlowFiles(paths.root),
      read: () => readFlowFiles(paths.root, settings.maxFlowFileBytes),
      isFlowPath,
    },
    packs,
    settings.maxFlowFileBytes,
  )
  const runner = new Runner({
    state,
    sandbox,
    clock,
    random: systemRandom,
    findFlow: (flowId) => flows.find(flowId),
    resolveBlock: createBlockResolver(packs),
    performHandler: createHandlers(packs, flows),
    maxConcurrent: settings.maxConcurrentFlows,
  })
  const services: Services = {
    settings,
    version: '0.1.0',
    clock,
    random: systemRandom,
    state,
    sandbox,
    packs,
    flows,
    runner,
    ledger: ledgerService(state, keys),
  }
  const begun = { mode: settings.mode, sandbox: sandbox.name }
  await state.write((writer) =>
    writer.append({ kind: 'system.start', actor: 'system', subject: 'kernel', data: begun }),
  )
  return {
    services,
    paths,
    operatorToken: keys.operatorToken,
    interrupted,
    close: async () => {
      await runner.close()
      await sandbox.close()
      await state
        .write((writer) => writer.append({ kind: 'system.stop', actor: 'system', subject: 'kernel', data: {} }))
        .catch(() => undefined)
      state.close()
    },
  }
}

function ledgerService(state: SqlStateStore, keys: HomeKeys): Services['ledger'] {
  const { ledger } = state
  return {
    size: () => ledger.size(),
    readNode: ledger.readNode,
    entries: (from, limit) => ledger.entries(from, limit),
    lines: (from, limit) => ledger.lines(from, limit),
    signHead: () => state.signHead(),
    verifierKey: formatVerifierKey(keys.signer),
  }
}

/** Strict is the default, and there is no way from one to the other while running. */
function chooseSandbox(settings: Settings, paths: HomePaths, { environment }: Surroundings): SandboxDriver {
  const path = environment['PATH']
  const python = findProgram('python3', settings.python, path)
  if (settings.mode === 'permissive') return createHostDriver({ python, node: process.execPath })
  return createBubblewrapDriver({
    bubblewrap: findProgram('bwrap', settings.bubblewrap, path) ?? '/usr/bin/bwrap',
    python,
    node: process.execPath,
    cacheFolder: settings.cacheFolder ?? defaultCacheFolder(process.getuid?.() ?? -1, environment['XDG_CACHE_HOME']),
    owner: createHash('sha256').update(paths.root).digest('hex').slice(0, 16),
    idleMs: 60_000,
    architecture: process.arch === 'arm64' ? 'arm64' : 'x64',
  })
}
