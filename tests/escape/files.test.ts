import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attack, answerOf, createHostileDriver, type HostileDriver } from './support/hostile-driver.ts'

let driver: HostileDriver

beforeAll(async () => {
  driver = createHostileDriver()
  expect(await driver.selfTest()).toMatchObject({ passed: true })
})

afterAll(async () => driver.close())

/** Every way a block can run: forked from a fork server, in a process for one call, in a process for many. */
const ways = [
  { block: 'probe.py', isolation: 'fresh' },
  { block: 'probe.py', isolation: 'warm' },
  { block: 'probe.mjs', isolation: 'fresh' },
  { block: 'probe.mjs', isolation: 'warm' },
] as const

type Operation = readonly (string | number | readonly (string | number)[])[]

/** Tries the operations in a block, each with what it must come to (`A|B`: either), and compares the two. */
async function expectSeen(
  way: { readonly block: string; readonly isolation: 'fresh' | 'warm' },
  attempts: readonly { readonly operation: Operation; readonly seen: string }[],
  limits = {},
): Promise<void> {
  const input = attempts.map(({ operation }) => operation)
  const answer = await answerOf(attack(driver, way.block, { isolation: way.isolation, input: [...input] as never, limits }))
  const seen = answer as readonly string[]
  const wrong = attempts.filter((attempt, index) => !attempt.seen.split('|').includes(seen[index] ?? ''))
  expect(wrong.map((attempt) => [...attempt.operation, seen[attempts.indexOf(attempt)]])).toEqual([])
}

const open = (seen: string, ...paths: readonly string[]) =>
  paths.map((path) => ({ operation: ['open', path] as Operation, seen }))

describe.each(ways)('a $isolation call of $block', (way) => {
  it('SBX-01: sees no file of the host', async () => {
    await expectSeen(way, [
      ...open('ENOENT', '/etc/shadow', '/etc/passwd', '/etc/hostname', '/root/.ssh/id_rsa', '/root', '/home'),
      ...open('ENOENT', '/var/run/docker.sock', '/var', '/srv', '/mnt', '/opt', '/boot', '/work', '/oldroot', '/newroot'),
    ])
  })

  it('SBX-02: has no /proc to learn or change anything of the machine', async () => {
    await expectSeen(way, [
      ...open('ENOENT', '/proc', '/proc/1/environ', '/proc/self/environ', '/proc/self/mem', '/proc/self/maps'),
      ...open('ENOENT', '/proc/keys', '/proc/kallsyms', '/proc/1/root/etc/shadow', '/proc/self/fd/0'),
      { operation: ['open', '/proc/sys/kernel/core_pattern', 'w'], seen: 'ENOENT' },
      { operation: ['open', '/proc/sysrq-trigger', 'w'], seen: 'ENOENT' },
    ])
  })

  it('SBX-03: sees no device and no control group of the machine', async () => {
    await expectSeen(way, [
      ...open('ENOENT', '/sys', '/sys/fs/cgroup', '/dev/kmsg', '/dev/mem', '/dev/vda', '/dev/sda', '/dev/kvm'),
      ...open('ENOENT', '/dev/fuse', '/dev/net/tun', '/dev/vsock', '/dev/loop-control', '/dev/mqueue', '/dev/input'),
      ...open('ENXIO', '/dev/tty'),
    ])
  })

  it('SBX-05: cannot change its own pack, its interpreter or our files', async () => {
    await expectSeen(way, [
      { operation: ['open', '/pack/probe.py', 'w'], seen: 'EROFS|EACCES' },
      { operation: ['chmod', '/pack/probe.py'], seen: 'EROFS' },
      { operation: ['unlink', '/pack/probe.py'], seen: 'EROFS' },
      { operation: ['rename', '/pack/probe.py', '/pack/other.py'], seen: 'EROFS' },
      { operation: ['rename', '/pack/probe.py', '/tmp/probe.py'], seen: 'EXDEV' },
      { operation: ['open', '/pack/new.py', 'c'], seen: 'EROFS' },
      { operation: ['mkdir', '/pack/folder'], seen: 'EROFS' },
      { operation: ['unlink', '/rumi/seccomp.bin'], seen: 'EROFS' },
      { operation: ['open', '/usr/new', 'c'], seen: 'EROFS' },
      { operation: ['mkdir', '/run/folder'], seen: 'EROFS' },
    ])
  })

  it('SBX-06: reaches nothing of the host through a link it makes', async () => {
    await expectSeen(
      way,
      ['/oldroot/etc/shadow', '/proc/1/root/etc/shadow', '/../../etc/shadow', '/newroot/../etc/shadow'].map((target) => ({
        operation: ['through link', target],
        seen: 'ENOENT',
      })),
    )
  })

  it('SBX-33: cannot fill /dev, / or more of /tmp and /dev/shm than it may', async () => {
    const mib = 1024 * 1024
    await expectSeen(
      way,
      [
        { operation: ['fill', '/dev/x', 8], seen: 'EROFS' },
        { operation: ['fill', '/x', 8], seen: 'EROFS' },
        { operation: ['fill', '/run/x', 8], seen: 'EROFS' },
        { operation: ['fill', '/tmp/x', 6], seen: 'ENOSPC' },
        { operation: ['fill', '/dev/shm/x', 6], seen: 'ENOSPC' },
        { operation: ['fill', '/tmp/x', 1], seen: 'ok' },
      ],
      { tmpBytes: 4 * mib, fileBytes: 16 * mib },
    )
  })

  it('SBX-34: cannot take a hard link of a file out of its read-only file system', async () => {
    await expectSeen(way, [
      { operation: ['link', '/rumi/seccomp.bin', '/tmp/l'], seen: 'EXDEV' },
      { operation: ['link', '/pack/probe.py', '/tmp/l'], seen: 'EXDEV' },
      { operation: ['link', '/pack/probe.py', '/pack/l'], seen: 'EROFS' },
    ])
  })
})

