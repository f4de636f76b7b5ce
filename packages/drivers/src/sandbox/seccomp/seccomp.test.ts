import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { buildSeccompFilter, type SeccompArchitecture } from './index.ts'
import { arm64SyscallTable } from './table-arm64.ts'
import { x64SyscallTable } from './table-x64.ts'
import { getSyscallNumbers } from './table.ts'

const bubblewrap = '/usr/bin/bwrap'
const python = '/usr/bin/python3'
const arch: SeccompArchitecture | undefined =
  process.arch === 'x64' || process.arch === 'arm64' ? process.arch : undefined
const ready = process.platform === 'linux' && arch !== undefined && existsSync(bubblewrap) && existsSync(python)
const numbers = getSyscallNumbers(arch === 'arm64' ? arm64SyscallTable : x64SyscallTable)

const sandbox = `--unshare-all --die-with-parent --ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/lib64 /lib64
  --symlink usr/bin /bin --tmpfs /tmp --dev /dev`.split(/\s+/)

type Argument = number | string
type Probe = readonly [label: string, number: number | string, args: readonly Argument[]]
type Filtered = 'by bubblewrap' | 'by prctl' | 'not at all'
type Case = {
  readonly label: string
  readonly name: string
  readonly args: readonly Argument[]
  readonly expected: string
}

/** A case per call of one attack of the suite; the label begins with the attack. */
function attack(id: string, calls: Readonly<Record<string, readonly Argument[]>>, expected: string): readonly Case[] {
  return Object.entries(calls).map(([call, args]) => {
    const name = call.split(' ')[0] ?? call
    return { label: `${id} ${call}`, name, args, expected }
  })
}

const cases: readonly Case[] = [
  ...attack(
    'SBX-07',
    {
      'socket inet': [2, 1, 0],
      'socket inet6': [10, 1, 0],
      'socket netlink': [16, 3, 0],
      'socket alg': [38, 5, 0],
      'socket vsock': [40, 1, 0],
      'socket inet high bits': [0x1_0000_0002, 1, 0],
      'socketpair inet': [2, 1, 0, 0],
    },
    'EAFNOSUPPORT',
  ),
  ...attack('SBX-07', { 'socket unix': [1, 1, 0] }, 'ok'),
  ...attack('SBX-13', { clone3: [0, 0] }, 'ENOSYS'),
  ...attack(
    'SBX-14',
    {
      io_uring_setup: [1, 0],
      io_uring_enter: [-1],
      io_uring_register: [-1],
      bpf: [0, 0, 0],
      perf_event_open: [0, 0, -1, -1, 0],
      userfaultfd: [1],
      keyctl: [0, -3, 0],
      add_key: ['user', 'a', 'b', 1, -3],
      request_key: ['user', 'a', 0, -3],
      open_by_handle_at: [-1, 0, 0],
      name_to_handle_at: [-100, '/tmp', 0, 0, 0],
      init_module: [0, 0, 0],
      finit_module: [-1, 0, 0],
      kexec_load: [0, 0, 0, 0],
      reboot: [0, 0, 0, 0],
      swapon: ['/nothing', 0],
      quotactl: [0, 0, 0, 0],
      syslog: [10, 0, 0],
    },
    'EPERM',
  ),
  ...attack(
    'SBX-15',
    {
      'ptrace traceme': [0, 0, 0, 0],
      'ptrace attach': [16, 1, 0, 0],
      process_vm_readv: [1, 0, 0, 0, 0, 0],
      process_vm_writev: [1, 0, 0, 0, 0, 0],
      pidfd_getfd: [-1, 0, 0],
    },
    'EPERM',
  ),
  ...attack('SBX-18', { 'ioctl TIOCSTI': [0, 0x5412, 0], 'ioctl TIOCLINUX': [0, 0x541c, 0] }, 'EPERM'),
  ...attack('SBX-18', { 'ioctl TIOCSTI high bits': [0, 0x1_0000_5412, 0] }, 'EPERM'),
  ...attack('SBX-18', { 'ioctl TCGETS': [0, 0x5401, 0] }, 'ENOTTY'),
  ...attack('SBX-19', { 'personality ADDR_NO_RANDOMIZE': [0x0040000] }, 'EPERM'),
  ...attack('SBX-19', { 'personality query': [0xffffffff] }, 'ok'),
  ...attack(
    'SBX-21',
    {
      'mknodat fifo': [-100, '/tmp/fifo', 0o010600, 0],
      'mknodat character device': [-100, '/tmp/null', 0o020600, 0x103],
    },
    'EPERM',
  ),
  ...attack(
    'namespaces',
    {
      'unshare user': [0x10000000],
      setns: [-1, 0],
      'clone user': [0x10000011, 0, 0, 0, 0],
      'clone user high bits': [0x1_1000_0011, 0, 0, 0, 0],
      mount: ['none', '/tmp', 'tmpfs', 0, 0],
      umount2: ['/tmp', 0],
      pivot_root: ['/tmp', '/tmp'],
      chroot: ['/tmp'],
      open_tree: [-100, '/tmp', 0],
      fsopen: ['tmpfs', 0],
    },
    'EPERM',
  ),
  ...attack(
    'outliving the kernel',
    { 'prctl PR_SET_PDEATHSIG': [1, 0, 0, 0, 0], 'prctl high bits': [0x1_0000_0001, 0, 0, 0, 0] },
    'EPERM',
  ),
  ...attack('prctl', { 'prctl PR_SET_DUMPABLE': [4, 0, 0, 0, 0], 'prctl PR_SET_NAME': [15, 'block', 0, 0, 0] }, 'ok'),
  ...attack('surface', { memfd_secret: [0], fanotify_init: [0, 0], mbind: [0, 0, 0, 0, 0, 0] }, 'EPERM'),
]

