import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createExportVerifier, parseVerifierKey, type LedgerReport } from '@rumi/kernel/ledger'
import { expectProblem, packFiles, readAnswer, startTestSystem, type TestSystem } from '../http/system.ts'
import { removeFolder } from '../support/remove-folder.ts'

const flow = `
flow_id: greeter.both
description: Greets in two languages
inputs: {name: string}
outputs: {python: object, typescript: object}
phases: [main]
steps:
  - id: from_python
    phase: main
    type: python_file_call
    owner_pack: greeter
    file: blocks/hello.py
    input: {name: "\${ctx.name}"}
    output: python
  - id: from_typescript
    phase: main
    type: python_file_call
    owner_pack: greeter
    file: blocks/hello.ts
    input: {name: "\${ctx.name}"}
    output: typescript
`
const greeter = packFiles('greeter', {
  'blocks/hello.py': 'def run(input_data, context=None):\n    return {"text": "Hello, " + input_data["name"]}\n',
  'blocks/hello.ts':
    'interface Input { name: string }\nexport function run(input: Input): { text: string } {\n  return { text: `Hello, ${input.name}` }\n}\n',
  'flows/both.flow.yaml': flow,
})
const run = { inputs: { name: 'Ada' } }

describe('an operator who only speaks HTTP', () => {
  let rumi: TestSystem
  const hashes: string[] = []

  beforeAll(async () => {
    rumi = await startTestSystem({ files: greeter })
  })
  afterAll(async () => rumi.close())

  it('finds a new pack as installed, and nothing of it runs', async () => {
    expect((await rumi.ask('GET', '/api/packs')).body.data).toMatchObject([{ pack_id: 'greeter', status: 'installed' }])
    expect((await rumi.ask('GET', '/api/packs/pending')).body.data).toEqual(['greeter'])
    expectProblem(await rumi.ask('POST', '/api/flows/greeter.both/run', run), 404, 'flow.unknown')
  })

  it('scans it, which approves nothing: a run is refused and nothing is executed', async () => {
    const scanned = await rumi.ask('POST', '/api/packs/scan', {})
    expect(scanned.body.data).toMatchObject({ scanned: 1, packs: [{ pack_id: 'greeter', status: 'pending' }] })
    hashes.push(scanned.body.data.packs[0].tree_hash)
    expectProblem(await rumi.ask('POST', '/api/flows/greeter.both/run', run), 403, 'pack.not_approved')
    expect((await rumi.ask('GET', '/api/runs')).body.data).toEqual({ runs: [], count: 0 })
  })

  it('approves what was reviewed, by its hash, and it runs at once in both languages', async () => {
    const review = await rumi.ask('GET', '/api/packs/greeter')
    expect(review.body.data.files.map(({ path }: { path: string }) => path)).toContain('blocks/hello.py')
    const approved = await rumi.ask('POST', '/api/packs/greeter/approve', { tree_hash: hashes[0], notes: 'read it' })
    expect(approved.body.data).toMatchObject({ status: 'approved', approved_hash: hashes[0] })
    const ran = await rumi.ask('POST', '/api/flows/greeter.both/run', run)
    expect(ran.status).toBe(200)
    expect(ran.body).toMatchObject({
      success: true,
      error: null,
      data: {
        success: true,
        flow_id: 'greeter.both',
        result: { python: { text: 'Hello, Ada' }, typescript: { text: 'Hello, Ada' } },
      },
    })
  })

  it('can read every step of the run, and where it ran', async () => {
    const [newest] = (await rumi.ask('GET', '/api/runs')).body.data.runs
    const shown = await rumi.ask('GET', `/api/runs/${newest.run_id}`)
    const steps = ['from_python', 'from_typescript'].map((id) => ({
      step_id: id,
      status: 'completed',
      sandbox: 'bubblewrap_fresh',
      input: { name: 'Ada' },
      output: { text: 'Hello, Ada' },
    }))
    expect(shown.body.data).toMatchObject({ status: 'completed', caller: 'operator/http', steps })
  })

  it('runs nothing of a pack that was edited after its approval', async () => {
    rumi.write(packFiles('greeter', { 'blocks/hello.py': 'def run(input_data, context=None):\n    return "new"\n' }))
    expectProblem(await rumi.ask('POST', '/api/flows/greeter.both/run', run), 403, 'pack.modified')
    expect((await rumi.ask('GET', '/api/packs/greeter/status')).body.data).toMatchObject({ status: 'modified' })
    const { changes } = (await rumi.ask('GET', '/api/packs/greeter')).body.data
    expect(changes).toEqual({ added: [], removed: [], changed: ['blocks/hello.py'] })
  })

  it('cannot approve the edited files by the hash of the old ones', async () => {
    const refused = await rumi.ask('POST', '/api/packs/greeter/approve', { tree_hash: hashes[0] })
    expectProblem(refused, 409, 'pack.hash_mismatch')
    expectProblem(await rumi.ask('POST', '/api/flows/greeter.both/run', run), 403, 'pack.modified')
  })

  it('approves with no body at all, as the guide shows it, and the new files run without a restart', async () => {
    const approved = await readAnswer(
      await fetch(`${rumi.server.url}/api/packs/greeter/approve`, {
        method: 'POST',
        headers: { authorization: `Bearer ${rumi.system.operatorToken}` },
      }),
    )
    hashes.push(approved.body.data.approved_hash)
    expect(hashes[1]).not.toBe(hashes[0])
    const ran = await rumi.ask('POST', '/api/flows/greeter.both/run', run)
    expect(ran.body.data.result).toEqual({ python: 'new', typescript: { text: 'Hello, Ada' } })
  })

  it('runs a flow dropped into the shared folder at once, beside a broken one that is explained', async () => {
    rumi.write({
      'user_data/shared/flows/broken.flow.yaml':
        'flow_id: broken\nphases: [main]\nsteps:\n  - {id: a, phase: main, type: sett}\n',
      'user_data/shared/flows/wave.flow.yaml':
        'flow_id: wave\noutputs: {hand: text}\nphases: [main]\nsteps:\n' +
        '  - {id: a, phase: main, type: set, input: {key: hand, value: "${ctx.side}"}}\n',
    })
    const listed = (await rumi.ask('GET', '/api/flows')).body.data
    expect(listed.flows).toEqual(['greeter.both', 'wave'])
    expect(listed.diagnostics).toMatchObject([
      {
        severity: 'error',
        code: 'flow.step_type_unknown',
        file: 'user_data/shared/flows/broken.flow.yaml',
        line: 4,
        column: 32,
        hint: expect.stringContaining('Did you mean "set"?'),
      },
    ])
    const ran = await rumi.ask('POST', '/api/flows/wave/run', { inputs: { side: 'left' } })
    expect(ran.body.data).toMatchObject({ success: true, result: { hand: 'left' } })
  })

  it('rejects the pack, which blocks it at once, and takes that back by approving', async () => {
    const rejected = await rumi.ask('POST', '/api/packs/greeter/reject', { reason: 'not needed' })
    expect(rejected.body.data).toMatchObject({ status: 'blocked', reason: 'not needed' })
    expectProblem(await rumi.ask('POST', '/api/flows/greeter.both/run', run), 403, 'pack.blocked')
    await rumi.ask('POST', '/api/packs/greeter/approve', {})
    expect((await rumi.ask('POST', '/api/flows/greeter.both/run', run)).body.data).toMatchObject({ success: true })
  })

  it('finds every decision and every execution on the ledger, in order', async () => {
    const { entries } = (await rumi.ask('GET', '/api/ledger/entries?limit=1000')).body.data
    const ran = (names: readonly string[]) => [
      'run.start greeter.both',
      ...names.flatMap((name) => [`block.start ${name}`, `block.end ${name}`]),
      'run.end completed',
    ]
    const both = ran(['from_python', 'from_typescript'])
    expect(entries.map(describeEntry)).toEqual([
      'system.start bubblewrap',
      `pack.scan ${hashes[0]}`,
      'flow.refuse not_approved',
      `pack.approve ${hashes[0]}`,
      ...both,
      `pack.modified ${hashes[1]}`,
      'flow.refuse modified',
      'pack.refuse pack.hash_mismatch',
      'flow.refuse modified',
      `pack.approve ${hashes[1]}`,
      ...both,
      ...['run.start wave', 'run.end completed'],
      'pack.reject not needed',
      'flow.refuse blocked',
      `pack.approve ${hashes[1]}`,
      ...both,
    ])
  })

  it('exports the ledger, and anybody who has the public key can verify it offline', async () => {
    const key = (await rumi.ask('GET', '/api/ledger/head')).body.data.verifier_key
    const { lines, size } = (await rumi.ask('GET', '/api/ledger/export')).body.data
    expect(verify(key, lines)).toMatchObject({ ok: true, size, problems: [] })
    const at = lines.findIndex((line: string) => line.includes('"kind":"pack.approve"'))
    const forged = lines.with(at, flipByte(lines[at], lines[at].indexOf('sha256:') + 7))
    expect(verify(key, forged)).toMatchObject({ ok: false, firstBad: { reason: 'changed' } })
    expect(verify(key, lines.toSpliced(at, 1)).ok).toBe(false)
  })
})

