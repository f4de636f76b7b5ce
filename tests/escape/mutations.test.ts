import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonValue } from '@rumi/kernel/base'
import { arm64SyscallTable } from '../../packages/drivers/src/sandbox/seccomp/table-arm64.ts'
import { getSyscallNumbers } from '../../packages/drivers/src/sandbox/seccomp/table.ts'
import { x64SyscallTable } from '../../packages/drivers/src/sandbox/seccomp/table-x64.ts'
import { hostileTree, isRoot } from './support/hostile-driver.ts'
import { addArguments, mutantUid, replaceArguments, runMutant, startMutant, type Mutation } from './support/mutant.ts'
import { createProcessName, eventually, findProcess, findProcessesNamed } from './support/processes.ts'

/**
 * Every protection is taken out in turn, and the attack that it is there for must then succeed: a test of the others
 * would fail without it. Each row is also run unchanged, to show that the attack fails for this reason alone.
 */
const folder = mkdtempSync(join(tmpdir(), 'rumi-mutations-'))
const numbers = getSyscallNumbers(process.arch === 'arm64' ? arm64SyscallTable : x64SyscallTable)
const doorName = createProcessName()
let servers: readonly Server[] = []
let neighbour: ChildProcess
let port = 0

beforeAll(async () => {
  chmodSync(folder, 0o777)
  mkdirSync(join(folder, 'tree'))
  chmodSync(join(folder, 'tree'), 0o777)
  copyFileSync(join(hostileTree, 'probe.py'), join(folder, 'tree/probe.py'))
  servers = [createServer((socket) => socket.destroy()), createServer((socket) => socket.destroy())]
  const [inet, abstract] = servers
  await new Promise<void>((resolve) => inet?.listen(0, '127.0.0.1', resolve))
  await new Promise<void>((resolve) => abstract?.listen(`\0${doorName}`, resolve))
  const address = inet?.address()
  port = typeof address === 'object' && address ? address.port : 0
  const user = mutantUid === undefined ? {} : { uid: mutantUid, gid: mutantUid }
  neighbour = spawn('/bin/sleep', ['600'], { stdio: 'ignore', ...user })
})

