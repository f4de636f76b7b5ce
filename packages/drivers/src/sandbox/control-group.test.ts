import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '@rumi/kernel/sandbox'
import { findControlGroups } from './control-group.ts'

const owner = `test${randomBytes(6).toString('hex')}`
const limits = { ...defaultLimits('python', 1000), memoryBytes: 64 * 1024 * 1024, pids: 10, cpus: 0.5 }

/** Where the groups of the owner are, on a machine that has any. */
function folderOf(form: 'v1' | 'v2', controller: string): string {
  if (form === 'v1') return join('/sys/fs/cgroup', controller, `rumi-${owner}`)
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? ''
  return join('/sys/fs/cgroup', own, `rumi-${owner}`)
}

const files = {
  v1: { 'memory.limit_in_bytes': 'memory', 'pids.max': 'pids', 'cpu.cfs_quota_us': 'cpu' },
  v2: { 'memory.max': 'memory', 'pids.max': 'pids', 'cpu.max': 'cpu' },
} as const
const values = {
  v1: { 'memory.limit_in_bytes': '67108864', 'pids.max': '18', 'cpu.cfs_quota_us': '500000' },
  v2: { 'memory.max': '67108864', 'pids.max': '18', 'cpu.max': '500000 1000000' },
} as const

describe('control groups', () => {
  it('bound what is in them, are killed whole and leave nothing, or are not offered at all', async () => {
    const groups = await findControlGroups(owner)
    const group = await groups.create('w1', limits)
    if (groups.form === 'none') {
      expect(group).toBeUndefined()
      await groups.sweep()
      return
    }
    const { form } = groups
    const read = (file: string, controller: string) =>
      readFileSync(join(folderOf(form, controller), 'w1', file), 'utf8').trim()
    expect(Object.fromEntries(Object.entries(files[form]).map(([file, one]) => [file, read(file, one)]))).toEqual(
      values[form],
    )

    // Two that ignore being asked, one of them in a session of its own.
    const child = spawn('/bin/sh', ['-c', 'trap "" TERM HUP; setsid sleep 600 & read wait; sleep 600 & wait'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const ended = once(child, 'exit')
    await group?.admit(child.pid ?? -1)
    child.stdin.write('go\n')
    while (read('cgroup.procs', 'memory').split('\n').length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    await group?.kill()
    await ended
    expect(read('cgroup.procs', 'memory')).toBe('')
    await group?.remove()
    expect(existsSync(join(folderOf(form, 'memory'), 'w1'))).toBe(false)
    await groups.sweep()
    expect(existsSync(folderOf(form, 'memory'))).toBe(false)
  })

  it('of a kernel that was killed are swept by the next one with the same home', async () => {
    const dead = await findControlGroups(owner)
    const group = await dead.create('w7', limits)
    const child = spawn('/bin/sleep', ['600'], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    await group?.admit(child.pid ?? -1)
    const next = await findControlGroups(owner)
    await next.sweep()
    if (next.form === 'none') child.kill('SIGKILL')
    await ended
    expect(child.signalCode).toBe('SIGKILL')
    if (next.form !== 'none') expect(existsSync(folderOf(next.form, 'memory'))).toBe(false)
  })

  it('refuse a process that is not there', async () => {
    const groups = await findControlGroups(owner)
    const group = await groups.create('w9', limits)
    if (group) await expect(group.admit(2 ** 22 + 1)).rejects.toThrow(/ESRCH|EINVAL/)
    else expect(groups.form).toBe('none')
    await groups.sweep()
  })
})