describe('a restart', () => {
  it('keeps approvals, runs and the ledger, and shows that the system started again', async () => {
    const home = mkdtempSync(join(tmpdir(), 'rumi-restart-'))
    const first = await startTestSystem({ home, files: greeter })
    await first.ask('POST', '/api/packs/greeter/approve')
    await first.ask('POST', '/api/flows/greeter.both/run', run)
    const checkpoint = (await first.ask('GET', '/api/ledger/head')).body.data.checkpoint
    await first.close()
    const again = await startTestSystem({ home })
    try {
      expect((await again.ask('GET', '/api/packs/greeter/status')).body.data.status).toBe('approved')
      expect((await again.ask('GET', '/api/runs')).body.data).toMatchObject({
        count: 1,
        runs: [{ status: 'completed' }],
      })
      const verified = await again.ask('POST', '/api/ledger/verify', { trusted: checkpoint })
      expect(verified.body.data).toMatchObject({ ok: true, problems: [] })
      const { entries } = (await again.ask('GET', '/api/ledger/entries?limit=1000')).body.data
      expect(
        entries.map(({ kind }: { kind: string }) => kind).filter((kind: string) => kind.startsWith('system.')),
      ).toEqual(['system.start', 'system.stop', 'system.start'])
    } finally {
      await again.close()
      removeFolder(home)
    }
  })
})

interface Entry {
  readonly kind: string
  readonly data: Readonly<Record<string, string>>
}

/** An entry's kind and the one thing that tells it from others. */
function describeEntry({ kind, data }: Entry): string {
  const what = {
    run: kind === 'run.start' ? data['flow_id'] : data['status'],
    block: data['step_id'],
    system: data['sandbox'],
  }[kind.split('.', 1)[0] ?? '']
  return `${kind} ${what ?? data['tree_hash'] ?? data['reason']}`
}

function verify(key: string, lines: readonly string[]): LedgerReport {
  const parsed = parseVerifierKey(key)
  if (!parsed.ok) throw new Error('the key cannot be read')
  const verifier = createExportVerifier(parsed.value)
  for (const line of lines) verifier.line(line)
  return verifier.finish()
}

function flipByte(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1)
}
