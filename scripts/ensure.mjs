/**
 * Makes a fresh checkout ready, so that `npm start` and `npm test` are the only commands to know: the npm packages, the
 * Node 24 among them, and the two programs of the system that run blocks.
 */
import { spawnSync } from 'node:child_process'
import { delimiter } from 'node:path'
import { isInstalled, writeStamp } from './ensure/lock.mjs'
import { findProgram, isExecutable, node24, root, stop, succeeds } from './ensure/run.mjs'
import { planInstallation } from './ensure/system-packages.mjs'

const OLDEST_NODE = 20
/**
 * Node 24 and the tools of the gate are development dependencies, which NODE_ENV=production would leave out. npm may run
 * on an older Node than everything else; its warnings about that would only frighten.
 */
const npmOptions = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error']

/**
 * Runs `npm ci` when node_modules is missing or is not what package-lock.json says, and makes sure that Node 24 came
 * with it. Ends the process with an explanation when it cannot.
 */
export function ensureInstalled() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    stop(`Node ${process.versions.node} is too old to install Rumi. Install Node ${OLDEST_NODE} or newer.`)
  }
  if (!isInstalled(root)) installPackages()
  if (findNodeVersion() === 24) return
  // npm was told not to run install scripts; this one is approved by name in package.json ("allowScripts").
  succeeds(['npm', 'rebuild', 'node', '--ignore-scripts=false', ...npmOptions], environmentForNpm())
  if (findNodeVersion() === 24) return
  stop(
    'Node 24 is missing: the install script of the npm package "node" did not run or failed.',
    'Type this to see why:  npm rebuild node --ignore-scripts=false --foreground-scripts',
  )
}

/**
 * Makes sure that there are bubblewrap, which runs blocks without access to the machine, and Python 3.9 or newer, which
 * Python blocks need. Installs them when this user may; else ends the process with the one command to type.
 * With RUMI_ALLOW_NO_SANDBOX=1 it warns and goes on: blocks that need what is missing answer `sandbox_unavailable`.
 */
export function ensureBubblewrap() {
  if (findMissing().length === 0) return
  const { attempts, advice } = planInstallation({
    missing: findMissing(),
    find: findProgram,
    isRoot: process.getuid?.() === 0,
    maySudo: findProgram('sudo') !== undefined && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0,
  })
  if (attempts.length > 0) console.log(`Installing ${findMissing().join(' and ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  attempts.some((commands) => commands.every((command) => succeeds(command, env)))
  const missing = findMissing()
  if (missing.length === 0) return
  const names = missing.map((name) => (name === 'python' ? 'Python 3.9 or newer in /usr' : name)).join(' and ')
  const problem = `Blocks of packs cannot run without ${names}.`
  if (process.env.RUMI_ALLOW_NO_SANDBOX === '1') console.warn(`${problem} Going on, as RUMI_ALLOW_NO_SANDBOX says.`)
  else stop(problem, `Type:  ${advice}`, 'To go on without, set RUMI_ALLOW_NO_SANDBOX=1.')
}

function installPackages() {
  console.log('Installing the npm packages of package-lock.json …')
  if (!succeeds(['npm', 'ci', ...npmOptions], environmentForNpm())) {
    stop('The npm packages could not be installed; the reason is above.', 'Type this to try again:  npm ci')
  }
  writeStamp(root)
}

/** `npm ci` deletes the Node in node_modules, so npm must not run on that one. */
function environmentForNpm() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(`${root}/`))
  return { ...process.env, PATH: folders.join(delimiter) }
}

function findNodeVersion() {
  if (!isExecutable(node24)) return undefined
  const { stdout } = spawnSync(node24, ['--version'], { encoding: 'utf8' })
  return Number.parseInt((stdout ?? '').slice(1), 10)
}

function findMissing() {
  return [...(findProgram('bwrap') === undefined ? ['bubblewrap'] : []), ...(hasPython() ? [] : ['python'])]
}

/** The sandbox shows blocks /usr only, so a Python in somebody's home would not do when this one is missing or old. */
function hasPython() {
  const check = 'import sys; sys.exit(sys.version_info < (3, 9))'
  const pythons = ['/usr/bin/python3', '/usr/local/bin/python3'].filter(isExecutable)
  return pythons.some((python) => spawnSync(python, ['-I', '-c', check], { stdio: 'ignore' }).status === 0)
}

export { node24, root, runInForeground, stop } from './ensure/run.mjs'
