import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultLimits, type BlockRuntime } from '@rumi/kernel/sandbox'
import { buildSandboxArguments, type WorkerKind, type WorkerPlan } from './command.ts'

const root = { path: '/cache/root', executable: '/usr/bin/python3.11', version: '3.11' }

function plan(runtime: BlockRuntime, kind: WorkerKind): WorkerPlan {
  return { runtime, kind, root, treePath: '/store/tree', limits: { ...defaultLimits(runtime, 1000), cpuSeconds: 2 } }
}

const plans = [plan('python', 'forking'), plan('python', 'warm'), plan('node', 'single'), plan('node', 'warm')] as const

describe('the command line of a sandbox', () => {
  it('is this one, and any change of it is to be looked at', () => {
    expect(buildSandboxArguments(plan('python', 'warm'))).toEqual([
      ...['--unshare-all', '--unshare-user', '--uid', '65534', '--gid', '65534', '--hostname', 'pack'],
      ...['--die-with-parent', '--new-session', '--as-pid-1', '--cap-drop', 'ALL'],
      ...['--ro-bind', '/cache/root', '/'],
      ...['--dev', '/dev', '--size', '1048576', '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
      ...['--size', '16777216', '--tmpfs', '/tmp', '--size', '65536', '--tmpfs', '/run', '--remount-ro', '/run'],
      ...['--ro-bind', '/store/tree', '/pack', '--chdir', '/tmp', '--clearenv'],
      ...['--setenv', 'PATH', '/usr/bin', '--setenv', 'HOME', '/tmp', '--setenv', 'LANG', 'C.UTF-8'],
      ...['--seccomp', '3', '--info-fd', '5', '--block-fd', '6', '--'],
      ...['/usr/bin/python3.11', '-I', '-S', '-B', '-c'],
      'import sys; sys.path.insert(0, "/rumi/python"); import rumi_resident; rumi_resident.main()',
    ])
  })

  it('differs for the fork server by what it needs to make namespaces, and by the filter, which its children load', () => {
    const warm = buildSandboxArguments(plan('python', 'warm'))
    const forking = buildSandboxArguments(plan('python', 'forking'))
    expect(forking.filter((argument) => !warm.includes(argument))).toEqual([
      '--cap-add',
      'CAP_SYS_ADMIN',
      '--cap-add',
      'CAP_SETPCAP',
      'import sys; sys.path.insert(0, "/rumi/python"); import rumi_zygote; rumi_zygote.main()',
    ])
    expect(warm.filter((argument) => !forking.includes(argument))).toEqual([
      '--seccomp',
      '3',
      'import sys; sys.path.insert(0, "/rumi/python"); import rumi_resident; rumi_resident.main()',
    ])
  })

  it('bounds Node before it starts; processor seconds only where it serves one call', () => {
    const command = (kind: WorkerKind) => {
      const all = buildSandboxArguments(plan('node', kind))
      return all.slice(all.indexOf('--') + 1)
    }
    const limits = ['ulimit -p 64', 'ulimit -n 64', 'ulimit -t 2', 'ulimit -f 32768', 'ulimit -c 0', 'ulimit -l 0']
    const node = ['--max-old-space-size=128', '--disable-warning=ExperimentalWarning', '--disable-proto=delete']
    const rest = ['sh', root.executable, ...node, '/rumi/node/host.mjs']
    expect(command('single')).toEqual(['/bin/sh', '-c', `${limits.join(' && ')} && exec "$@"`, ...rest])
    const lasting = limits.filter((limit) => !limit.startsWith('ulimit -t'))
    expect(command('warm')).toEqual(['/bin/sh', '-c', `${lasting.join(' && ')} && exec "$@"`, ...rest])
  })

  it.each(plans)('mounts no /proc and no /sys, and nothing below what a stranger filled ($runtime, $kind)', (one) => {
    const all = buildSandboxArguments(one)
    const own = all.slice(0, all.indexOf('--'))
    expect(own).not.toContain('--proc')
    expect(own.filter((argument) => /^\/(proc|sys|pack\/|etc|home|root)/.test(argument))).toEqual([])
    expect(
      own.filter((argument) => /^--(bind|dev-bind|dir|file|symlink|ro-bind-try|bind-try)$/.test(argument)),
    ).toEqual([])
    expect(own.slice(own.indexOf('/pack') + 1).filter((argument) => /bind|tmpfs|dev$/.test(argument))).toEqual([])
    expect(own.indexOf('--ro-bind')).toBeLessThan(own.indexOf('--dev'))
  })

  it('takes every path as one argument, whatever it is called', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        const usual = buildSandboxArguments(plan('node', 'single'))
        const odd = buildSandboxArguments({ ...plan('node', 'single'), treePath: `/store/${name}` })
        expect(odd).toHaveLength(usual.length)
        expect(odd.filter((argument, index) => argument !== usual[index])).toEqual([`/store/${name}`])
      }),
    )
  })
})
