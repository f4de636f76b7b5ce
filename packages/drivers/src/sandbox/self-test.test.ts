import { describe, expect, it } from 'vitest'
import type { JsonValue } from '@rumi/kernel/base'
import type { BlockCall, BlockOutcome, BlockRuntime } from '@rumi/kernel/sandbox'
import { runSelfTest, type SelfTestSubject } from './self-test.ts'

const root = { path: '/cache/root', executable: '/usr/bin/python3', version: '1' }
const good = Array.from({ length: 10 }, (_, index) => ({ id: `SBX-${index}`, passed: true, detail: 'fine' }))

function subject(
  answers: Partial<Record<BlockRuntime, JsonValue | Error>>,
  changes: Partial<SelfTestSubject> = {},
): SelfTestSubject {
  return {
    prepare: async () => ({
      roots: new Map((Object.keys(answers) as BlockRuntime[]).map((runtime) => [runtime, root])),
      groups: 'none',
      missing: new Map(),
    }),
    execute: async (call: BlockCall): Promise<BlockOutcome> => {
      const answer = answers[call.runtime]
      if (answer instanceof Error || answer === undefined) {
        return { ok: false, errorType: 'oom', message: String(answer?.message), log: '', posture: 'bubblewrap_fresh' }
      }
      return { ok: true, value: answer, log: '', posture: 'bubblewrap_fresh' }
    },
    hostUids: () => (process.getuid?.() === 0 ? [] : [process.pid]),
    ...changes,
  }
}

const failedOf = (report: { readonly checks: readonly { readonly id: string; readonly passed: boolean }[] }) =>
  report.checks.filter((check) => !check.passed).map((check) => check.id)

describe('the self-test', () => {
  it('fails with a hint when the machine cannot be prepared', async () => {
    const report = await runSelfTest(
      subject({}, { prepare: () => Promise.reject(new Error('spawn /usr/bin/bwrap ENOENT')) }),
    )
    expect(report).toEqual({
      passed: false,
      checks: [{ id: 'sandbox', passed: false, detail: 'spawn /usr/bin/bwrap ENOENT' }],
      hint: expect.stringContaining('Install bubblewrap'),
    })
  })

  it('tells what to do where user namespaces are closed', async () => {
    const report = await runSelfTest(subject({ python: new Error('bwrap: setting up uid map: Permission denied') }))
    expect(report.hint).toContain('apparmor_restrict_unprivileged_userns')
  })

  it('SBX-29: fails when no worker can be looked at, or one is root of this machine', async () => {
    for (const hostUids of [() => [], () => [1]]) {
      const report = await runSelfTest(subject({ python: good }, { hostUids }))
      expect(report.passed).toBe(false)
      expect(failedOf(report)).toEqual(['python/SBX-29'])
    }
  })

  it.each([
    ['says nothing', []],
    ['says too little', good.slice(0, 9)],
    ['says something else', { passed: true }],
    ['ends early', new Error('gone')],
  ] as const)('fails when the probe %s', async (_, answer) => {
    const report = await runSelfTest(subject({ python: answer }))
    expect(report.passed).toBe(false)
    expect(failedOf(report)).toEqual(['python/start'])
  })

  it('fails a runtime by any miss of its own, and leaves the other one usable', async () => {
    const missed = [...good, { id: 'SBX-07', passed: false, detail: 'AF_INET: success' }]
    const living = process.getuid?.() === 0 ? await otherUser() : process.pid
    const report = await runSelfTest(subject({ python: missed, node: good }, { hostUids: () => [living] }))
    expect(report.passed).toBe(true)
    expect(failedOf(report)).toEqual(['python/SBX-07'])
    expect(report.checks.at(-1)).toEqual({ id: 'control-groups', passed: true, detail: 'none' })
    if (process.getuid?.() === 0) process.kill(living, 'SIGKILL')
  })
})

/** A process that is not root's. */
async function otherUser(): Promise<number> {
  const { spawn } = await import('node:child_process')
  return spawn('/bin/sleep', ['600'], { uid: 65_534, gid: 65_534, stdio: 'ignore' }).pid ?? -1
}
