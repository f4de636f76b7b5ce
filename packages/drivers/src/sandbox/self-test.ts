import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { packIdSchema, treeHashSchema } from '@rumi/kernel/base'
import {
  defaultLimits,
  type BlockCall,
  type BlockOutcome,
  type BlockRuntime,
  type SelfTestCheck,
  type SelfTestReport,
} from '@rumi/kernel/sandbox'
import type { RootFolder } from './rootfs.ts'

/** What the self-test needs of the driver. */
export interface SelfTestSubject {
  prepare(): Promise<{
    readonly roots: ReadonlyMap<BlockRuntime, RootFolder>
    readonly groups: string
    readonly missing: ReadonlyMap<BlockRuntime, string>
  }>
  execute(call: BlockCall): Promise<BlockOutcome>
  /** Processes of live workers, as the host numbers them. */
  hostUids(): readonly number[]
}

const probeSchema = z.array(z.strictObject({ id: z.string(), passed: z.boolean(), detail: z.string() })).min(10)

/**
 * Runs the built-in attacks as a block, in a real worker of each runtime, at every start. A sandbox that is only
 * believed to hold is none: any miss, any silence and any failure to start disables the runtime. (SBX-30)
 */
export async function runSelfTest(subject: SelfTestSubject): Promise<SelfTestReport> {
  let machine
  let checks: SelfTestCheck[] = []
  try {
    machine = await subject.prepare()
    const { roots } = machine
    const found = await behindDoor((door) =>
      Promise.all([...roots].map(([runtime, root]) => probe(subject, { runtime, root, door }))),
    )
    checks = found.flat()
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { passed: false, checks: [{ id: 'sandbox', passed: false, detail }], hint: hintFor(detail) }
  }
  for (const [runtime, detail] of machine.missing) checks.push({ id: `${runtime}/start`, passed: false, detail })
  const usable = [...machine.roots.keys()].some((runtime) =>
    checks.filter((check) => check.id.startsWith(`${runtime}/`)).every((check) => check.passed),
  )
  const failed = checks.find((check) => !check.passed)
  const note: SelfTestCheck = { id: 'control-groups', passed: true, detail: machine.groups }
  return { passed: usable, checks: [...checks, note], ...(failed ? { hint: hintFor(failed.detail) } : {}) }
}

/** Listens at an abstract socket meanwhile: a block that shares our network namespace could connect to it. (SBX-09) */
async function behindDoor<Found>(look: (door: string) => Promise<Found>): Promise<Found> {
  const server = createServer((socket) => socket.destroy())
  const door = `rumi-self-test-${randomUUID()}`
  try {
    server.listen(`\0${door}`)
    await once(server, 'listening')
    return await look(door)
  } finally {
    server.close()
  }
}

async function probe(
  subject: SelfTestSubject,
  { runtime, root, door }: { readonly runtime: BlockRuntime; readonly root: RootFolder; readonly door: string },
): Promise<readonly SelfTestCheck[]> {
  const call: BlockCall = {
    packId: packIdSchema.parse(`self-test-${runtime}`),
    treeHash: treeHashSchema.parse(`sha256:${'0'.repeat(64)}`),
    treePath: join(root.path, 'rumi/probe', runtime),
    subdir: '',
    file: runtime === 'python' ? 'probe.py' : 'probe.mjs',
    runtime,
    isolation: 'fresh',
    input: { door },
    context: {},
    limits: defaultLimits(runtime, 15_000),
  }
  const uids = new Set<number>()
  const look = (): void =>
    subject
      .hostUids()
      .flatMap(hostUid)
      .forEach((uid) => uids.add(uid))
  // Looked at all the time: who serves a single call is gone after it.
  const looking = setInterval(look, 2)
  const outcome = await subject.execute(call).finally(() => clearInterval(looking))
  look()
  if (!outcome.ok)
    return [{ id: `${runtime}/start`, passed: false, detail: `${outcome.errorType}: ${outcome.message}` }]
  const found = probeSchema.safeParse(outcome.value)
  if (!found.success) return [{ id: `${runtime}/start`, passed: false, detail: 'the probe gave no report' }]
  // uid 0 inside a user namespace is only a name; uid 0 on the host is the machine. (SBX-29)
  const users = {
    id: `${runtime}/SBX-29`,
    passed: uids.size > 0 && !uids.has(0),
    detail: `host uid ${[...uids].join(', ')}`,
  }
  return [users, ...found.data.map((check) => ({ ...check, id: `${runtime}/${check.id}` }))]
}

function hostUid(pid: number): readonly number[] {
  try {
    const line = /^Uid:\s+(\d+)\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return line ? [Number(line[1]), Number(line[2])] : []
  } catch {
    return [] // that worker has ended meanwhile
  }
}

function hintFor(detail: string): string {
  if (/uid map|Operation not permitted|No permissions to create/i.test(detail)) {
    return 'This system does not let ordinary programs create user namespaces. Try: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (or load the AppArmor profile of bubblewrap); in a container, allow user namespaces.'
  }
  if (/ENOENT|not found/i.test(detail))
    return 'Install bubblewrap and Python 3: sudo apt-get install bubblewrap python3'
  return 'Run: rumi doctor'
}
