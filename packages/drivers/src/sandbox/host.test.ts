import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packIdSchema, treeHashSchema, type JsonValue } from '@rumi/kernel/base'
import { defaultLimits, findRuntime, type BlockCall, type SandboxDriver } from '@rumi/kernel/sandbox'
import { createHostDriver } from './host.ts'

const tree = mkdtempSync(join(tmpdir(), 'rumi-host-test-'))
let driver: SandboxDriver

beforeAll(() => {
  const files = {
    'where.py':
      'import os\n\ndef run(input_data, context=None):\n    print("said")\n    return [input_data, os.environ["HOME"], sorted(os.environ)]\n',
    'where.mjs': 'export const run = (input) => (console.log("said"), [input, process.env.HOME])\n',
    'sleep.py': 'import time\n\ndef run(_):\n    time.sleep(60)\n',
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, name)), { recursive: true })
    writeFileSync(join(tree, name), text)
  }
  driver = createHostDriver({ python: '/usr/bin/python3', node: process.execPath })
})

afterAll(async () => {
  await driver.close()
  rmSync(tree, { recursive: true })
})

function call(file: string, input: JsonValue = null, wallMs = 10_000): BlockCall {
  const runtime = findRuntime(file) ?? 'python'
  return {
    packId: packIdSchema.parse('pack'),
    treeHash: treeHashSchema.parse(`sha256:${'0'.repeat(64)}`),
    treePath: tree,
    subdir: '',
    file,
    runtime,
    isolation: 'fresh',
    input,
    context: {},
    limits: defaultLimits(runtime, wallMs),
  }
}

const never = new AbortController().signal

describe('the driver without a sandbox', () => {
  it('says of everything it runs that it ran on the host', async () => {
    for (const file of ['where.py', 'where.mjs']) {
      const outcome = await driver.execute(call(file, 'in'), never)
      expect(outcome).toMatchObject({
        ok: true,
        value: expect.arrayContaining(['in']),
        log: 'said\n',
        posture: 'host_permissive',
      })
    }
    expect((await driver.selfTest()).checks).toEqual([
      { id: 'host', passed: true, detail: expect.stringContaining('no isolation') },
    ])
  })

  it('gives a block no environment of ours, and a home that is removed with the driver', async () => {
    const own = createHostDriver({ python: '/usr/bin/python3', node: process.execPath })
    const outcome = await own.execute(call('where.py'), never)
    const [, home, names] = (outcome.ok ? outcome.value : []) as [unknown, string, string[]]
    expect(names.filter((name) => !['HOME', 'LANG', 'PATH', 'RUMI_PACK_ROOT', 'LC_CTYPE'].includes(name))).toEqual([])
    expect(existsSync(home)).toBe(true)
    await own.close()
    expect(existsSync(home)).toBe(false)
  })

  it('ends a block at its deadline, and all blocks of a pack when it is evicted', async () => {
    expect(await driver.execute(call('sleep.py', null, 300), never)).toMatchObject({ ok: false, errorType: 'timeout' })
    const running = driver.execute(call('sleep.py'), never)
    while (driver.activePacks().size === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await driver.evict(packIdSchema.parse('pack'))
    expect(await running).toMatchObject({ ok: false, errorType: 'cancelled' })
    expect(driver.activePacks().size).toBe(0)
  })
})
