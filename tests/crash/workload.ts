/**
 * A kernel to be killed: opens the home, works without a pause and says each thing on its own line of standard output,
 * before it begins (`begin`) and, only once the system has answered, what the answer was (`done`).
 *
 *     node tests/crash/workload.ts <home> <permissive | strict>
 */
import { mkdirSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ask, openHome, type Mode } from './system.ts'

const [home = '', mode = ''] = process.argv.slice(2)
const system = await openHome(home, mode === 'strict' ? 'strict' : ('permissive' satisfies Mode))

/** Synchronous, so that nothing that was said can be lost. */
function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

/** Runs flows one after the other and says how each ended. */
async function runForever(flowId: string): Promise<never> {
  for (let number = 0; ; number += 1) {
    const { run_id: runId, status, result } = await ask(system, 'flows.run', { flow_id: flowId, inputs: { number } })
    say({ done: 'run', runId, status, result })
  }
}

/** Changes its mind about the pack `flip`, whose content changes all the time. */
async function decideForever(): Promise<never> {
  const start = Date.now()
  for (let number = 0; ; number += 1) {
    const folder = join(home, 'ecosystem/flip/blocks')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'next'), `# ${start} ${number}`)
    renameSync(join(folder, 'next'), join(folder, 'a.py'))
    say({ begin: 'approve' })
    const { approved_hash: hash } = await ask(system, 'packs.approve', { pack_id: 'flip' })
    say({ done: 'approve', hash })
    say({ begin: 'reject' })
    await ask(system, 'packs.reject', { pack_id: 'flip', reason: `${start} ${number}` })
    say({ done: 'reject', reason: `${start} ${number}` })
  }
}

say({ done: 'open', interrupted: system.interrupted })
await Promise.all([runForever('pure'), runForever('pure'), runForever('blocks'), decideForever()])
