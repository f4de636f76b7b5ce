import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHome } from './home.ts'
import { openHome } from './system.ts'
import { removeFolder } from '../support/remove-folder.ts'

let home = ''
beforeEach(async () => {
  home = await createHome()
})
afterEach(() => {
  removeFolder(home)
})

const refusal = async (): Promise<string> => {
  try {
    await (await openHome(home, 'permissive')).close()
    return 'opened'
  } catch (error) {
    return error instanceof Error ? (error.message.split(':')[0] ?? '') : 'unknown'
  }
}

describe('a start', () => {
  it('is refused while another kernel has the home, and works once that is gone, however it went', async () => {
    const workload = fileURLToPath(new URL('workload.ts', import.meta.url))
    const node = ['--disable-warning=ExperimentalWarning', workload, home, 'permissive']
    const kernel = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(kernel.stdout, 'data')
    kernel.stdout.resume()
    expect(await refusal()).toBe('home.in_use')
    expect(kernel.exitCode).toBeNull()
    kernel.kill('SIGKILL')
    await once(kernel, 'close')
    expect(await refusal()).toBe('opened')
  })

  it.each([
    ['without its token', (): void => rmSync(join(home, 'user_data/keys/operator.token')), 'home.keys_missing'],
    ['without its database', (): void => rmSync(join(home, 'user_data/rumi.db')), 'home.state_missing'],
    ['without its ledger key', (): void => rmSync(join(home, 'user_data/keys/ledger.pem')), 'home.keys_missing'],
    [
      'with half a token',
      (): void => truncateSync(join(home, 'user_data/keys/operator.token'), 21),
      'home.keys_damaged',
    ],
    [
      'with a database that is none',
      (): void => writeFileSync(join(home, 'user_data/rumi.db'), 'x'.repeat(9999)),
      'home.damaged',
    ],
    [
      'with a database of a newer version',
      (): void => {
        const database = new DatabaseSync(join(home, 'user_data/rumi.db'))
        database.exec('PRAGMA user_version = 99')
        database.close()
      },
      'home.newer',
    ],
  ])('of a used home %s is refused and changes nothing', async (_, damage, code) => {
    damage()
    const database = join(home, 'user_data/rumi.db')
    const content = (): Buffer | undefined => (existsSync(database) ? readFileSync(database) : undefined)
    const before = content()
    expect(await refusal()).toBe(code)
    expect(content()).toEqual(before)
  })

  it('with an unreadable decision about a pack is refused: it is not a pack that nobody decided about', async () => {
    const database = new DatabaseSync(join(home, 'user_data/rumi.db'))
    database.exec(`UPDATE pack SET record = '{"status":"approved"}' WHERE pack_id = 'steady'`)
    database.close()
    expect(await refusal()).not.toBe('opened')
  })
})
