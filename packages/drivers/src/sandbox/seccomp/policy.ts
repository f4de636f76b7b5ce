/** What the kernel of the machine answers: let the call through, fail it with an errno, or end the process. */
export type SyscallAction =
  | { readonly kind: 'allow' }
  | { readonly kind: 'errno'; readonly errno: number }
  | { readonly kind: 'kill' }

/**
 * A call whose answer depends on the low 32 bits of one argument (all the arguments named here are 32-bit to Linux, so
 * a caller must not escape by setting the high half).
 *
 * `one-of`: the argument equals one of `values`. `any-bit`: the argument shares a bit with `mask`.
 * Example: `{ name: 'socket', argument: 0, test: { kind: 'one-of', values: [1] }, matched: allow, otherwise: … }`
 */
export type ArgumentRule = {
  readonly name: string
  readonly argument: 0 | 1 | 2 | 3 | 4 | 5
  readonly test:
    | { readonly kind: 'one-of'; readonly values: readonly number[] }
    | { readonly kind: 'any-bit'; readonly mask: number }
  readonly matched: SyscallAction
  readonly otherwise: SyscallAction
}

/** Lets the call through. */
export const allow: SyscallAction = { kind: 'allow' }

/** Ends every thread of the process with SIGSYS: for calls through another ABI, which the table cannot name. */
export const kill: SyscallAction = { kind: 'kill' }

/** EPERM: the call exists and is refused. */
export const refuse: SyscallAction = { kind: 'errno', errno: 1 }

/** ENOSYS: as on an older kernel, so that libraries take their fallback. */
export const absent: SyscallAction = { kind: 'errno', errno: 38 }

/** EAFNOSUPPORT: there is no such network. */
const noSuchNetwork: SyscallAction = { kind: 'errno', errno: 97 }

/** AF_UNIX. */
const onlyUnix: ArgumentRule['test'] = { kind: 'one-of', values: [1] }

/** CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET. */
const namespaceFlags = 0x7e020000

/**
 * Calls decided by an argument; they are in neither list below. The constants are the same on x86_64 and AArch64.
 */
export const argumentRules: readonly ArgumentRule[] = [
  // A network namespace does not cover AF_VSOCK, which reaches the hypervisor; AF_NETLINK and AF_ALG are kernel surface.
  { name: 'socket', argument: 0, test: onlyUnix, matched: allow, otherwise: noSuchNetwork },
  { name: 'socketpair', argument: 0, test: onlyUnix, matched: allow, otherwise: noSuchNetwork },
  // A new user namespace would hand the block a full set of capabilities inside it.
  {
    name: 'clone',
    argument: 0,
    test: { kind: 'any-bit', mask: namespaceFlags },
    matched: refuse,
    otherwise: allow,
  },
  // TIOCSTI and TIOCLINUX type into the operator's terminal (CVE-2017-5226).
  {
    name: 'ioctl',
    argument: 1,
    test: { kind: 'one-of', values: [0x5412, 0x541c] },
    matched: refuse,
    otherwise: allow,
  },
  // ADDR_NO_RANDOMIZE would switch address randomisation off; 0xffffffff only asks.
  {
    name: 'personality',
    argument: 0,
    test: { kind: 'one-of', values: [0, 0xffffffff] },
    matched: allow,
    otherwise: refuse,
  },
  // PR_SET_PDEATHSIG (1) would let a block outlive a kernel killed with -9; PR_SET_MM (35) rewrites the memory map.
  {
    name: 'prctl',
    argument: 0,
    test: { kind: 'one-of', values: [1, 35] },
    matched: refuse,
    otherwise: allow,
  },
]

/**
 * Calls answered with ENOSYS. clone3 takes its flags behind a pointer, which seccomp cannot follow; libraries fall back
 * to clone.
 */
export const absentSyscalls = 'clone3'

