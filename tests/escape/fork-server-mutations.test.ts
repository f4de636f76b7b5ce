import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonValue } from '@rumi/kernel/base'
import { arm64SyscallTable } from '../../packages/drivers/src/sandbox/seccomp/table-arm64.ts'
import { getSyscallNumbers } from '../../packages/drivers/src/sandbox/seccomp/table.ts'
import { x64SyscallTable } from '../../packages/drivers/src/sandbox/seccomp/table-x64.ts'
import { writeCompiledTrap } from './support/compiled-trap.ts'
import { addArguments, patchSource, runMutant, startMutant, type Mutation } from './support/mutant.ts'
import { createProcessName, eventually, findProcessesNamed } from './support/processes.ts'

/**
 * Every protection of the fork server is taken out of its source in turn, and the attack that it is there for must then
 * succeed. Each row is also run unchanged, to show that the attack fails for this reason alone.
 */
const folder = mkdtempSync(join(tmpdir(), 'rumi-server-mutations-'))
const numbers = getSyscallNumbers(process.arch === 'arm64' ? arm64SyscallTable : x64SyscallTable)

beforeAll(() => chmodSync(folder, 0o755))
afterAll(() => rmSync(folder, { recursive: true }))

/** A protection of the fork server: the text that is taken out of it, and an attack by calls that run side by side. */
interface ServerRow {
  readonly protection: string
  readonly take: readonly [wanted: string, replacement: string]
  readonly file: string
  readonly inputs: readonly JsonValue[]
  readonly shut: unknown
  readonly open: unknown
}

const meeting = (means: string): readonly JsonValue[] =>
  ['listen', 'tell'].map((role) => ({ means, role, name: 'mutant', seconds: 1 }))
const attempt = (...operation: readonly (string | number)[]): readonly JsonValue[] => [[operation]]

const serverRows: readonly ServerRow[] = [
  {
    protection: 'its own network for a call beside another',
    take: ['        self._leave_shared_network()\n', ''],
    file: 'neighbour.py',
    inputs: meeting('socket'),
    shut: [null, 'nobody listened'],
    open: [{ message: 'a secret', descriptors: 1 }, 'told'],
  },
  {
    protection: 'its own terminals',
    take: ['_libc.mount(b"devpts"', '0 and _libc.mount(b"devpts"'],
    file: 'neighbour.py',
    inputs: meeting('terminal'),
    shut: [null, 'nobody listened'],
    open: ['a secret', 'told'],
  },
  {
    protection: 'its own shared memory',
    take: ['0x00020000 | 0x08000000 | 0x20000000', '0x00020000 | 0x20000000'],
    file: 'neighbour.py',
    inputs: meeting('shared memory'),
    shut: [null, 'nobody listened'],
    open: ['found', 'nobody listened'],
  },
  {
    protection: 'its own processes',
    take: ['0x00020000 | 0x08000000 | 0x20000000', '0x00020000 | 0x08000000'],
    file: 'neighbour.py',
    inputs: meeting('signal'),
    shut: [null, 'nobody listened'],
    open: ['heard', 'told'],
  },
  {
    protection: 'its own files',
    take: ['for name in (b"/tmp", b"/dev/shm"):', 'for name in ():'],
    file: 'neighbour.py',
    inputs: meeting('file'),
    shut: [null, 'nobody listened'],
    open: ['/tmp/mutant', 'nobody listened'],
  },
  {
    protection: 'the filter of a forked call',
    take: ['    _check(_libc.prctl(PR_SET_SECCOMP, 2, program, 0, 0), "load the system call filter")\n', ''],
    file: 'probe.py',
    inputs: attempt('syscall', numbers.get('unshare') ?? -1, 0x10000000),
    shut: [['EPERM']],
    open: [['ok']],
  },
  {
    protection: 'the loss of its capabilities',
    take: ['        _drop_privileges(zygote.program)\n', ''],
    file: 'probe.py',
    inputs: attempt('syscall', numbers.get('unshare') ?? -1, 0x20000),
    shut: [['EPERM']],
    open: [['ok']],
  },
  {
    protection: 'the bounds of a call',
    take: ['        rumi_limits.apply(limits, per_call=True)\n', ''],
    file: 'bomb.py',
    inputs: [{ how: 'large file' }],
    shut: [{ started: 1024 * 1024, stopped: 'EFBIG' }],
    open: [{ started: 16 * 1024 * 1024, stopped: 'ENOSPC' }],
  },
]

const serverPath = 'python/rumi_zygote.py'

/** Puts a changed fork server in the place of ours. */
function withServer(wanted: string, replacement: string): Mutation {
  const path = join(folder, `${createProcessName()}.py`)
  writeFileSync(path, patchSource(serverPath, wanted, replacement), { mode: 0o644 })
  return { arguments: (original) => addArguments(original, '--ro-bind', path, `/rumi/${serverPath}`) }
}