const numbered: readonly { readonly probe: Probe; readonly expected: string }[] = [
  ...cases.map(({ label, name, args, expected }) => ({ probe: probeOf(label, name, args), expected })),
  { probe: ['SBX-17 unknown 467', 467, []], expected: 'ENOSYS' },
  { probe: ['SBX-17 unknown 5000', 5000, []], expected: 'ENOSYS' },
  { probe: ['SBX-17 unknown 400', 400, []], expected: 'ENOSYS' },
  ...(arch === 'x64'
    ? ([
        { probe: ['x32 getpid', 0x40000000 + 39, []], expected: 'signal 31' },
        { probe: ['i386 getpid', 'int 0x80', []], expected: 'signal 31' },
        { probe: probeOf('SBX-21 mknod fifo', 'mknod', ['/tmp/fifo', 0o010600, 0]), expected: 'EPERM' },
      ] as const)
    : []),
]

function probeOf(label: string, name: string, args: readonly Argument[]): Probe {
  const number = numbers.get(name)
  if (number === undefined) throw new Error(`no number for ${name}`)
  return [label, number, args]
}

const expectations = Object.fromEntries(numbered.map(({ probe: [label], expected }) => [label, expected]))

describe.skipIf(!ready)('a sandbox with the filter (skipped without Linux, bubblewrap and Python)', () => {
  let folder = ''
  const filter = buildSeccompFilter({ arch: arch ?? 'x64' })

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'seccomp-'))
    writeFileSync(join(folder, 'filter'), filter)
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  /** Runs a command in a sandbox and returns what it wrote; the sandbox never runs as the host's root. */
  function run(command: readonly string[], filtered: Filtered, more: readonly string[] = []): string {
    const seccomp = filtered === 'by bubblewrap' ? ['--seccomp', '3'] : []
    const descriptor = openSync(join(folder, 'filter'), 'r')
    try {
      const result = spawnSync(bubblewrap, [...sandbox, ...more, ...seccomp, '--', ...command], {
        env: {},
        stdio: ['ignore', 'pipe', 'pipe', descriptor],
        timeout: 25_000,
        killSignal: 'SIGKILL',
        encoding: 'utf8',
        ...(process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}),
      })
      if (result.status !== 0) throw new Error(`status ${result.status} ${result.signal}: ${result.stderr}`)
      return result.stdout
    } finally {
      closeSync(descriptor)
    }
  }

  function probe(filtered: Filtered, probes: readonly Probe[]): unknown {
    const script = readFileSync(new URL('probe.py', import.meta.url), 'utf8')
    const loaded = filtered === 'by prctl' ? Buffer.from(filter).toString('base64') : null
    const request = JSON.stringify({ filter: loaded, probes })
    return JSON.parse(run([python, '-I', '-S', '-c', script, request], filtered))
  }

  it.each(['by bubblewrap', 'by prctl'] as const)('answers every attack as the policy says, loaded %s', (filtered) => {
    expect(
      probe(
        filtered,
        numbered.map((entry) => entry.probe),
      ),
    ).toEqual(expectations)
  })

  it('is what stops the attacks: without it the sandbox lets these through', () => {
    const open = [
      'SBX-07 socket inet',
      'SBX-07 socket netlink',
      'SBX-19 personality ADDR_NO_RANDOMIZE',
      'SBX-15 ptrace traceme',
    ]
    const more = ['SBX-21 mknodat fifo', 'outliving the kernel prctl PR_SET_PDEATHSIG', 'namespaces clone user']
    const chosen = numbered.map((entry) => entry.probe).filter(([label]) => [...open, ...more].includes(label))
    expect(probe('not at all', chosen)).toEqual(Object.fromEntries(chosen.map(([label]) => [label, 'ok'])))
  })

  it('runs threads, subprocess, sqlite3, asyncio, multiprocessing and temporary files of Python', () => {
    const script = readFileSync(new URL('workload.py', import.meta.url), 'utf8')
    const worked: unknown = JSON.parse(run([python, '-I', '-S', '-c', script], 'by bubblewrap'))
    expect(worked).toEqual([...script.matchAll(/^def ((?:use|fail)_\w+)/gm)].map((match) => match[1]))
  })

  it('runs workers, files, watching, child processes, wasm and local sockets of Node, and fails its network cleanly', () => {
    const script = readFileSync(new URL('workload.mjs', import.meta.url), 'utf8')
    const command = ['/node', '--input-type=module', '-e', script]
    const worked: unknown = JSON.parse(run(command, 'by bubblewrap', ['--ro-bind', process.execPath, '/node']))
    expect(worked).toEqual(['worker', 'files', 'watch', 'childProcess', 'wasm', 'localSocket', 'thread', 'noNetwork'])
  })
})