afterAll(() => {
  for (const server of servers) server.close()
  neighbour.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

const without =
  (...wanted: readonly string[]) =>
  (original: readonly string[]): readonly string[] =>
    replaceArguments(original, wanted, [])

/** All of `--unshare-all` but one. */
const sharing =
  (namespace: string) =>
  (original: readonly string[]): readonly string[] =>
    replaceArguments(
      original,
      ['--unshare-all'],
      ['user', 'ipc', 'pid', 'net', 'uts', 'cgroup']
        .filter((one) => one !== namespace)
        .map((one) => `--unshare-${one}`),
    )

/** A root that its user could write to, unlike ours, which belongs to somebody else. */
function ownRoot(original: readonly string[], bind: '--bind' | '--ro-bind'): readonly string[] {
  const root = original[original.indexOf('--ro-bind') + 1] ?? ''
  const own = join(folder, 'root')
  mkdirSync(own, { recursive: true })
  chmodSync(own, 0o777)
  for (const name of ['usr', 'lib', 'lib64', 'bin', 'rumi', 'dev', 'tmp', 'run', 'pack']) {
    mkdirSync(join(own, name), { recursive: true })
  }
  const mounts = ['usr', 'lib', 'lib64', 'bin', 'rumi'].flatMap((name) => ['--ro-bind', join(root, name), `/${name}`])
  return replaceArguments(original, ['--ro-bind', root, '/'], [bind, own, '/', ...mounts])
}

const call = (name: string, ...values: readonly number[]): readonly (string | number)[] => [
  'syscall',
  numbers.get(name) ?? -1,
  ...values,
]

interface Row {
  readonly protection: string
  readonly attempt: () => readonly (string | number | readonly (string | number)[])[]
  readonly protected: string
  readonly mutated: string
  readonly mutation: Mutation
  /** What both are run with, to make the protection the only one. */
  readonly base?: (original: readonly string[]) => readonly string[]
  readonly tree?: string
}

const unfiltered = without('--seccomp', '3')

/** What the filter alone stops: the attempt, what it comes to, and what it would come to. */
const filtered: readonly (readonly [
  operation: readonly (string | number | readonly (string | number)[])[],
  shut: string,
  open: string,
])[] = [
  [['connect', 'AF_INET', ['127.0.0.1', 1]], 'EAFNOSUPPORT', 'ECONNREFUSED|ENETUNREACH'],
  [call('socket', 16, 3, 0), 'EAFNOSUPPORT', 'ok'],
  [call('ptrace', 0, 0, 0, 0), 'EPERM', 'ok'],
  [call('unshare', 0x10000000), 'EPERM', 'ok'],
  [call('personality', 0x0040000), 'EPERM', 'ok'],
  [['fifo', '/tmp/f'], 'EPERM', 'ok'],
  [call('prctl', 1, 0, 0, 0, 0), 'EPERM', 'ok'],
  [call('clone3', 0, 0), 'ENOSYS', 'EINVAL|EFAULT'],
  [call('keyctl', 0, -3, 0), 'EPERM', 'ok|ENOKEY'],
]

const rows: readonly Row[] = [
  {
    protection: 'the network namespace, for abstract sockets',
    attempt: () => ['connect', 'AF_UNIX', `@${doorName}`],
    protected: 'ECONNREFUSED',
    mutated: 'ok',
    mutation: { arguments: sharing('net') },
  },
  {
    protection: 'the network namespace, for this machine’s own ports',
    attempt: () => ['connect', 'AF_INET', ['127.0.0.1', port]],
    protected: 'ECONNREFUSED|ENETUNREACH',
    mutated: 'ok',
    base: unfiltered,
    mutation: { arguments: sharing('net') },
  },
  {
    protection: 'the process namespace, for signals to others of the same user',
    attempt: () => ['kill', neighbour.pid ?? 0, 0],
    protected: 'ESRCH',
    mutated: 'ok',
    mutation: { arguments: (original) => without('--as-pid-1')(sharing('pid')(original)) },
  },
  {
    protection: 'the read-only root',
    attempt: () => ['mkdir', '/planted'],
    protected: 'EROFS',
    mutated: 'ok',
    base: (original) => ownRoot(original, '--ro-bind'),
    mutation: {
      arguments: (original) =>
        replaceArguments(original, ['--ro-bind', join(folder, 'root'), '/'], ['--bind', join(folder, 'root'), '/']),
    },
  },
  {
    protection: 'the read-only tree',
    attempt: () => ['open', '/pack/planted.py', 'c'],
    protected: 'EROFS',
    mutated: 'ok',
    base: (original) => addArguments(original, '--ro-bind', join(folder, 'tree'), '/pack'),
    mutation: { arguments: (original) => addArguments(original, '--bind', join(folder, 'tree'), '/pack') },
  },
  {
    protection: 'the read-only /dev',
    attempt: () => ['fill', '/dev/planted', 8],
    protected: 'EROFS',
    mutated: 'ok',
    mutation: { arguments: without('--remount-ro', '/dev') },
  },
  {
    protection: 'the read-only /run',
    attempt: () => ['mkdir', '/run/planted'],
    protected: 'EROFS',
    mutated: 'ok',
    mutation: { arguments: without('--remount-ro', '/run') },
  },
  {
    protection: 'the size of /dev/shm',
    attempt: () => ['fill', '/dev/shm/large', 8],
    protected: 'ENOSPC',
    mutated: 'ok',
    mutation: { arguments: without('--size', '1048576') },
  },
  {
    protection: 'the size of /tmp',
    attempt: () => ['fill', '/tmp/large', 14],
    protected: 'ENOSPC',
    mutated: 'ok',
    base: (original) => replaceArguments(original, ['--size', '16777216'], ['--size', '4194304']),
    mutation: { arguments: without('--size', '4194304') },
  },
  {
    protection: 'the absence of /proc',
    attempt: () => ['open', '/proc/self/environ'],
    protected: 'ENOENT',
    mutated: 'ok',
    // A root has no folder for it; the attack is given one.
    base: (original) => addArguments(original, '--tmpfs', '/data'),
    mutation: { arguments: (original) => addArguments(original, '--proc', '/data') },
  },
]

describe('a protection of the launcher’s profile', () => {
  it.each(rows)('$protection is what stops the attack', async (row) => {
    const base = row.base ?? ((original: readonly string[]) => original)
    const change = row.mutation.arguments ?? ((original: readonly string[]) => original)
    const attempt = row.attempt().map((part) => (part === '/proc/self/environ' ? '/data/self/environ' : part))
    const run = (mutation: Mutation) => runMutant('probe.py', 'warm', { mutation, inputs: [[attempt]] })
    const [shut] = await run({ arguments: base })
    const [open] = await run({ ...row.mutation, arguments: (original) => change(base(original)) })
    expect(row.protected.split('|').map((one) => [one])).toContainEqual(shut)
    expect(row.mutated.split('|').map((one) => [one])).toContainEqual(open)
  })

  it.each(['warm', 'forking'] as const)('the filter is what stops the attacks on the machine (%s)', async (kind) => {
    const everything = join(folder, 'everything.bin')
    writeFileSync(everything, Buffer.from('060000000000ff7f', 'hex'), { mode: 0o644 }) // allow
    const inputs = [filtered.map(([operation]) => operation)] as unknown as JsonValue[]
    const change =
      kind === 'warm'
        ? unfiltered
        : (original: readonly string[]) => addArguments(original, '--ro-bind', everything, '/rumi/seccomp.bin')
    const [shut] = await runMutant('probe.py', kind, { mutation: {}, inputs })
    const [open] = await runMutant('probe.py', kind, { mutation: { arguments: change }, inputs })
    expect(shut).toEqual(filtered.map(([, seen]) => seen))
    expect(open).toEqual(filtered.map(([, , seen]) => expect.stringMatching(new RegExp(`^(${seen})$`))))
  })

  it('the namespace of shared memory is what keeps a host’s segment out', async () => {
    const key = 0x5ec0_0001
    const segment = (script: string) =>
      spawnSync('/usr/bin/python3', ['-IS', '-c', `import ctypes; libc = ctypes.CDLL(None); ${script}`], {
        encoding: 'utf8',
      })
    const id = Number(segment(`print(libc.shmget(${key}, 64, 0o1666))`).stdout)
    expect(id).toBeGreaterThanOrEqual(0)
    try {
      const inputs = [[call('shmget', key, 64, 0)]] as unknown as JsonValue[]
      expect(await runMutant('probe.py', 'warm', { mutation: {}, inputs })).toEqual([['ENOENT']])
      expect(await runMutant('probe.py', 'warm', { mutation: { arguments: sharing('ipc') }, inputs })).toEqual([['ok']])
    } finally {
      segment(`libc.shmctl(${id}, 0, None)`)
    }
  })

  it('the empty environment and the missing /proc are what keep the kernel’s secrets', async () => {
    const environment = { CANARY: 'topsecret' }
    const [shut] = await runMutant('surroundings.py', 'warm', { mutation: { environment }, inputs: [null] })
    expect(JSON.stringify(shut)).not.toContain('topsecret')
    // Without --clearenv it is simply there …
    const [open] = await runMutant('surroundings.py', 'warm', {
      mutation: { environment, arguments: without('--clearenv') },
      inputs: [null],
    })
    expect(open).toMatchObject({ environment: { CANARY: 'topsecret' } })
    // … and with it, the launcher's own still tells it to whoever has /proc and is not the first process itself.
    const proc = (original: readonly string[]) =>
      addArguments(without('--as-pid-1')(original), '--tmpfs', '/data', '--proc', '/data')
    const inputs = ['/data/1/environ']
    const read = (given: Readonly<Record<string, string>>) =>
      runMutant('read.py', 'warm', { mutation: { environment: given, arguments: proc }, inputs })
    expect(await read(environment)).toEqual([expect.stringContaining('CANARY=topsecret')])
    expect(await read({})).toEqual([''])
  })

  it('the change of user is what keeps a sandbox from being root of this machine', async () => {
    // Only looked at from outside: nothing is tried as root.
    const usual = await startMutant('python', 'warm')
    const mutated = await startMutant('python', 'warm', { asOurselves: true })
    const [shut, open] = [usual, mutated].map(({ worker }) => findProcess(worker.pid() ?? -1)?.uids[0])
    await Promise.all([usual.worker.kill(), mutated.worker.kill()])
    expect(shut).toBe(isRoot ? mutantUid : process.getuid?.())
    expect(shut).not.toBe(0)
    expect(open).toBe(process.getuid?.())
  })
})

describe('the end of the launcher', () => {
  /** Whether a block's process lives on after its launcher was killed as the kernel could be. */
  async function survives(mutation: Mutation, more: { readonly unbind?: boolean } = {}): Promise<boolean> {
    const name = createProcessName()
    const mutant = await startMutant('python', 'warm', mutation)
    const pid = mutant.worker.pid() ?? -1
    const running = mutant.call('stay.py', { input: { name, how: 'spin', ...more } }).catch(() => undefined)
    try {
      expect(await eventually(() => findProcessesNamed(name).length === 1, 5000)).toBe(true)
      expect(findProcessesNamed(name)[0]?.pid).toBe(pid)
      const launcher = findProcess(pid)?.parent ?? -1
      expect(findProcess(launcher)?.name).toBe('bwrap')
      process.kill(launcher, 'SIGKILL')
      return !(await eventually(() => findProcess(pid) === undefined, 500))
    } finally {
      if (findProcess(pid)?.name === name) process.kill(pid, 'SIGKILL')
      await running
    }
  }

  it('LIM-16: is the end of the block', async () => {
    expect(await survives({})).toBe(false)
    expect(await survives({}, { unbind: true })).toBe(false)
  })

  it('LIM-16: would not be without --die-with-parent', async () => {
    expect(await survives({ arguments: without('--die-with-parent') })).toBe(true)
  })

  it('LIM-16: would not be if the filter let a block undo that', async () => {
    expect(await survives({ arguments: unfiltered }, { unbind: true })).toBe(true)
  })
})