describe('a protection of the fork server', () => {
  // Side by side: most of their time is waiting for a neighbour that is not found.
  it.concurrent.each(serverRows)('$protection is what stops the attack', async ({ take, file, inputs, shut, open }) => {
    const limits = { fileBytes: 1024 * 1024 }
    expect(await runMutant(file, 'forking', { mutation: {}, inputs, limits })).toEqual(shut)
    expect(await runMutant(file, 'forking', { mutation: withServer(...take), inputs, limits })).toEqual(open)
  })

  it.each([
    { protection: 'emptying what held the request', take: ['        self.inbox.madvise(mmap.MADV_DONTNEED)\n', ''] },
  ] as const)('$protection is what keeps it from the next call', async ({ take }) => {
    const search = async (mutation: Mutation) => {
      const mutant = await startMutant('python', 'forking', mutation)
      await mutant.call('remains.py', { input: { keep: `${'x'.repeat(50_000)} SECRET-aaaaaaaa` } })
      const found = await mutant.call('remains.py', { input: { pattern: 'SECRET-[a-h]{8}' } })
      await mutant.worker.kill()
      return found
    }
    expect(await search({})).toEqual([])
    expect(await search(withServer(...take))).toEqual(['SECRET-aaaaaaaa'])
  })

  it('SBX-26: compiling every source is what keeps compiled code of another from running', async () => {
    const tree = join(folder, 'compiled')
    mkdirSync(tree)
    chmodSync(tree, 0o755)
    writeCompiledTrap(tree)
    const path = join(folder, 'trusting_host.py')
    const trusting = patchSource(
      'python/rumi_host.py',
      'raise OSError("the source is always compiled")',
      'return super().path_stats(path)',
    )
    writeFileSync(path, trusting, { mode: 0o644 })
    const replaced = (original: readonly string[]) =>
      addArguments(original, '--ro-bind', path, '/rumi/python/rumi_host.py')
    const run = (mutation: Mutation) =>
      runMutant('victim.py', 'forking', { mutation: { ...mutation, tree }, inputs: [null] })
    expect(await run({})).toEqual(['source and source'])
    expect(await run({ arguments: replaced })).toEqual(['compiled'])
  })

  /** Looks at the fork server's objects while another call has half a frame there. */
  async function lookBack(mutation: Mutation): Promise<readonly [JsonValue, number]> {
    const mutant = await startMutant('python', 'forking', mutation)
    const name = createProcessName()
    const input = { trick: 'hold secret', secret: 'SECRET', name, seconds: 0.7 }
    const holding = mutant.call('tricks.py', { input })
    holding.catch(() => undefined)
    expect(await eventually(() => findProcessesNamed(name).length === 1, 5000)).toBe(true)
    // Once through the server and back: by then it has read what was there before.
    await mutant.call('hello.py').catch(() => undefined)
    const seen = await mutant.call('tricks.py', { input: { trick: 'look back' } }).catch(() => 'no answer')
    await holding.catch(() => undefined)
    await mutant.worker.kill()
    return [seen, mutant.violations()]
  }

  it('the memory that no child inherits is what hides a neighbour’s answer', async () => {
    const [hidden, violations] = await lookBack({})
    expect(hidden).toEqual(expect.arrayContaining(['Bad file descriptor', 'Bad address']))
    expect(JSON.stringify(hidden)).not.toContain('SECRET')
    expect(violations).toBe(0)
    const [seen] = await lookBack(withServer('        self.pages.madvise(mmap.MADV_DONTFORK)\n', ''))
    expect(seen).toContainEqual(expect.stringContaining('SECRET'))
  })

  it('IPC-02: closing the kernel’s channel is what keeps a call from speaking for the fork server', async () => {
    const [, violations] = await lookBack(
      withServer('        os.closerange(4, 65536)', '        os.closerange(200, 65536)'),
    )
    expect(violations).toBeGreaterThan(0)
  })

  it('IPC-03: writing the number itself is what keeps a call from answering for another', async () => {
    const numbersOf = async (mutation: Mutation) => {
      const mutant = await startMutant('python', 'forking', mutation)
      const body = '{"ok":true,"value":"forged"}'
      const input = { frames: [{ kind: 4, body, offset: 6 }], channel: 3, own: 'own' }
      await mutant.call('channel.py', { input }).catch(() => undefined)
      await mutant.worker.kill()
      return mutant.results.map((frame) => frame.call)
    }
    expect(await numbersOf({})).toEqual([1])
    const kept = withServer('frames.HEADER.pack_into(child.relayed, start, length, kind, child.call)', 'pass')
    expect(await numbersOf(kept)).toEqual([7])
  })

  it('LIM-07: the kill after the answer is what ends a call that stays', async () => {
    const stays = async (mutation: Mutation): Promise<boolean> => {
      const name = createProcessName()
      const mutant = await startMutant('python', 'forking', mutation)
      expect(await mutant.call('linger.py', { input: { name } })).toBe('early')
      const gone = await eventually(() => findProcessesNamed(name).length === 0, 500)
      await mutant.worker.kill()
      return !gone
    }
    expect(await stays({})).toBe(false)
    const unended = 'if kind == frames.RESULT:  # it has had its say'
    expect(await stays(withServer(unended, unended.replace('kind == frames.RESULT', 'False')))).toBe(true)
  })
})
