/**
 * A kernel to be killed while skills and documents change. Says what it begins and, once it was answered, what is done.
 *
 *     node tests/crash/skills-workload.ts <home>
 */
import { writeSync } from 'node:fs'
import { ask, openHome } from './system.ts'

const [home = ''] = process.argv.slice(2)
const system = await openHome(home, 'permissive')

/** Synchronous, so that nothing that was said can be lost. */
function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

/** Brings one version of the skill after the other into force. */
async function evolveForever(): Promise<never> {
  for (;;) {
    const { version } = await ask(system, 'skills.show', { skill_id: 'probe' })
    const next = String(Number(version) + 1)
    const source = `export default skill('probe', { version: '${next}', content: '${next.repeat(500)}' })\n`
    const { proposal } = await ask(system, 'skills.propose', { source, reason: 'next' })
    await ask(system, 'skills.approve', { proposal_id: proposal.proposal_id, hash: proposal.hash })
    say({ begin: 'skill', version: next })
    await ask(system, 'skills.apply', { proposal_id: proposal.proposal_id })
    say({ done: 'skill', version: next })
  }
}

/** Creates documents, each with a file beside it. */
async function writeForever(): Promise<never> {
  const start = Date.now()
  for (let number = 0; ; number += 1) {
    const name = `doc-${start}-${number}`
    const files = [{ path: 'scripts/a.sh', content: Buffer.from(name).toString('base64'), executable: true }]
    say({ begin: 'document', name })
    await ask(system, 'knowledge.create', { name, content: `# ${name}\n`, files })
    say({ done: 'document', name })
  }
}

say({ done: 'open' })
await Promise.all([evolveForever(), writeForever()])
