import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attack, createHostileDriver } from './support/hostile-driver.ts'

/**
 * What the self-test at every start finds out by itself: a launcher stands in for one that ignores a part of what it is
 * told (an old one, a wrapped one, a patched one). Each is the real bubblewrap with one argument changed on the way.
 */
const folder = mkdtempSync(join(tmpdir(), 'rumi-self-test-'))

beforeAll(() => chmodSync(folder, 0o755))
afterAll(() => rmSync(folder, { recursive: true }))

const namespaces = '[x for n in "user ipc pid net uts cgroup".split() for x in ["--unshare-" + n] if n != %]'
const drop = (...wanted: readonly string[]): string => `args = replace(args, ${JSON.stringify(wanted)}, [])`
const share = (namespace: string): string =>
  `args = replace(args, ["--unshare-all"], ${namespaces.replace('%', JSON.stringify(namespace))})`

const rows = [
  {
    ignored: 'the filter',
    change: `if "--seccomp" in args: ${drop('--seccomp', '3')}`,
    node: /SBX-07/,
    python: undefined, // a forked call loads it itself
  },
  { ignored: 'the network namespace', change: share('net'), node: /SBX-09/, python: /SBX-09/ },
  {
    ignored: 'the process namespace',
    change: `${share('pid')}\n${drop('--as-pid-1')}`,
    node: /LIM-07/,
    python: undefined,
  },
  { ignored: 'the read-only /dev', change: drop('--remount-ro', '/dev'), node: /SBX-05/, python: /SBX-05/ },
  { ignored: 'the read-only /run', change: drop('--remount-ro', '/run'), node: /SBX-05/, python: /SBX-05/ },
  {
    ignored: 'the empty environment',
    change: `${drop('--clearenv')}\nos.environ["CANARY"] = "topsecret"`,
    node: /SBX-23/,
    python: /SBX-23/,
  },
  {
    ignored: 'descriptors that it inherited',
    change: 'os.dup2(os.open("/etc/hostname", os.O_RDONLY), 30)\nos.set_inheritable(30, True)',
    node: /SBX-22/,
    python: undefined, // the fork server closes what it does not need before a call begins
  },
]

/** As bubblewrap, but for the change. */
function writeLauncher(change: string): string {
  const path = join(folder, `launcher-${Math.random().toString(36).slice(2)}`)
  const script = `#!/usr/bin/python3 -IS
import os, sys
def replace(args, wanted, replacement):
    for at in range(len(args)):
        if args[at:at + len(wanted)] == wanted:
            return args[:at] + replacement + args[at + len(wanted):]
    sys.exit("the command line has no " + " ".join(wanted))
args = sys.argv[1:]
if "--version" not in args:
${change.replace(/^/gm, '    ')}
os.environ.pop("LC_CTYPE", None)
os.execv("/usr/bin/bwrap", ["bwrap", *args])
`
  writeFileSync(path, script)
  chmodSync(path, 0o755)
  return path
}

describe('the self-test', () => {
  it('passes where the launcher does as it is told', async () => {
    const driver = createHostileDriver({ bubblewrap: writeLauncher('pass') })
    const report = await driver.selfTest()
    await driver.close()
    expect(report.checks.filter((check) => !check.passed)).toEqual([])
    expect(report.passed).toBe(true)
  })

  it.each(rows)('SBX-30: notices a launcher that ignores $ignored', async ({ change, node, python }) => {
    const driver = createHostileDriver({ bubblewrap: writeLauncher(change) })
    const { checks } = await driver.selfTest()
    const failed = checks.filter((check) => !check.passed).map((check) => check.id)
    for (const [runtime, wanted, file] of [
      ['node', node, 'hello.mjs'],
      ['python', python, 'hello.py'],
    ] as const) {
      const own = failed.filter((id) => id.startsWith(`${runtime}/`))
      const outcome = await attack(driver, file, { input: 1 })
      if (wanted) {
        expect(own).toContainEqual(expect.stringMatching(wanted))
        expect(outcome).toMatchObject({ ok: false, errorType: 'sandbox_unavailable', posture: 'rejected' })
      } else {
        expect(own).toEqual([])
        expect(outcome).toMatchObject({ ok: true, value: { hello: 1 } })
      }
    }
    await driver.close()
  })
})
