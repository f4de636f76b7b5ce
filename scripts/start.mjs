/**
 * `npm start`: from a fresh checkout to a running system with the tutorial in it.
 *
 *     npm start -- [options of `rumi up`]
 *
 * RUMI_HOME names the folder of its state (`.rumi` in the repository), RUMI_API_PORT the port (8765).
 */
import { join, resolve } from 'node:path'
import { ensureBubblewrap, ensureInstalled, node24, root, runInForeground } from './ensure.mjs'

process.exitCode = await start()

async function start() {
  ensureInstalled()
  ensureBubblewrap()
  const home = resolve(process.env.RUMI_HOME || join(root, '.rumi'))
  const rumi = [node24, '--disable-warning=ExperimentalWarning', join(root, 'packages/app/src/cli/main.mjs')]
  const initialized = await runInForeground([...rumi, 'init', '--home', home, '--tutorial'])
  if (initialized !== 0) return initialized
  const port = process.env.RUMI_API_PORT || '8765'
  return runInForeground([...rumi, 'up', '--home', home, '--port', port, '--guide', ...process.argv.slice(2)])
}