describe('a tree with traps', () => {
  const tree = createReadableFolder()
  const files = {
    '.env': 'LD_PRELOAD=/pack/evil.so\nPYTHONPATH=/pack/evil\nNODE_OPTIONS=--require=/pack/evil.cjs\n',
    'sitecustomize.py': 'import builtins; builtins.trapped = "sitecustomize"',
    'usercustomize.py': 'import builtins; builtins.trapped = "usercustomize"',
    'evil.pth': 'import builtins; builtins.trapped = "pth"',
    'rumi_host.py': 'import builtins; builtins.trapped = "rumi_host"',
    'evil.cjs': 'globalThis.trapped = "required"',
    'package.json': '{ "type": "module", "imports": { "#rumi": "./evil.cjs" } }',
    'node.config.json': '{ "nodeOptions": { "import": ["/pack/evil.cjs"] } }',
    'trap.py': 'import builtins, os\nrun = lambda _: [getattr(builtins, "trapped", None), sorted(os.environ)]\n',
    'trap.mjs': 'export const run = () => [globalThis.trapped ?? null, Object.keys(process.env).sort()]\n',
  }

  beforeAll(() => {
    mkdirSync(join(tree, 'evil'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(tree, name), text, { mode: 0o644 })
  })

  afterAll(() => rmSync(tree, { recursive: true }))

  it.each(['trap.py', 'trap.mjs'])('SBX-26: gets no environment and no start-up code in by its files (%s)', async (file) => {
    const [trapped, names] = (await answerOf(attack(driver, file, { tree, version: 'a' }))) as [unknown, string[]]
    expect(trapped).toBeNull()
    expect(names.filter((name) => !['HOME', 'LANG', 'PATH', 'PWD'].includes(name))).toEqual([])
  })

  it('works when the tree lies where the sandbox’s user may not walk', async () => {
    const closed = mkdtempSync(join(tmpdir(), 'rumi-closed-')) // mode 0700
    try {
      mkdirSync(join(closed, 'tree'))
      writeFileSync(join(closed, 'tree/trap.py'), files['trap.py'])
      const outcome = attack(driver, 'trap.py', { tree: join(closed, 'tree'), version: 'b', pack: 'closed' })
      expect(await answerOf(outcome)).toMatchObject([null, expect.anything()])
    } finally {
      await driver.evict('closed' as never)
      rmSync(closed, { recursive: true })
    }
  })
})

describe.each(['fresh', 'warm'] as const)('the surroundings of a %s call', (isolation) => {
  const environment = { HOME: '/tmp', LANG: 'C.UTF-8', PATH: '/usr/bin', PWD: '/tmp' }

  it('SBX-23: hold nothing of the environment the kernel was started with', async () => {
    process.env['ESCAPE_SECRET'] = 'topsecret'
    process.env['LD_PRELOAD_TRAP'] = '/tmp/evil.so'
    try {
      const own = createHostileDriver()
      for (const file of ['surroundings.py', 'surroundings.mjs']) {
        const seen = (await answerOf(attack(own, file, { isolation }))) as Record<string, unknown>
        expect(seen['environment']).toEqual(environment)
        expect(seen['hostname']).toBe('pack')
        // Groups of an ordinary user are there, but as nobody's.
        expect((seen['ids'] as unknown[]).flat().filter((id) => id !== 65534)).toEqual([1])
      }
      await own.close()
    } finally {
      delete process.env['ESCAPE_SECRET']
      delete process.env['LD_PRELOAD_TRAP']
    }
  })

  it('SBX-27: hold no package and no start-up file of the host', async () => {
    const seen = (await answerOf(attack(driver, 'surroundings.py', { isolation }))) as Record<string, unknown>
    expect(seen['loaded']).toEqual([])
    expect(seen['arguments']).toEqual(expect.arrayContaining(['-I', '-S', '-B']))
    expect((seen['path'] as string[]).filter((entry) => /site-packages|dist-packages|local|home/.test(entry))).toEqual([])
    await expectSeen({ block: 'probe.py', isolation }, [
      ...open('ENOENT', '/usr/lib/python3/dist-packages', '/usr/local/lib', '/usr/lib/python3.11/sitecustomize.py'),
    ])
  })
})

/** As trees are kept: the sandbox's user, which is not ours, may read it. */
function createReadableFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rumi-traps-'))
  chmodSync(folder, 0o755)
  return folder
}
