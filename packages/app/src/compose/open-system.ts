import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { AuditFiles, readBootId } from '@rumi/drivers/audit'
import type { EgressClient, EgressResolver } from '@rumi/drivers/egress'
import { DatabaseRefusal, SqlStateStore } from '@rumi/drivers/sql'
import { fingerprintFlowFiles, isFlowPath, readFlowFiles } from '@rumi/drivers/flow'
import { directoryPackFolder, directoryTreeStore } from '@rumi/drivers/pack'
import { createBubblewrapDriver, createHostDriver } from '@rumi/drivers/sandbox'
import { openSecretVault } from '@rumi/drivers/secret'
import {
  disableCoreFiles,
  findCoreFileFault,
  loadGrantKeys,
  loadKeys,
  markHomeUsed,
  prepareHome,
  systemClock,
  systemRandom,
  type HomeKeys,
  type HomePaths,
} from '@rumi/drivers/system'
import { err, ok, type Clock, type Outcome } from '@rumi/kernel/base'
import type { OpenGate } from '@rumi/kernel/gate'
import { decideGrant } from '@rumi/kernel/grant'
import { formatVerifierKey } from '@rumi/kernel/ledger'
import { listKeptTrees, type TreeStore } from '@rumi/kernel/pack'
import { recoverRuns, Runner } from '@rumi/kernel/run'
import type { SandboxDriver } from '@rumi/kernel/sandbox'
import type { Settings } from '../config/index.ts'
import { createFlowRunCapability, createStoreCapabilities } from '../capabilities/index.ts'
import { createViewCapability, type Kairos } from '../kairos/index.ts'
import { HandlerLibrary, HandlerRunner } from '../handlers/index.ts'
import {
  createBlockResolver,
  declareStores,
  FlowLibrary,
  GrantBook,
  PackLibrary,
  type GrantKeys,
  type SecretVault,
} from '../library/index.ts'
import type { Services } from '../operations/index.ts'
import { RouteLibrary } from '../routes/index.ts'
import { composeGate, readEgressSettings, type EgressSettings } from './gate.ts'
import { createHandlers } from './handlers.ts'
import { defaultCacheFolder, findProgram } from './interpreters.ts'
import { composeKairos } from './kairos.ts'
import { createScheduler } from './scheduler.ts'
import { listSystemPaths } from './system-paths.ts'

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
  /** Told of a fault of ours that a block met; it hears of an internal error. */
  readonly onException: (error: unknown) => void
  /** This machine's clock unless another one is given. */
  readonly clock?: Clock
  /** The name servers of this machine unless another one is given. */
  readonly resolver?: EgressResolver
}

/**
 * Opens a home. Problems: `home.unsafe` 403, `home.unusable` 400, `home.in_use` 409, `home.newer` 409, `home.damaged`
 * 500, `home.keys_missing`, `home.state_missing` and
 * `home.keys_damaged` 500, `settings.egress` 400, and those of `openSecretVault`.
 */
export async function openSystem(settings: Settings, surroundings: Surroundings): Promise<Outcome<System>> {
  disableCoreFiles() // before any key is in memory
  const prepared = prepareHome(settings.home)
  if (!prepared.ok) return prepared
  const paths = prepared.value
  const keys = loadKeys(paths)
  if (!keys.ok) return keys
  const egress = readEgressSettings(settings)
  if (!egress.ok) return egress
  const opened = openState(paths, keys.value, surroundings)
  if (!opened.ok) return opened
  const state = opened.value
  markHomeUsed(paths)
  const grantKeys = loadGrantKeys(paths, hasGrants(state))
  if (!grantKeys.ok) {
    state.close()
    return grantKeys
  }
  const secrets = await openSecrets(settings, { paths, state, surroundings })
  if (!secrets.ok) {
    state.close()
    return secrets
  }
  return ok(
    await wire({
      settings: { ...settings, home: paths.root },
      paths,
      keys: keys.value,
      grantKeys: grantKeys.value,
      egress: egress.value,
      secrets: secrets.value,
      state,
      surroundings,
    }),
  )
}

