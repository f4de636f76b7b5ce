/**
 * A kernel that is killed by the block that it refuses something, in the moment that the block reads it.
 *
 *     node tests/crash/deny-once.ts <home>
 */
import { ask, openHome } from './system.ts'

const system = await openHome(process.argv[2] ?? '', 'permissive')
await ask(system, 'flows.run', { flow_id: 'write', inputs: { wish: { victim: process.pid } } })
