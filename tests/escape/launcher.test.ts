import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createHostileDriver } from './support/hostile-driver.ts'

const folder = mkdtempSync(join(tmpdir(), 'rumi-launcher-'))
const seen = join(folder, 'environment')
const launcher = join(folder, 'launcher')

beforeAll(() => {
  chmodSync(folder, 0o777)
  // Writes down what it was started with, as Linux keeps it, and then is the real one.
  const script = `#!/usr/bin/python3 -IS
import os, sys
with open("/proc/self/environ", "rb") as own, open(${JSON.stringify(seen)}, "ab") as log:
    log.write(("version" if "--version" in sys.argv else "worker").encode() + b" [" + own.read() + b"]\\n")
os.chmod(${JSON.stringify(seen)}, 0o666)
os.execve("/usr/bin/bwrap", ["bwrap", *sys.argv[1:]], {})
`
  writeFileSync(launcher, script)
  chmodSync(launcher, 0o755)
  // The first user to write is not the only one: workers of packs are others.
  writeFileSync(seen, '')
  chmodSync(seen, 0o666)
  process.env['ESCAPE_SECRET'] = 'topsecret'
})

afterAll(() => {
  delete process.env['ESCAPE_SECRET']
  rmSync(folder, { recursive: true })
})

it('SBX-23: the launcher of a sandbox has no environment either, so that nothing on the way can pass it on', async () => {
  const driver = createHostileDriver({ bubblewrap: launcher })
  await driver.selfTest()
  await driver.close()
  expect(existsSync(seen)).toBe(true)
  const lines = new Set(readFileSync(seen, 'latin1').trim().split('\n'))
  expect([...lines].toSorted()).toEqual(['version []', 'worker []'])
})
