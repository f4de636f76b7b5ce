import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attack, answerOf, createHostileDriver, type HostileDriver } from './support/hostile-driver.ts'
import { writeCompiledTrap } from './support/compiled-trap.ts'
import { everyWay, expectSeen, opening } from './support/probing.ts'

let driver: HostileDriver

beforeAll(async () => {
  driver = createHostileDriver()
  expect(await driver.selfTest()).toMatchObject({ passed: true })
})

afterAll(async () => driver.close())

describe.each(everyWay)('a $isolation call of $block', (way) => {
  it('SBX-01: sees no file of the host', async () => {
    await expectSeen(driver, way, [
      ...opening('ENOENT', '/etc/shadow', '/etc/passwd', '/etc/hostname', '/root/.ssh/id_rsa', '/root', '/home'),
      ...opening(
        'ENOENT',
        '/var/run/docker.sock',
        '/var',
        '/srv',
        '/mnt',
        '/opt',
        '/boot',
        '/work',
        '/oldroot',
        '/newroot',
      ),
    ])
  })

  it('SBX-02: has no /proc to learn or change anything of the machine', async () => {
    await expectSeen(driver, way, [
      ...opening('ENOENT', '/proc', '/proc/1/environ', '/proc/self/environ', '/proc/self/mem', '/proc/self/maps'),
      ...opening('ENOENT', '/proc/keys', '/proc/kallsyms', '/proc/1/root/etc/shadow', '/proc/self/fd/0'),
      ['ENOENT', 'open', '/proc/sys/kernel/core_pattern', 'w'],
      ['ENOENT', 'open', '/proc/sysrq-trigger', 'w'],
    ])
  })

  it('SBX-03: sees no device and no control group of the machine', async () => {
    await expectSeen(driver, way, [
      ...opening('ENOENT', '/sys', '/sys/fs/cgroup', '/dev/kmsg', '/dev/mem', '/dev/vda', '/dev/sda', '/dev/kvm'),
      ...opening('ENOENT', '/dev/fuse', '/dev/net/tun', '/dev/vsock', '/dev/loop-control', '/dev/mqueue', '/dev/input'),
      ...opening('ENXIO', '/dev/tty'),
    ])
  })

  it('SBX-05: cannot change its own pack, its interpreter or our files', async () => {
    await expectSeen(driver, way, [
      ['EROFS|EACCES', 'open', '/pack/probe.py', 'w'],
      ['EROFS', 'chmod', '/pack/probe.py'],
      ['EROFS', 'unlink', '/pack/probe.py'],
      ['EROFS', 'rename', '/pack/probe.py', '/pack/other.py'],
      ['EXDEV', 'rename', '/pack/probe.py', '/tmp/probe.py'],
      ['EROFS', 'open', '/pack/new.py', 'c'],
      ['EROFS', 'mkdir', '/pack/folder'],
      ['EROFS', 'unlink', '/rumi/seccomp.bin'],
      ['EROFS', 'open', '/usr/new', 'c'],
      ['EROFS', 'mkdir', '/run/folder'],
    ])
  })

  it('SBX-06: reaches nothing of the host through a link it makes', async () => {
    await expectSeen(
      driver,
      way,
      ['/oldroot/etc/shadow', '/proc/1/root/etc/shadow', '/../../etc/shadow', '/newroot/../etc/shadow'].map(
        (target) => ['ENOENT', 'through link', target] as const,
      ),
    )
  })

  it('SBX-33: cannot fill /dev, / or more of /tmp and /dev/shm than it may', async () => {
    const mib = 1024 * 1024
    await expectSeen(driver, { ...way, limits: { tmpBytes: 4 * mib, fileBytes: 16 * mib } }, [
      ['EROFS', 'fill', '/dev/x', 8],
      ['EROFS', 'fill', '/x', 8],
      ['EROFS', 'fill', '/run/x', 8],
      ['ENOSPC', 'fill', '/tmp/x', 6],
      ['ENOSPC', 'fill', '/dev/shm/x', 6],
      ['ok', 'fill', '/tmp/x', 1],
    ])
  })

  it('SBX-34: cannot take a hard link of a file out of its read-only file system', async () => {
    await expectSeen(driver, way, [
      ['EXDEV', 'link', '/rumi/seccomp.bin', '/tmp/l'],
      ['EXDEV', 'link', '/pack/probe.py', '/tmp/l'],
      ['EROFS', 'link', '/pack/probe.py', '/pack/l'],
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

  it.each(['trap.py', 'trap.mjs'])(
    'SBX-26: gets no environment and no start-up code in by its files (%s)',
    async (file) => {
      const [trapped, names] = (await answerOf(attack(driver, file, { tree, version: 'a' }))) as [unknown, string[]]
      expect(trapped).toBeNull()
      expect(names.filter((name) => !['HOME', 'LANG', 'PATH', 'PWD'].includes(name))).toEqual([])
    },
  )

  it('SBX-26: runs the source that was approved, not the compiled code beside it', async () => {
    writeCompiledTrap(tree)
    for (const isolation of ['fresh', 'warm'] as const) {
      const run = (file: string) => attack(driver, file, { tree, version: 'a', pack: 'compiled', isolation })
      expect(await answerOf(run('victim.py'))).toBe('source and source')
      expect(await run('bare_import.py')).toMatchObject({ ok: false, errorType: 'block_error' })
    }
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
    expect((seen['path'] as string[]).filter((entry) => /site-packages|dist-packages|local|home/.test(entry))).toEqual(
      [],
    )
    await expectSeen(driver, { block: 'probe.py', isolation }, [
      ...opening('ENOENT', '/usr/lib/python3/dist-packages', '/usr/local/lib', '/usr/lib/python3.11/sitecustomize.py'),
    ])
  })
})

/** As trees are kept: the sandbox's user, which is not ours, may read it. */
function createReadableFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rumi-traps-'))
  chmodSync(folder, 0o755)
  return folder
}
