import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attack, createHostileDriver } from './support/hostile-driver.ts'

/** Everything a block could leave behind if it ran where it can write to the host. */
let folder = ''
let tree = ''
let mark = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rumi-unavailable-'))
  chmodSync(folder, 0o777)
  mark = join(folder, 'ran-on-the-host')
  tree = join(folder, 'tree')
  mkdirSync(tree)
  writeFileSync(
    join(tree, 'leave.py'),
    `def run(_):\n    open(${JSON.stringify(mark)}, "w").close()\n    return "ran"\n`,
  )
  writeFileSync(
    join(tree, 'leave.mjs'),
    `import { writeFileSync } from 'node:fs'\nexport const run = () => (writeFileSync(${JSON.stringify(mark)}, ''), 'ran')\n`,
  )
})

afterAll(() => rmSync(folder, { recursive: true }))

/** A program in bubblewrap's place. It is started as the sandbox's user, with nothing in its environment. */
function writeLauncher(script: string): string {
  const path = join(folder, `launcher-${Math.random().toString(36).slice(2)}`)
  writeFileSync(path, script, { mode: 0o755 })
  chmodSync(path, 0o755)
  return path
}

const answersVersion = 'import os, sys\nif "--version" in sys.argv:\n    print("bubblewrap 0.8.0"); sys.exit()\n'
const python = '#!/usr/bin/python3 -IS\n'

/** Runs the command on the host, with our files where the command expects them, as far as anybody could. */
const runsOnTheHost = `${python}${answersVersion}
args = sys.argv[1:]
root = args[args.index("--ro-bind") + 1]
tree = args[[i for i, a in enumerate(args) if a == "--ro-bind"][-1] + 1]
command = [a.replace("/rumi/", root + "/rumi/").replace("/usr/bin/node", root + "/usr/bin/node")
    .replace("rumi_zygote", "rumi_resident") for a in args[args.index("--") + 1:]]
os.environ["RUMI_PACK_ROOT"] = tree
os.execv(command[0], command)
`

/** Uses the real bubblewrap, and lets the block see and write the whole machine. */
const isolatesNothing = `${python}${answersVersion}
args = sys.argv[1:]
root = args[args.index("--ro-bind") + 1]
tree = args[[i for i, a in enumerate(args) if a == "--ro-bind"][-1] + 1]
binds = [x for name in sorted(os.listdir("/")) if os.path.isdir("/" + name) for x in ("--dev-bind", "/" + name, "/" + name)]
keep = ["--info-fd", "5", "--block-fd", "6", "--die-with-parent", "--unshare-user", "--cap-add", "ALL"]
os.execv("/usr/bin/bwrap", ["bwrap", *keep, "--tmpfs", "/", *binds, "--ro-bind", root + "/rumi", "/rumi",
    "--ro-bind", tree, "/pack", *[a.replace("/usr/bin/node", root + "/usr/bin/node") for a in args[args.index("--"):]]])
`

const launchers: readonly { readonly what: string; readonly launcher: () => string; readonly why: RegExp }[] = [
  { what: 'bubblewrap is missing', launcher: () => join(folder, 'nothing-here'), why: /ENOENT/ },
  { what: 'it is some other program', launcher: () => '/bin/true', why: /does not look like bubblewrap/ },
  {
    what: 'it may not make user namespaces',
    launcher: () =>
      writeLauncher(`${python}${answersVersion}sys.exit("bwrap: setting up uid map: Permission denied")\n`),
    why: /uid map: Permission denied/,
  },
  {
    what: 'it is too old for what we ask of it',
    launcher: () => writeLauncher(`${python}${answersVersion}sys.exit("bwrap: Unknown option --as-pid-1")\n`),
    why: /Unknown option/,
  },
  {
    what: 'it ends without a word',
    launcher: () => writeLauncher(`${python}${answersVersion}sys.exit(0)\n`),
    why: /the sandbox did not start/,
  },
  // Where so many processes of this user run already, the interpreter may not even start there.
  { what: 'it runs the block on the host', launcher: () => writeLauncher(runsOnTheHost), why: /./ },
  { what: 'it isolates nothing', launcher: () => writeLauncher(isolatesNothing), why: /^\/etc\/shadow: / },
]

describe.each(launchers)('when $what', ({ launcher, why }) => {
  it('SBX-30: the self-test fails, every execution is refused, and nothing has run on the host', async () => {
    const driver = createHostileDriver({ bubblewrap: launcher() })
    const report = await driver.selfTest()
    expect(report.passed).toBe(false)
    expect(report.hint).toBeTruthy()
    expect(report.checks.find((check) => !check.passed)?.detail).toMatch(why)
    for (const file of ['leave.py', 'leave.mjs', 'leave.py']) {
      for (const isolation of ['fresh', 'warm'] as const) {
        expect(await attack(driver, file, { tree, isolation })).toMatchObject({
          ok: false,
          errorType: 'sandbox_unavailable',
          posture: 'rejected',
        })
      }
    }
    await driver.close()
    expect(existsSync(mark)).toBe(false)
  })
})

describe('when one runtime is not to be had', () => {
  it('SBX-30: only its blocks are refused', async () => {
    const driver = createHostileDriver({ python: undefined })
    expect(await driver.selfTest()).toMatchObject({ passed: true })
    expect(await attack(driver, 'hello.py')).toMatchObject({ ok: false, errorType: 'sandbox_unavailable' })
    expect(await attack(driver, 'probe.mjs', { input: [] })).toMatchObject({ ok: true, value: [] })
    await driver.close()
  })

  it('SBX-30: nothing runs when an interpreter is no interpreter', async () => {
    const driver = createHostileDriver({ python: '/bin/true', node: '/bin/false' })
    expect(await driver.selfTest()).toMatchObject({ passed: false })
    expect(await attack(driver, 'leave.py', { tree })).toMatchObject({ ok: false, errorType: 'sandbox_unavailable' })
    expect(await attack(driver, 'leave.mjs', { tree })).toMatchObject({ ok: false, errorType: 'sandbox_unavailable' })
    await driver.close()
    expect(existsSync(mark)).toBe(false)
  })
})

it('the mark would be seen if a block were run without a sandbox', async () => {
  const { createHostDriver } = await import('@rumi/drivers/sandbox')
  const driver = createHostDriver({ python: '/usr/bin/python3', node: process.execPath })
  const { hostileCall } = await import('./support/hostile-driver.ts')
  const outcome = await driver.execute(hostileCall('leave.py', { tree }), new AbortController().signal)
  await driver.close()
  expect(outcome).toMatchObject({ ok: true, value: 'ran', posture: 'host_permissive' })
  expect(existsSync(mark)).toBe(true)
})
