/**
 * `npm test`: everything a change has to pass.
 *
 *     node scripts/gate.mjs [--only types,format,lint,layers,unused,tests] [-- arguments of vitest]
 *
 * Prints a line per stage, what failed stages say, and the tests that were skipped. Exits with 1 when a stage failed or
 * a test under tests/escape was skipped.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBubblewrap, ensureInstalled, node24, root, stop } from './ensure.mjs'
import { findSkipped } from './gate/skipped.mjs'
import { measure, run, runStage, stages } from './gate/stages.mjs'
import { makeTemporaryFolder } from './gate/temporary-folder.mjs'

const AT_ONCE = 2

process.exitCode = await main(readArguments(process.argv.slice(2)))

async function main({ only, vitestArguments }) {
  ensureInstalled()
  if (only.includes('tests')) ensureBubblewrap()
  const hasTests = only.includes('tests')
  const checks = runAll(
    only.filter((name) => name !== 'tests'),
    hasTests,
  )
  const tests = hasTests ? [await report('tests', () => runTests(vitestArguments))] : []
  const results = [...(await checks), ...tests]
  const failed = results.filter(({ isOk }) => !isOk).map(({ name }) => name)
  console.log(failed.length === 0 ? '\nEverything passed.' : `\nFailed: ${failed.join(', ')}`)
  return failed.length === 0 ? 0 : 1
}

function readArguments(given) {
  const end = given.includes('--') ? given.indexOf('--') : given.length
  const own = given.slice(0, end)
  const names = [...Object.keys(stages), 'tests']
  const only = own.length === 0 ? names : (own[1] ?? '').split(',')
  if (own.length > 0 && (own.length !== 2 || own[0] !== '--only')) stop('Usage: gate.mjs [--only a,b] [-- vitest …]')
  const unknown = only.filter((name) => !names.includes(name))
  if (unknown.length > 0) stop(`There is no stage "${unknown.join(', ')}". The stages are: ${names.join(', ')}`)
  return { only, vitestArguments: given.slice(end + 1) }
}

/**
 * Runs stages a few at a time: more would only make each of them slower.
 *
 * @param {string[]} names
 * @param {boolean} isBeside Whether they only take what the tests beside them leave of the processors.
 */
async function runAll(names, isBeside) {
  const waiting = [...names]
  const results = []
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const stage = name
      results.push(await report(stage, () => runStage(stage, isBeside)))
    }
  }
  await Promise.all(Array.from({ length: isBeside ? 1 : AT_ONCE }, work))
  return results
}

async function report(name, work) {
  const { isOk, output, seconds } = await measure(work)
  console.log(`${isOk ? 'ok    ' : 'FAILED'}  ${name.padEnd(7)} ${seconds.toFixed(1).padStart(6)} s`)
  if (output !== '') process.stdout.write(`${output.trimEnd()}\n`)
  return { name, isOk }
}

async function runTests(vitestArguments) {
  const folder = makeTemporaryFolder()
  const file = join(folder, 'report.json')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${file}`]
  // A forgotten `.only` would silently leave out every other test of its file.
  const command = [node24, vitest, 'run', '--allowOnly=false', ...reporters, ...vitestArguments]
  const { isOk } = await run(command, 'inherit', { TMPDIR: folder })
  return judgeSkipped(isOk, readReport(file), vitestArguments)
}

function judgeSkipped(isOk, testReport, vitestArguments) {
  if (testReport === undefined) return { isOk: false, output: 'vitest wrote no report; it did not finish' }
  const { skipped, security } = findSkipped(testReport, root)
  // With a filter by name every other test counts as skipped, which says nothing.
  if (vitestArguments.some((given) => /^(?:-t|--testNamePattern)/.test(given))) return { isOk, output: '' }
  return {
    isOk: isOk && security.length === 0,
    output: [
      `${skipped.length} skipped tests`,
      ...skipped.map((test) => `  ${test}`),
      ...security.map((test) => `skipped security test: ${test}`),
    ].join('\n'),
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
