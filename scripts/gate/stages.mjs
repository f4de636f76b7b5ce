import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { node24, root } from '../ensure.mjs'

const bin = join(root, 'node_modules/.bin')
const quiet = ['--no-progress', '--no-config-hints']
const withoutTests = join(root, 'scripts/gate/knip-without-tests.json')

/** The stages before the tests, by name. A stage is a list of commands that all run and must all end with 0. */
export const stages = {
  types: [[join(bin, 'tsc'), '-p', '.']],
  format: [[join(bin, 'oxfmt'), '--check', '.']],
  lint: [[join(bin, 'oxlint'), '--type-aware', '--deny-warnings', '.']],
  layers: [[node24, join(root, 'scripts/check-layers.mjs'), root]],
  unused: [
    [join(bin, 'knip'), ...quiet],
    // Leaves the tests out and so finds what only tests use.
    [join(bin, 'knip'), ...quiet, '--production', '--config', withoutTests, '--include', 'files,exports'],
  ],
}

/**
 * Runs a command in the repository on Node 24.
 *
 * @param {string[]} command
 * @param {'inherit' | 'pipe'} output `pipe` collects what it prints instead of showing it.
 * @param {Record<string, string>} environment Added to ours.
 * @returns {Promise<{ isOk: boolean, output: string }>}
 */
export function run(command, output, environment = {}) {
  const [program, ...args] = command
  const env = {
    ...process.env,
    ...environment,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
    // Programs that tests start again and again need not compile the same sources each time.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/compiled'),
  }
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', output, output] })
  const chunks = []
  child.stdout?.on('data', (chunk) => chunks.push(chunk))
  child.stderr?.on('data', (chunk) => chunks.push(chunk))
  return new Promise((settle) => {
    child.once('error', (error) => settle({ isOk: false, output: `${error.message}\n` }))
    child.once('close', (code) => settle({ isOk: code === 0, output: Buffer.concat(chunks).toString('utf8') }))
  })
}

/**
 * Runs a stage's commands one after the other and collects what those that failed print.
 *
 * @param {string} name
 * @param {boolean} isBeside Whether it only takes what others leave of the processors.
 */
export async function runStage(name, isBeside) {
  const results = []
  const politely = isBeside ? ['nice', '-n', '19'] : []
  for (const command of stages[name]) results.push(await run([...politely, ...command], 'pipe'))
  const failures = results.filter(({ isOk }) => !isOk)
  return { isOk: failures.length === 0, output: failures.map(({ output }) => output).join('') }
}

/** The result of `work` and the seconds it took. */
export async function measure(work) {
  const start = performance.now()
  const result = await work()
  return { ...result, seconds: (performance.now() - start) / 1000 }
}
