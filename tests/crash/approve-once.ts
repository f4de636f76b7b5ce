/**
 * Opens a home, approves the pack `flip`, says so and ends as if it were killed.
 *
 *     node tests/crash/approve-once.ts <home>
 */
import { writeSync } from 'node:fs'
import { ask, openHome } from './system.ts'

const system = await openHome(process.argv[2] ?? '', 'permissive')
writeSync(1, 'open\n')
const { approved_hash: hash } = await ask(system, 'packs.approve', { pack_id: 'flip' })
writeSync(1, `approved ${hash}\n`)
process.kill(process.pid, 'SIGKILL')
