import type { BlockLimits, BlockRuntime } from '@rumi/kernel/sandbox'
import type { RootFolder } from './rootfs.ts'

/** How a worker serves: one process a call by forking, one process for one call, or one process for many. */
export type WorkerKind = 'forking' | 'single' | 'warm'

/** All that decides a worker's command line. */
export interface WorkerPlan {
  readonly runtime: BlockRuntime
  readonly kind: WorkerKind
  readonly root: RootFolder
  /** The approved tree. */
  readonly treePath: string
  readonly limits: BlockLimits
  /** Set where no control group bounds the memory of Node: then its address space is bounded instead. */
  readonly addressSpaceBytes?: number
}

/** Descriptors of a worker, by what they carry. */
export const workerDescriptors = { seccomp: 3, channel: 4, info: 5, block: 6 } as const

/**
 * The whole sandbox profile, in one place. Order matters: nothing is created or mounted below `/pack`, whose content a
 * stranger chose (CVE-2026-87766); `/dev` and `/` end up read-only; there is no `/proc` and no `/sys`.
 *
 * - own user, PID, mount, network, IPC, UTS and cgroup namespaces; uid 65534; no capability
 * - a forking worker keeps CAP_SYS_ADMIN and CAP_SETPCAP of its own user namespace, to give each call namespaces of its
 *   own; it runs no pack code, and its children drop them and load the system call filter themselves
 */
export function buildSandboxArguments(plan: WorkerPlan): readonly string[] {
  const { limits } = plan
  const forking = plan.kind === 'forking'
  return [
    ...['--unshare-all', '--unshare-user', '--uid', '65534', '--gid', '65534', '--hostname', 'pack'],
    ...['--die-with-parent', '--new-session', '--as-pid-1'],
    ...['--cap-drop', 'ALL'],
    ...(forking ? ['--cap-add', 'CAP_SYS_ADMIN', '--cap-add', 'CAP_SETPCAP'] : []),
    ...['--ro-bind', plan.root.path, '/'],
    ...['--dev', '/dev', '--size', '1048576', '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...['--size', String(limits.tmpBytes), '--tmpfs', '/tmp'],
    ...['--size', '65536', '--tmpfs', '/run', '--remount-ro', '/run'],
    ...['--ro-bind', plan.treePath, '/pack'],
    ...['--chdir', '/tmp', '--clearenv'],
    ...['--setenv', 'PATH', '/usr/bin', '--setenv', 'HOME', '/tmp', '--setenv', 'LANG', 'C.UTF-8'],
    ...(forking ? [] : ['--seccomp', String(workerDescriptors.seccomp)]),
    ...['--info-fd', String(workerDescriptors.info), '--block-fd', String(workerDescriptors.block)],
    '--',
    ...interpreterCommand(plan),
  ]
}

/** The interpreter's own command line, the same inside and outside a sandbox. */
function interpreterCommand(plan: WorkerPlan): readonly string[] {
  if (plan.runtime === 'node')
    return limited(plan, nodeCommand(plan.root.executable, '/rumi/node/host.mjs', plan.limits))
  const module = plan.kind === 'warm' ? 'rumi_resident' : 'rumi_zygote'
  return pythonCommand(plan.root.executable, '/rumi/python', module)
}

/** `-I -S`: no environment, no user or host packages, no sitecustomize. (SBX-26, SBX-27) */
export function pythonCommand(executable: string, folder: string, module: string): readonly string[] {
  const start = `import sys; sys.path.insert(0, ${JSON.stringify(folder)}); import ${module}; ${module}.main()`
  return [executable, '-I', '-S', '-B', '-c', start]
}

/** Node with a bounded heap; it strips TypeScript types itself. */
export function nodeCommand(executable: string, host: string, limits: BlockLimits): readonly string[] {
  const heapMib = Math.max(32, Math.floor(limits.memoryBytes / 1024 / 1024 / 2))
  return [
    executable,
    `--max-old-space-size=${heapMib}`,
    '--disable-warning=ExperimentalWarning',
    '--disable-proto=delete',
    host,
  ]
}

/** Sets limits inside the user namespace, where the process limit counts the sandbox alone, and becomes the command. */
function limited({ kind, limits, addressSpaceBytes }: WorkerPlan, command: readonly string[]): readonly string[] {
  const settings = [
    `ulimit -p ${limits.pids}`,
    `ulimit -n ${limits.openFiles}`,
    ...(kind === 'warm' ? [] : [`ulimit -t ${limits.cpuSeconds}`]),
    `ulimit -f ${Math.floor(limits.fileBytes / 512)}`,
    ...(addressSpaceBytes === undefined ? [] : [`ulimit -v ${Math.floor(addressSpaceBytes / 1024)}`]),
    'ulimit -c 0',
    'ulimit -l 0',
  ]
  return ['/bin/sh', '-c', `${settings.join(' && ')} && exec "$@"`, 'sh', ...command]
}
