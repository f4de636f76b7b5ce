import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { arm64SyscallTable } from '../../packages/drivers/src/sandbox/seccomp/table-arm64.ts'
import { getSyscallNumbers } from '../../packages/drivers/src/sandbox/seccomp/table.ts'
import { x64SyscallTable } from '../../packages/drivers/src/sandbox/seccomp/table-x64.ts'
import { createHostileDriver, type HostileDriver } from './support/hostile-driver.ts'
import { everyWay, expectSeen, pythonWays, type Attempt } from './support/probing.ts'

const numbers = getSyscallNumbers(process.arch === 'arm64' ? arm64SyscallTable : x64SyscallTable)
let driver: HostileDriver

beforeAll(async () => {
  driver = createHostileDriver()
  expect(await driver.selfTest()).toMatchObject({ passed: true })
})

afterAll(async () => driver.close())

/** A raw system call by its name. */
function calling(seen: string, name: string, ...values: readonly (number | string)[]): Attempt {
  const number = numbers.get(name)
  if (number === undefined) throw new Error(`no number for ${name}`)
  return [seen, 'syscall', number, ...values]
}

const refused = (...names: readonly string[]): readonly Attempt[] =>
  names.map((name) => calling('EPERM', name, 0, 0, 0, 0, 0))

describe.each(pythonWays)('a $isolation call of $block', (way) => {
  it('SBX-07: makes no socket but local ones, AF_VSOCK, netlink and the kernel’s cryptography included', async () => {
    const families = { inet: 2, inet6: 10, netlink: 16, packet: 17, alg: 38, nfc: 39, vsock: 40, xdp: 44 }
    await expectSeen(driver, way, [
      ...Object.values(families).flatMap((family) => [
        calling('EAFNOSUPPORT', 'socket', family, 1, 0),
        calling('EAFNOSUPPORT', 'socket', family, 3, 0),
        calling('EAFNOSUPPORT', 'socketpair', family, 1, 0, '<zeros>'),
      ]),
      calling('EAFNOSUPPORT', 'socket', 0x1_0000_0002, 1, 0),
      calling('ok', 'socket', 1, 1, 0),
    ])
  })

  it('SBX-13: has no clone3, whose flags no filter can see', async () => {
    await expectSeen(driver, way, [calling('ENOSYS', 'clone3', '<zeros>', 88), calling('ENOSYS', 'clone3', 0, 0)])
  })

  it('SBX-14: is refused the calls that reach deep into the kernel', async () => {
    await expectSeen(driver, way, [
      ...refused('io_uring_setup', 'io_uring_enter', 'io_uring_register', 'bpf', 'perf_event_open', 'userfaultfd'),
      ...refused('keyctl', 'add_key', 'request_key', 'open_by_handle_at', 'name_to_handle_at', 'init_module'),
      ...refused('finit_module', 'delete_module', 'kexec_load', 'reboot', 'swapon', 'swapoff', 'quotactl', 'syslog'),
      ...refused('acct', 'settimeofday', 'clock_settime', 'sethostname', 'setdomainname', 'fanotify_init'),
    ])
  })

  it('SBX-14: makes no namespace and mounts nothing', async () => {
    const everyNamespace = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]
    await expectSeen(driver, way, [
      ...everyNamespace.flatMap((flag) => [
        calling('EPERM', 'unshare', flag),
        calling('EPERM', 'clone', flag + 17, 0, 0, 0, 0),
      ]),
      ...refused('mount', 'umount2', 'pivot_root', 'chroot', 'setns', 'open_tree', 'move_mount', 'fsopen', 'fsmount'),
    ])
  })

  it('SBX-15: reads and steers no other process', async () => {
    await expectSeen(driver, way, [
      calling('EPERM', 'ptrace', 0, 0, 0, 0),
      calling('EPERM', 'ptrace', 16, 1, 0, 0),
      calling('EPERM', 'ptrace', 0x4206, 1, 0, 0),
      ...refused('process_vm_readv', 'process_vm_writev', 'pidfd_getfd', 'kcmp', 'process_madvise'),
    ])
  })

  it('SBX-17: finds calls that nobody knows yet to be missing', async () => {
    const unknown = [467, 468, 500, 999, 4095, 0x3fffffff]
    await expectSeen(
      driver,
      way,
      unknown.map((number) => ['ENOSYS', 'syscall', number] as const),
    )
  })

  it('SBX-18: types into no terminal', async () => {
    const requests = { typeIn: 0x5412, linux: 0x541c }
    await expectSeen(driver, way, [
      ...[0, 1, 2, 3].flatMap((descriptor) =>
        Object.values(requests).flatMap((request) => [
          calling('EPERM', 'ioctl', descriptor, request, '<zeros>'),
          calling('EPERM', 'ioctl', descriptor, 0x1_0000_0000 + request, '<zeros>'),
        ]),
      ),
    ])
  })

  it('SBX-19: keeps its addresses random', async () => {
    await expectSeen(driver, way, [
      calling('EPERM', 'personality', 0x0040000),
      calling('EPERM', 'personality', 0x0000008),
      calling('ok', 'personality', 0xffffffff),
    ])
  })

  it('SBX-21: makes no device and no named pipe', async () => {
    await expectSeen(driver, way, [
      ['EPERM', 'fifo', '/tmp/f'],
      ['EPERM', 'device', '/tmp/d'],
    ])
  })

  it('SBX-25: raises neither its priority nor its limits', async () => {
    await expectSeen(driver, way, [
      ['EACCES|EPERM', 'nice', -20],
      ['EPERM', 'schedule', 'SCHED_FIFO'],
      ['EPERM', 'schedule', 'SCHED_RR'],
      ['EPERM|ENOMEM', 'lock', 64],
      ['refused|EPERM', 'raise limit', 'RLIMIT_NOFILE'],
      ['refused|EPERM', 'raise limit', 'RLIMIT_NPROC'],
      ['refused|EPERM', 'raise limit', 'RLIMIT_AS'],
      ['refused|EPERM', 'raise limit', 'RLIMIT_FSIZE'],
      ['refused|EPERM', 'raise limit', 'RLIMIT_CORE'],
    ])
  })

  it('LIM-16: cannot arrange to outlive the kernel that started it', async () => {
    await expectSeen(driver, way, [
      calling('EPERM', 'prctl', 1, 0, 0, 0, 0),
      calling('EPERM', 'prctl', 0x1_0000_0001, 0, 0, 0, 0),
    ])
  })
})

describe.each(everyWay)('a $isolation call of $block', (way) => {
  it('SBX-25: becomes nobody else and hurts nobody outside of its own processes', async () => {
    await expectSeen(driver, way, [
      ['EACCES|EPERM', 'nice', -20],
      ['EINVAL|EPERM', 'set uid', 0],
      ['EINVAL|EPERM', 'set uid', 1000],
      ['ESRCH', 'kill', process.pid, 0],
      ['ok', 'kill', 1, 9], // itself: the first process of a namespace, which cannot do that
    ])
  })
})
