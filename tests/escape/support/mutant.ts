import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import { findRuntime, type BlockRuntime } from '@rumi/kernel/sandbox'
import { frameKind, type Frame } from '@rumi/drivers/channel'
import { encodeCall } from '../../../packages/drivers/src/sandbox/call.ts'
import { buildSandboxArguments, type WorkerKind } from '../../../packages/drivers/src/sandbox/command.ts'
import { prepareRoot, type RootFolder } from '../../../packages/drivers/src/sandbox/rootfs.ts'
import { findNodeFiles, findPythonFiles } from '../../../packages/drivers/src/sandbox/runtime-files.ts'
import { buildSeccompFilter } from '../../../packages/drivers/src/sandbox/seccomp/index.ts'
import { findSdkFolder, readSdkFiles } from '../../../packages/drivers/src/sandbox/sources.ts'
import { startWorker, type Worker } from '../../../packages/drivers/src/sandbox/worker.ts'
import { hostileCall, hostileSettings, hostileTree, isRoot, type CallChanges } from './hostile-driver.ts'

/**
 * A sandbox with one protection taken out. There is no switch for that in the product: the command line that the
 * product builds is changed here, before it is run.
 */
export interface Mutation {
  readonly arguments?: (original: readonly string[]) => readonly string[]
  /** For the launcher; the product's is empty. */
  readonly environment?: Readonly<Record<string, string>>
  /** Runs the launcher as the user of the tests, be it root. */
  readonly asOurselves?: true
  readonly tree?: string
}

/** A worker of a mutated sandbox. */
export interface Mutant {
  readonly worker: Worker
  /** Frames that were neither ready, output nor the end of a call. */
  readonly results: readonly Frame[]
  /** What it sent that was no frame. */
  violations(): number
  /** The answer of a block; throws when it has none. */
  call(file: string, changes?: CallChanges): Promise<JsonValue>
}

/** A user of this machine that no pack of the driver ever gets. */
export const mutantUid = isRoot ? 270_000 : undefined

/** Without a driver: one worker, no control group, no limit but those inside. */
export async function startMutant(runtime: BlockRuntime, kind: WorkerKind, mutation: Mutation = {}): Promise<Mutant> {
  const root = await prepare(runtime)
  const limits = hostileCall('hello.py').limits
  const tree = mutation.tree ?? hostileTree
  const original = buildSandboxArguments({ runtime, kind, root, treePath: tree, limits })
  const results: Frame[] = []
  const waiting = new Map<number, (outcome: JsonValue | Error) => void>()
  let violations = 0
  let next = 0
  let ready: () => void = () => undefined
  const started = new Promise<void>((resolve) => (ready = resolve))
  const worker = startWorker(
    {
      program: '/usr/bin/bwrap',
      arguments: mutation.arguments?.(original) ?? original,
      uid: mutation.asOurselves ? undefined : mutantUid,
      filterPath: kind === 'forking' ? undefined : join(root.path, 'rumi/seccomp.bin'),
      gated: true,
      group: undefined,
      memoryBytes: undefined,
      environment: mutation.environment ?? {},
      workingFolder: '/',
    },
    {
      onFrame: (frame) => {
        if (frame.kind === frameKind.ready) return ready()
        if (frame.kind === frameKind.result) results.push({ ...frame, body: Buffer.from(frame.body) })
        if (frame.kind === frameKind.result) waiting.get(frame.call)?.(readAnswer(frame.body))
        if (frame.kind === frameKind.end) waiting.get(frame.call)?.(new Error(`ended: ${frame.body.toString()}`))
      },
      onOutput: () => undefined,
      onViolation: () => {
        violations += 1
        for (const settle of waiting.values()) settle(new Error('what it sent is no frame'))
      },
      onExit: (reason) => {
        ready()
        for (const settle of waiting.values()) settle(new Error(reason))
      },
    },
  )
  await started
  return {
    worker,
    results,
    violations: () => violations,
    call: (file, changes = {}) => {
      next += 1
      const call = next
      const answer = new Promise<JsonValue>((resolve, reject) => {
        waiting.set(call, (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)))
      })
      const body = encodeCall(hostileCall(file, { tree, ...changes }))
      worker.send({ kind: frameKind.call, call, body })
      return answer
    },
  }
}

/** Runs calls of a block in a sandbox of its own, all at once, and ends it. */
export async function runMutant(
  file: string,
  kind: WorkerKind,
  run: {
    readonly mutation: Mutation | undefined
    readonly inputs: readonly JsonValue[]
    readonly limits?: CallChanges['limits']
  },
): Promise<readonly JsonValue[]> {
  const mutant = await startMutant(findRuntime(file) ?? 'python', kind, run.mutation)
  try {
    return await Promise.all(run.inputs.map((input) => mutant.call(file, { input, limits: run.limits ?? {} })))
  } finally {
    await mutant.worker.kill()
  }
}

/** Replaces an argument that must be there, and what follows it, so that a mutation cannot miss what it changes. */
export function replaceArguments(
  original: readonly string[],
  wanted: readonly string[],
  replacement: readonly string[],
): readonly string[] {
  const at = original.findIndex((_, index) => wanted.every((text, offset) => original[index + offset] === text))
  if (at < 0) throw new Error(`the command line has no ${wanted.join(' ')}`)
  return [...original.slice(0, at), ...replacement, ...original.slice(at + wanted.length)]
}

/** Adds arguments after all that mounts something. */
export function addArguments(original: readonly string[], ...added: readonly string[]): readonly string[] {
  return replaceArguments(original, ['--chdir', '/tmp'], [...added, '--chdir', '/tmp'])
}

/** A file of ours for the inside of the sandbox, with one text replaced that must be in it. */
export function patchSource(name: string, wanted: string, replacement: string): string {
  const text = readFileSync(join(findSdkFolder(), name), 'utf8')
  if (text.split(wanted).length !== 2) throw new Error(`${name} does not have this once: ${wanted}`)
  return text.replace(wanted, () => replacement)
}

function readAnswer(body: Buffer): JsonValue | Error {
  const answer = JSON.parse(body.toString('utf8')) as JsonObject
  return answer['ok'] === true ? (answer['value'] ?? null) : new Error(JSON.stringify(answer))
}

async function prepare(kind: BlockRuntime): Promise<RootFolder> {
  const settings = hostileSettings()
  const ours = await readSdkFiles(kind, buildSeccompFilter({ arch: settings.architecture }))
  const interpreter = kind === 'python' ? '/usr/bin/python3' : settings.node
  const find = kind === 'python' ? findPythonFiles : findNodeFiles
  return prepareRoot({ cacheFolder: settings.cacheFolder, interpreter, ours, find, kind })
}
