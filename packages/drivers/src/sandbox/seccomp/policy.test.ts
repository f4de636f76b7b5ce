import { describe, expect, it } from 'vitest'

import { absentSyscalls, allowedSyscalls, argumentRules, deniedSyscalls } from './policy.ts'
import { arm64SyscallTable } from './table-arm64.ts'
import { x64SyscallTable } from './table-x64.ts'
import { getSyscallNumbers, splitNames } from './table.ts'

const allowed = Object.values(allowedSyscalls).flatMap(splitNames)
const denied = Object.values(deniedSyscalls).flatMap(splitNames)
const byArgument = argumentRules.map((rule) => rule.name)
const every = [...allowed, ...denied, ...byArgument, ...splitNames(absentSyscalls)]
const x64 = getSyscallNumbers(x64SyscallTable)
const arm64 = getSyscallNumbers(arm64SyscallTable)

/** Written out again, so that moving a name in the policy is noticed. */
const neverAllowed = `unshare setns mount umount2 pivot_root move_mount open_tree fsopen fsconfig fsmount fspick
  mount_setattr chroot ptrace process_vm_readv process_vm_writev pidfd_getfd keyctl add_key request_key bpf
  perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register open_by_handle_at name_to_handle_at
  init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff quotactl quotactl_fd syslog
  acct settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname iopl ioperm lookup_dcookie nfsservctl
  vhangup mbind set_mempolicy set_mempolicy_home_node move_pages migrate_pages mknod mknodat fanotify_init
  fanotify_mark memfd_secret process_madvise statmount listmount`

describe('the rule table', () => {
  it('names every call once', () => {
    expect(every.filter((name, index) => every.indexOf(name) !== index)).toEqual([])
  })

  it('names only calls that x86_64 has', () => {
    expect(every.filter((name) => !x64.has(name))).toEqual([])
  })

  it('takes a decision about every call of both machines, so that a new name needs one', () => {
    expect([...new Set([...x64.keys(), ...arm64.keys()])].filter((name) => !every.includes(name))).toEqual([])
  })

  it.each(splitNames(neverAllowed))('refuses %s', (name) => {
    expect(denied).toContain(name)
    expect(allowed).not.toContain(name)
    expect(byArgument).not.toContain(name)
  })

  it('decides by argument only where a refusal is possible', () => {
    expect(argumentRules.filter((rule) => rule.matched.kind === rule.otherwise.kind)).toEqual([])
    expect(byArgument.toSorted()).toEqual(['clone', 'ioctl', 'personality', 'prctl', 'socket', 'socketpair'])
  })
})

describe('the tables', () => {
  it.each([
    { arch: 'x64', numbers: x64, known: { read: 0, socket: 41, clone: 56, execve: 59, prctl: 157, openat: 257 } },
    {
      arch: 'arm64',
      numbers: arm64,
      known: { openat: 56, read: 63, prctl: 167, socket: 198, clone: 220, execve: 221 },
    },
  ])('of $arch have the numbers of Linux', ({ numbers, known }) => {
    const shared = { clone3: 435, futex_waitv: 449, fchmodat2: 452, removexattrat: 466 }
    const expected = { ...known, ...shared }
    const names = Object.keys(expected)
    expect(Object.fromEntries(names.map((name) => [name, numbers.get(name)]))).toEqual(expected)
    expect(Math.max(...numbers.values())).toBe(466)
  })

  it('agree on every number since 424, where Linux made the numbers common', () => {
    const common = (numbers: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
      [...numbers].filter(([, number]) => number >= 424).toSorted(([, left], [, right]) => left - right)
    expect(common(arm64)).toEqual(common(x64))
    expect(common(x64)).toHaveLength(466 - 424 + 1)
  })

  it.each(['0 read read', '0 read write 1 open'])('refuse to be read when not unique: %s', (table) => {
    expect(() => getSyscallNumbers(table)).toThrow('not unique')
  })
})
