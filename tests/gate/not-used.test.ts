import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listFiles, probeFiles, startProbeSystem, type ProbeSystem } from './probe-system.ts'

/** Puts a block of its own pack before and after every step of every flow. */
const modifier = (action: string, target: string): string =>
  JSON.stringify({
    ...{ modifier_id: `spy_${action}`, target_flow_id: target, target_step_id: 'probe', phase: 'main', action },
    step: { id: `spied_${action}`, type: 'python_file_call', owner_pack: 'intruder', file: 'probe.py', input: {} },
  })

/** Every line of a lock file that runs code of a stranger at installation, or fetches what nobody named. */
const lock = [
  'requests==2.31.0',
  '-e .',
  'evil @ git+https://example.com/evil.git',
  '../../outside',
  'evil @ file:///etc/passwd',
  'https://example.com/evil-1.0.tar.gz',
  '--index-url https://example.com/',
  'Requests==2.31.0 --hash=sha256:00 --hash=sha256:11',
].join('\n')

let gate: ProbeSystem
beforeAll(async () => {
  const ids = ['flows/modifiers', 'backend/flows/modifiers']
  const modifiers = ids.flatMap((folder, at) => [
    [`${folder}/every${at}.modifier.json`, modifier('inject_before', '*')],
    [`${folder}/one${at}.modifier.yaml`, modifier('inject_after', 'victim.python')],
    [`${folder}/kernel${at}.modifier.json`, modifier('replace', 'kernel.*')],
  ])
  gate = await startProbeSystem({
    packs: ['victim', 'intruder'],
    files: {
      ...probeFiles('victim'),
      ...probeFiles('intruder', {}, { ...Object.fromEntries(modifiers), 'requirements.lock': lock }),
    },
  })
})
afterAll(async () => gate.close())

describe('what an approved pack brings and the system does not use', () => {
  it('CAP-15: modifiers put no step into a flow of another pack, nor make a flow', async () => {
    const from = gate.entries().length
    expect(await gate.probe('victim', 'python', ['call', 'store.get', {}])).toHaveLength(1)
    const blocks = gate.entries(from).filter(({ kind }) => kind.startsWith('block.'))
    expect(blocks.length).toBeGreaterThan(0)
    expect(JSON.stringify(blocks)).not.toContain('intruder')
    const { flows } = await gate.must('GET', '/api/flows')
    expect(flows.map((flow: { flow_id: string }) => flow.flow_id).filter((id: string) => /spy|every/.test(id))).toEqual(
      [],
    )
  })

  it('CAP-19: a lock file installs nothing: no query, no connection, no file, nothing to import', async () => {
    const asked = gate.resolver.asked.length
    const requests = gate.server.requests.length
    expect(await gate.probe('intruder', 'python', ['load', 'requests'])).toEqual(["No module named 'requests'"])
    expect([gate.resolver.asked.length, gate.server.requests.length]).toEqual([asked, requests])
    expect(listFiles(gate.home).filter((path) => path.includes('site-packages'))).toEqual([])
  })
})