/** Calls let through whatever their arguments: what Python 3.9–3.13 and Node 20–24 need, by topic. */
export const allowedSyscalls: Readonly<Record<string, string>> = {
  'read and write': `read write open close lseek pread64 pwrite64 readv writev preadv pwritev preadv2 pwritev2
    openat openat2 creat close_range dup dup2 dup3 fcntl flock fsync fdatasync truncate ftruncate fallocate fadvise64
    readahead sync_file_range sendfile splice tee copy_file_range pipe pipe2 memfd_create`,
  'files and folders': `stat fstat lstat newfstatat statx access faccessat faccessat2 statfs fstatfs getdents
    getdents64 getcwd chdir fchdir rename renameat renameat2 mkdir mkdirat rmdir link linkat unlink unlinkat symlink
    symlinkat readlink readlinkat chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat umask utime utimes
    utimensat futimesat inotify_init inotify_init1 inotify_add_watch inotify_rm_watch`,
  'extended attributes': `setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
    removexattr lremovexattr fremovexattr setxattrat getxattrat listxattrat removexattrat`,
  waiting: `poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
    eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime`,
  memory: `mmap mprotect munmap brk mremap msync mincore madvise mlock mlock2 munlock mlockall munlockall mseal
    pkey_mprotect pkey_alloc pkey_free map_shadow_stack membarrier get_mempolicy`,
  processes: `fork vfork execve execveat exit exit_group wait4 waitid kill tkill tgkill pidfd_open pidfd_send_signal
    getpid getppid gettid getpgrp getpgid setpgid getsid setsid set_tid_address set_robust_list get_robust_list rseq
    arch_prctl restart_syscall`,
  signals: `rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_tgsigqueueinfo
    rt_sigsuspend sigaltstack pause`,
  'threads and scheduling': `futex futex_waitv futex_wait futex_wake futex_requeue sched_yield sched_setaffinity
    sched_getaffinity sched_setparam sched_getparam sched_setscheduler sched_getscheduler sched_setattr sched_getattr
    sched_get_priority_max sched_get_priority_min sched_rr_get_interval getpriority setpriority ioprio_get ioprio_set
    getcpu`,
  'time and timers': `time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep times getitimer setitimer
    alarm timer_create timer_settime timer_gettime timer_getoverrun timer_delete`,
  identity: `getuid geteuid getgid getegid getgroups getresuid getresgid setuid setgid setreuid setregid setresuid
    setresgid setfsuid setfsgid setgroups capget capset`,
  limits: `getrlimit setrlimit prlimit64 getrusage sysinfo uname getrandom`,
  // Only AF_UNIX sockets can be made, see argumentRules.
  'local sockets': `bind connect listen accept accept4 getsockname getpeername getsockopt setsockopt shutdown sendto
    recvfrom sendmsg recvmsg sendmmsg recvmmsg`,
  // Confined by the IPC namespace.
  'shared memory and queues': `shmget shmat shmdt shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl
    mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr`,
  // These can only take rights away.
  'tightening further': `seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self`,
}

/** Calls refused with EPERM whatever their arguments, by the reason. A known call in no list is refused as well. */
export const deniedSyscalls: Readonly<Record<string, string>> = {
  'enters or makes another namespace': 'unshare setns',
  'changes what is mounted or the root folder': `mount umount2 pivot_root chroot move_mount open_tree fsopen fsconfig
    fsmount fspick mount_setattr`,
  'tells paths of the host': 'statmount listmount name_to_handle_at lookup_dcookie sysfs ustat',
  'opens files past the mount namespace': 'open_by_handle_at',
  'reads or steers another process': `ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp process_madvise
    process_mrelease`,
  'keyrings are not in any namespace': 'keyctl add_key request_key',
  'loads code into the kernel of the machine': `bpf init_module finit_module delete_module create_module query_module
    get_kernel_syms kexec_load kexec_file_load uselib`,
  'large kernel surface': `perf_event_open userfaultfd modify_ldt remap_file_pages vmsplice memfd_secret
    fanotify_init fanotify_mark cachestat uretprobe uprobe set_thread_area get_thread_area`,
  'does input and output without a call the filter sees': `io_uring_setup io_uring_enter io_uring_register io_setup
    io_destroy io_getevents io_pgetevents io_submit io_cancel`,
  'makes devices and named pipes': 'mknod mknodat',
  'places memory on nodes': 'mbind set_mempolicy set_mempolicy_home_node migrate_pages move_pages',
  'administers the machine': `reboot swapon swapoff quotactl quotactl_fd syslog acct sethostname setdomainname iopl
    ioperm vhangup nfsservctl sync syncfs _sysctl lsm_get_self_attr lsm_set_self_attr lsm_list_modules`,
  'sets the clock': 'settimeofday clock_settime clock_adjtime adjtimex',
  'never implemented': 'getpmsg putpmsg afs_syscall tuxcall security vserver epoll_ctl_old epoll_wait_old',
}
