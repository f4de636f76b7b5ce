import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { encodeFrame, frameKind, type Frame } from '../channel/index.ts'
import type { ControlGroup } from './control-group.ts'
import { startWorker, type Worker, type WorkerStart } from './worker.ts'

const folder = mkdtempSync(join(tmpdir(), 'rumi-worker-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Watched {
  readonly worker: Worker
  readonly frames: Frame[]
  readonly reasons: string[]
  readonly violations: number[]
  printed(): string
}

/** Starts a shell in a worker's place; it is given what a sandbox's launcher is given. */
function start(script: string, changes: Partial<WorkerStart> = {}): Watched {
  const frames: Frame[] = []
  const reasons: string[] = []
  const violations: number[] = []
  let printed = ''
  const worker = startWorker(
    {
      program: '/bin/sh',
      arguments: ['-c', script],
      uid: undefined,
      filterPath: undefined,
      gated: false,
      group: undefined,
      memoryBytes: undefined,
      environment: {},
      workingFolder: '/',
      ...changes,
    },
    {
      onFrame: (frame) => frames.push({ ...frame, body: Buffer.from(frame.body) }),
      onOutput: (bytes) => (printed += bytes.toString()),
      onViolation: () => violations.push(1),
      onExit: (reason) => reasons.push(reason),
    },
  )
  return { worker, frames, reasons, violations, printed: () => printed }
}

/** A group that only writes down what is done with it. */
function scriptedGroup(admit: () => Promise<void> = async () => undefined) {
  const log: string[] = []
  const group: ControlGroup = {
    admitLauncher: () => undefined,
    admit: async (pid) => {
      log.push(`admit ${pid > 0}`)
      await admit()
    },
    kill: async () => void log.push('kill'),
    remove: async () => void log.push('remove'),
  }
  return { group, log }
}

const octal = (bytes: Buffer): string => [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))

describe('a worker', () => {
  it('speaks in frames, prints by its own streams, and tells how it ended', async () => {
    const frame = encodeFrame({ kind: frameKind.ready, call: 0, body: Buffer.from('hello') })
    const watched = start(`printf '${octal(frame)}' >&4; echo out; echo err >&2; exit 3`)
    await watched.worker.ended
    expect(watched.frames).toEqual([{ kind: frameKind.ready, call: 0, body: Buffer.from('hello') }])
    expect(watched.printed().split('\n').toSorted()).toEqual(['', 'err', 'out'])
    expect(watched.reasons).toEqual([expect.stringMatching(/^exit 3: (out\nerr|err\nout)$/)])
  })

  it('is given no environment but what is listed', async () => {
    const watched = start('env', { environment: { ONLY: 'this' } })
    await watched.worker.ended
    expect(
      watched
        .printed()
        .split('\n')
        .filter((line) => !/^(PWD|_|SHLVL|OLDPWD)=/.test(line)),
    ).toEqual(['ONLY=this', ''])
  })

  it('hears what it is sent', async () => {
    const watched = start('head -c 12 <&4 | od -An -c')
    watched.worker.send({ kind: frameKind.call, call: 7, body: Buffer.from('abc') })
    await watched.worker.ended
    expect(watched.printed().replaceAll(/\s+/g, ' ')).toBe(' \\0 \\0 \\0 \\b 001 \\0 \\0 \\0 \\a a b c ')
    watched.worker.send({ kind: frameKind.call, call: 8, body: Buffer.from('too late') })
  })

  it('LIM-09: is not listened to after something that is no frame', async () => {
    const good = encodeFrame({ kind: frameKind.ready, call: 0, body: Buffer.alloc(0) })
    const watched = start(`printf '\\377\\377\\377\\377\\004\\000\\000\\000\\001${octal(good)}' >&4; sleep 60`)
    while (watched.violations.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await watched.worker.kill()
    expect(watched.violations).toEqual([1])
    expect(watched.frames).toEqual([])
  })

  it('is gone when it has been killed, however often that is asked', async () => {
    const watched = start('trap "" TERM INT HUP; while :; do sleep 1; done')
    const pid = watched.worker.pid() ?? -1
    expect(isAlive(pid)).toBe(true)
    await Promise.all([watched.worker.kill(), watched.worker.kill()])
    expect(isAlive(pid)).toBe(false)
    expect(watched.reasons).toEqual(['SIGKILL'])
    await watched.worker.kill()
  })

  it.each([
    { program: '/nothing/here' },
    { program: '/bin/sh', workingFolder: '/nothing/here' },
    { program: '/etc/passwd' },
  ])('that cannot be started tells so, as one that ended (%o)', async (changes) => {
    const watched = start('exit 0', changes)
    await watched.worker.ended
    expect(watched.reasons).toEqual([expect.stringMatching(/ENOENT|EACCES/)])
  })
})

describe('the gate of a sandbox', () => {
  // As bubblewrap: tells its first process, and goes on when it can read from descriptor 6.
  const gated = `echo "{ \\"child-pid\\": $$ }" >&5; head -c 1 <&6 >${folder}/gate; echo through`

  it('opens when its first process is in its control group, and not before', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { group, log } = scriptedGroup(() => promise)
    const watched = start(gated, { gated: true, group })
    while (log.length === 0) await new Promise((next) => setTimeout(next, 5))
    await new Promise((next) => setTimeout(next, 50))
    expect(watched.printed()).toBe('')
    resolve()
    await watched.worker.ended
    expect(watched.printed()).toBe('through\n')
    expect(log).toEqual(['admit true', 'kill', 'remove'])
  })

  it('is followed by an end that leaves the launcher time to wait for what it has launched', async () => {
    const { group, log } = scriptedGroup()
    // Launches, tells of it, waits for it, and says so.
    const launcher = 'sleep 600 & echo "{ \\"child-pid\\": $! }" >&5; wait $!; echo "ended with $?"'
    const watched = start(launcher, { gated: true, group })
    while (log.length === 0) await new Promise((next) => setTimeout(next, 5))
    await watched.worker.kill()
    expect(watched.printed()).toContain('ended with 137\n')
    expect(log).toEqual(['admit true', 'kill', 'remove'])
  })

  it('stays shut for a process that could not be admitted: it is killed', async () => {
    const { group, log } = scriptedGroup(() => Promise.reject(new Error('no room')))
    const watched = start(gated, { gated: true, group })
    await watched.worker.ended
    expect(watched.printed()).toBe('')
    expect(watched.reasons).toEqual(['SIGKILL'])
    expect(log).toEqual(['admit true', 'kill', 'remove'])
  })
})
