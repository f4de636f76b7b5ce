import { randomBytes } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createBubblewrapDriver, type BubblewrapSettings } from '@rumi/drivers/sandbox'
import { packIdSchema, treeHashSchema, type JsonObject, type JsonValue } from '@rumi/kernel/base'
import {
  defaultLimits,
  findRuntime,
  type BlockCall,
  type BlockLimits,
  type BlockOutcome,
  type BlockRuntime,
  type Isolation,
} from '@rumi/kernel/sandbox'

/** Root makes users and control groups; the attacks are the same, some of the walls are other ones. */
export const isRoot = process.getuid?.() === 0

/** The tree with the hostile blocks. */
export const hostileTree = fileURLToPath(new URL('../packs/hostile', import.meta.url))

/** What the driver under attack is told. The owner is new each time: test files run at once and must not meet. */
export function hostileSettings(): BubblewrapSettings {
  return {
    bubblewrap: '/usr/bin/bwrap',
    python: '/usr/bin/python3',
    node: process.execPath,
    cacheFolder: isRoot ? '/var/cache/rumi' : join(homedir(), '.cache/rumi'),
    owner: `escape${randomBytes(6).toString('hex')}`,
    idleMs: 60_000,
    architecture: process.arch === 'arm64' ? 'arm64' : 'x64',
  }
}

/** The real driver, as the system starts it. */
export function createHostileDriver(changes: Partial<BubblewrapSettings> = {}): HostileDriver {
  return createBubblewrapDriver({ ...hostileSettings(), ...changes })
}

/** The driver under attack. */
export type HostileDriver = ReturnType<typeof createBubblewrapDriver>

/** How a call differs from a fresh one with the default bounds and 10 s. */
export interface CallChanges {
  readonly pack?: string
  readonly tree?: string
  /** A digit: calls of trees with different hashes never share a worker. */
  readonly version?: string
  readonly isolation?: Isolation
  readonly input?: JsonValue
  readonly subdir?: string
  readonly context?: JsonObject
  readonly limits?: Partial<BlockLimits>
}

/** A call of a block of the hostile tree. */
export function hostileCall(file: string, changes: CallChanges = {}): BlockCall {
  const runtime: BlockRuntime = findRuntime(file) ?? 'python'
  return {
    packId: packIdSchema.parse(changes.pack ?? 'hostile'),
    treeHash: treeHashSchema.parse(`sha256:${(changes.version ?? 'e').repeat(64)}`),
    treePath: changes.tree ?? hostileTree,
    subdir: changes.subdir ?? '',
    file,
    runtime,
    isolation: changes.isolation ?? 'fresh',
    input: changes.input ?? null,
    context: changes.context ?? {},
    limits: { ...defaultLimits(runtime, 10_000), ...changes.limits },
  }
}

/** Runs a hostile block to its end. */
export function attack(driver: HostileDriver, file: string, changes: CallChanges = {}): Promise<BlockOutcome> {
  return driver.execute(hostileCall(file, changes), new AbortController().signal)
}

/** What a block answered; throws, with what the driver said, when it did not answer. */
export async function answerOf(outcome: Promise<BlockOutcome>): Promise<JsonValue> {
  const settled = await outcome
  if (settled.ok) return settled.value
  throw new Error(`${settled.errorType}: ${settled.message}\n${settled.log}`)
}