async function openSecrets(
  settings: Settings,
  { paths, state, surroundings }: Pick<Parts, 'paths' | 'state' | 'surroundings'>,
): Promise<Outcome<SecretVault>> {
  const { environment, onBroken } = surroundings
  return openSecretVault({
    paths,
    state,
    clock: surroundings.clock ?? systemClock,
    random: systemRandom,
    keySource: settings.secretsKeySource,
    environment,
    keyringProgram: findProgram('secret-tool', undefined, environment['PATH']),
    onBroken,
  })
}

function hasGrants(state: SqlStateStore): boolean {
  return state.ledger.listFloors().some(({ kind }) => kind.startsWith('grant.'))
}

function openState(paths: HomePaths, keys: HomeKeys, surroundings: Surroundings): Outcome<SqlStateStore> {
  try {
    return ok(
      new SqlStateStore({
        path: paths.database,
        clock: surroundings.clock ?? systemClock,
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
  readonly grantKeys: GrantKeys
  readonly egress: EgressSettings
  readonly secrets: SecretVault
  readonly settings: Settings
  readonly paths: HomePaths
  readonly keys: HomeKeys
  readonly state: SqlStateStore
  readonly surroundings: Surroundings
}

/** What everything else stands on. */
interface Base {
  readonly clock: Clock
  readonly sandbox: SandboxDriver
  readonly trees: TreeStore
  readonly packs: PackLibrary
  readonly grants: GrantBook
  readonly flows: FlowLibrary
  readonly ownPorts: Set<number>
}

function composeBase({ settings, paths, state, surroundings, grantKeys }: Parts): Base {
  const clock = surroundings.clock ?? systemClock
  const sandbox = chooseSandbox(settings, paths, surroundings)
  const trees = directoryTreeStore(paths.trees)
  const packs = new PackLibrary({ folder: directoryPackFolder(paths.root), trees, state, sandbox, clock })
  const grants = new GrantBook({ state, clock, sandbox, keys: grantKeys })
  packs.addEffect({ onRemove: (writer, packId, actor) => grants.revokeAllIn(writer, packId, actor) })
  declareStores(packs, state, clock)
  const operatorFlows = {
    fingerprint: () => fingerprintFlowFiles(paths.root),
    read: () => readFlowFiles(paths.root, settings.maxFlowFileBytes),
    isFlowPath,
  }
  const flows = new FlowLibrary(operatorFlows, packs, settings.maxFlowFileBytes)
  return { clock, sandbox, trees, packs, grants, flows, ownPorts: new Set() }
}

/** What runs flows, and what their blocks reach: each needs the other, and neither before a block runs. */
interface Engine {
  readonly runner: Runner
  readonly handlers: HandlerLibrary
  readonly egress: EgressClient
  readonly openGate: OpenGate
}

function composeEngine(
  { settings, state, surroundings, egress, secrets }: Parts,
  base: Base,
  kairos: () => Kairos,
): Engine {
  const { clock, sandbox, trees, packs, grants, flows, ownPorts } = base
  const settle = async (flowId: string): Promise<void> => {
    for (const packId of flows.listCalledPacks(flowId)) await packs.decideRun(packId)
  }
  const handlerRunner = new HandlerRunner({ sandbox, trees, state, clock, openGate: () => gate.openGate })
  const handlers = new HandlerLibrary({ packs, trees, state, clock, runner: handlerRunner })
  packs.addEffect({
    onRemove: (writer, packId, actor) =>
      handlers.removeAllIn(writer, { packId, actor }, (principal) => grants.revokeAllIn(writer, principal, actor)),
  })
  const gate = composeGate({
    ...{ settings, egress, state, clock, grants, secrets, ownPorts },
    capabilities: [
      ...createStoreCapabilities(state),
      createFlowRunCapability(() => runner, settle),
      createViewCapability(kairos),
    ],
    findHandler: (permissionId) => handlers.find(permissionId),
    resolver: surroundings.resolver,
    onException: surroundings.onException,
  })
  const runner = new Runner({
    state,
    sandbox,
    clock,
    random: systemRandom,
    findFlow: (flowId) => flows.find(flowId),
    resolveBlock: createBlockResolver(packs),
    performHandler: createHandlers(packs, flows),
    openGate: gate.openGate,
    maxConcurrent: settings.maxConcurrentFlows,
  })
  return { runner, handlers, egress: gate.egress, openGate: gate.openGate }
}

async function wire(parts: Parts): Promise<System> {
  const { settings, paths, keys, state } = parts
  const base = composeBase(parts)
  const { clock, packs, flows } = base
  const interrupted = await recoverRuns(state, clock)
  const engine = composeEngine(parts, base, () => composed.kairos)
  const { runner, handlers, egress } = engine
  const composed = composeKairos(paths, {
    ...{ state, clock, random: systemRandom, version: '0.1.0', sandbox: base.sandbox, trees: base.trees },
    openGate: () => engine.openGate,
    isGranted: (principalId, permissionId) =>
      decideGrant({ ...base.grants.state(), principalId, permissionId, defaults: {} }).allowed,
  })
  // What cannot be finished now is tried again before the next change; everything else of the home works meanwhile.
  await composed.kairos.recover().catch(parts.surroundings.onException)
  base.trees.sweep(new Set([...listKeptTrees(packs.records), ...handlers.trees]))
  const audit = openAudit(paths, state, clock)
  const services: Services = {
    settings,
    version: '0.1.0',
    clock,
    random: systemRandom,
    state,
    sandbox: base.sandbox,
    packs,
    flows,
    grants: base.grants,
    handlers,
    ownPorts: base.ownPorts,
    egress: { hosts: parts.egress.hosts, hasExtraCa: parts.egress.extraCa !== undefined },
    routes: new RouteLibrary(packs, listSystemPaths()),
    scheduler: createScheduler({ state, clock, flows, settings }, () => services),
    kairos: composed.kairos,
    runner,
    ledger: ledgerService(state, keys),
    audit,
    secrets: parts.secrets,
    checkHost: checkCoreFiles,
  }
  const begun = { mode: settings.mode, sandbox: base.sandbox.name }
  await state.write((writer) =>
    writer.append({ kind: 'system.start', actor: 'system', subject: 'kernel', data: begun }),
  )
  return {
    services,
    paths,
    operatorToken: keys.operatorToken,
    interrupted,
    close: async () => {
      await shutDown(services, state, audit)
      composed.close()
      egress.close()
    },
  }
}

/** A core file would hold the keys. */
function checkCoreFiles(): ReturnType<Services['checkHost']> {
  const fault = findCoreFileFault()
  const detail = fault ?? 'a crash writes no memory to a file'
  return [{ id: 'process/core-files', passed: fault === undefined, detail }]
}

/** Nothing new begins, then what runs ends, then what it was running on. */
async function shutDown(
  { scheduler, runner, sandbox }: Services,
  state: SqlStateStore,
  audit: AuditFiles,
): Promise<void> {
  scheduler.stop()
  await runner.close()
  await scheduler.close()
  await sandbox.close()
  await state
    .write((writer) => writer.append({ kind: 'system.stop', actor: 'system', subject: 'kernel', data: {} }))
    .catch(() => undefined)
  await audit.close()
  state.close()
}

/** The audit log follows the ledger from now on, and takes up what was written while nobody followed. */
function openAudit(paths: HomePaths, state: SqlStateStore, clock: Clock): AuditFiles {
  const folder = join(paths.userData, 'audit')
  const audit = new AuditFiles({ folder, source: state.ledger, clock, bootId: readBootId() })
  state.onCommit(() => audit.wake())
  audit.wake()
  return audit
}

function ledgerService(state: SqlStateStore, keys: HomeKeys): Services['ledger'] {
  const { ledger } = state
  return {
    size: () => ledger.size(),
    readNode: ledger.readNode,
    entries: (from, limit) => ledger.entries(from, limit),
    leaves: (from, count) => ledger.leaves(from, count),
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
