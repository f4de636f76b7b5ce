/**
 * A kernel to be killed: a pack writes into a store, grants and secrets change without a pause. What is begun and what
 * was answered is said on standard output; what the pack was answered it writes into the journal itself.
 *
 *     node tests/crash/gate-workload.ts <home> <permissive | strict> <journal>
 */
import { writeSync } from 'node:fs'
import { ask, openHome, type Mode } from './system.ts'

const [home = '', mode = '', journal = ''] = process.argv.slice(2)
const system = await openHome(home, mode === 'strict' ? 'strict' : ('permissive' satisfies Mode))
const start = Date.now()

function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

/** Does one thing after the other and says of each when it begins and when it was answered. */
async function changeForever(
  what: string,
  change: (number: number) => readonly [string, object, object],
): Promise<never> {
  for (let number = 0; ; number += 1) {
    const [operation, input, then] = change(number)
    say({ what, begin: then })
    await ask(system, operation, input)
    say({ what, done: then })
  }
}

/** In a sandbox nobody but the kernel hears the pack: then the end of the run is what counts. */
async function write(name: string, count: number): Promise<void> {
  const wish = mode === 'strict' ? { name, count } : { name, count, journal }
  const { run_id: runId, status, result } = await ask(system, 'flows.run', { flow_id: 'write', inputs: { wish } })
  say({ done: 'run', runId, status, result })
}

async function writeForever(line: string): Promise<never> {
  for (let number = 0; ; number += 1) await write(`${line}${start}-${number}`, mode === 'strict' ? 3 : 40)
}

// The sandbox is ready when the first line is said: from then on every moment is one of work.
await write(`first${start}`, 1)
say({ done: 'open', interrupted: system.interrupted })
const grant = (number: number): readonly [string, object, object] => {
  const pair = { principal_id: 'steady', permission_id: 'store.get' }
  const store = `s${start}-${number}`
  if (number % 3 === 2) return ['grants.revoke', pair, { store: null }]
  return ['grants.grant', { ...pair, config: { allowed_store_ids: [store] } }, { store }]
}
const secret = (number: number): readonly [string, object, object] => {
  const value = `value-${start}-${number}`
  if (number % 3 === 2) return ['secrets.delete', { key: 'CHANGING' }, { value: null }]
  return ['secrets.set', { key: 'CHANGING', value }, { value }]
}
await Promise.all([
  writeForever('a'),
  writeForever('b'),
  changeForever('grant', grant),
  changeForever('secret', secret),
])
