import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packIdSchema, treeHashSchema, type JsonObject, type JsonValue } from '@rumi/kernel/base'
import {
  defaultLimits,
  findRuntime,
  type AskHandler,
  type BlockCall,
  type BlockLimits,
  type BlockOutcome,
  type Isolation,
  type SandboxDriver,
} from '@rumi/kernel/sandbox'
import { createBubblewrapDriver } from './bubblewrap.ts'
import { createHostDriver } from './host.ts'

/** Where a block of a test runs. */
export interface Way {
  readonly name: string
  readonly ending: 'py' | 'mjs' | 'ts'
  readonly isolation: Isolation
  readonly driver: 'bubblewrap' | 'host'
}

/** Every way in which a block can ask. */
export const ways: readonly Way[] = (['py', 'mjs'] as const).flatMap((ending): Way[] => [
  { name: `fresh ${ending}`, ending, isolation: 'fresh', driver: 'bubblewrap' },
  { name: `warm ${ending}`, ending, isolation: 'warm', driver: 'bubblewrap' },
  { name: `${ending} on the host`, ending, isolation: 'fresh', driver: 'host' },
])

/** The real drivers, as the system starts them. The owner is new each time: test files must not meet. */
export function openDrivers(): Readonly<Record<Way['driver'], SandboxDriver>> {
  const interpreters = { python: '/usr/bin/python3', node: process.execPath }
  return {
    bubblewrap: createBubblewrapDriver({
      ...interpreters,
      bubblewrap: '/usr/bin/bwrap',
      cacheFolder: process.getuid?.() === 0 ? '/var/cache/rumi' : join(homedir(), '.cache/rumi'),
      owner: `ask${randomBytes(6).toString('hex')}`,
      idleMs: 60_000,
      architecture: process.arch === 'arm64' ? 'arm64' : 'x64',
    }),
    host: createHostDriver(interpreters),
  }
}

/** A folder with these blocks, to be removed by the test. */
export function writeTree(files: Readonly<Record<string, string>>): string {
  const tree = mkdtempSync(join(tmpdir(), 'rumi-asking-'))
  chmodSync(tree, 0o755)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, name)), { recursive: true })
    writeFileSync(join(tree, name), text)
  }
  return tree
}

/** What differs from a fresh call of a pack with the default bounds and 10 s. */
export interface AskingCall {
  readonly tree: string
  readonly file: string
  readonly isolation?: Isolation
  readonly pack?: string
  readonly input?: JsonValue
  readonly context?: JsonObject
  readonly entry?: BlockCall['entry']
  readonly limits?: Partial<BlockLimits>
}

/** A call of a block in that folder. */
export function askingCall(asking: AskingCall): BlockCall {
  const runtime = findRuntime(asking.file) ?? 'python'
  return {
    packId: packIdSchema.parse(asking.pack ?? 'asking'),
    treeHash: treeHashSchema.parse(`sha256:${'a'.repeat(64)}`),
    treePath: asking.tree,
    subdir: '',
    file: asking.file,
    runtime,
    ...(asking.entry === undefined ? {} : { entry: asking.entry }),
    isolation: asking.isolation ?? 'fresh',
    input: asking.input ?? null,
    context: asking.context ?? {},
    limits: { ...defaultLimits(runtime, 10_000), ...asking.limits },
  }
}

/** What a block answered; throws, with what the driver said, when it did not answer. */
export function valueOf(outcome: BlockOutcome): JsonValue {
  if (outcome.ok) return outcome.value
  throw new Error(`${outcome.errorType}: ${outcome.message}\n${outcome.log}`)
}

/** Remembers what it is asked and gives it back as the output of a success. */
export function createEcho(): { readonly asked: JsonValue[]; readonly answer: AskHandler } {
  const asked: JsonValue[] = []
  return {
    asked,
    answer: async (message) => {
      asked.push(message)
      return { success: true, output: message, error: null, error_type: null, latency_ms: 0.5 }
    },
  }
}
