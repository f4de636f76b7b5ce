import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { timingBlock } from './gate.ts'

const python = `def run(input_data, context=None):
    return {"message": "Hello, %s!" % input_data.get("name", "World")}
`
const typescript = `export async function run(input: { name?: string }): Promise<{ message: string }> {
  return { message: \`Hello, \${input.name ?? 'World'}!\` }
}
`
const spin = `def run(input_data, context=None):
    while True:
        pass
`

function manifest(packId: string, isolation: string): string {
  return JSON.stringify({ pack_id: packId, pack_identity: `bench:${packId}`, isolation })
}

function oneBlock(flowId: string, packId: string, file: string): string {
  return JSON.stringify({
    flow_id: flowId,
    phases: ['main'],
    outputs: { greeting: 'object' },
    steps: [
      {
        id: 'a',
        phase: 'main',
        type: 'block',
        owner_pack: packId,
        file,
        input: { name: '${ctx.name}' },
        output: 'greeting',
      },
    ],
  })
}

function fortySteps(flowId: string, packId: string): string {
  const steps = Array.from({ length: 40 }, (_, index) => ({
    id: `s${index}`,
    phase: 'main',
    priority: index,
    type: 'block',
    owner_pack: packId,
    file: 'hello.py',
    input: { name: `\${ctx.s${index - 1}.message}` },
    output: `s${index}`,
  }))
  return JSON.stringify({ flow_id: flowId, phases: ['main'], outputs: { s39: 'object' }, steps })
}

function sets(flowId: string, count: number): string {
  const steps = Array.from({ length: count }, (_, index) => ({
    id: `s${index}`,
    phase: 'main',
    type: 'set',
    priority: index,
    input: { key: `k${index % 20}`, value: index % 2 === 0 ? index : '${ctx.name}' },
  }))
  return JSON.stringify({ flow_id: flowId, phases: ['main'], outputs: { k1: 'string' }, steps })
}

const timing = JSON.stringify({
  flow_id: 'warm_timing',
  phases: ['main'],
  outputs: { timing: 'object' },
  steps: [
    {
      id: 'a',
      phase: 'main',
      type: 'block',
      owner_pack: 'warm_pack',
      file: 'timing.py',
      input: { what: '${ctx.what}', count: '${ctx.count}', url: '${ctx.url}' },
      output: 'timing',
      timeout_seconds: 600,
    },
  ],
})

/** A home with the packs and flows that the bench runs. */
export async function makeBenchHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'rumi-bench-'))
  const files: Record<string, string> = {
    'user_data/shared/flows/spin.flow.json': oneBlock('spin', 'fresh_pack', 'spin.py').replace(
      '"output"',
      '"timeout_seconds":30,"output"',
    ),
    'user_data/shared/flows/sets.flow.json': sets('sets', 500),
  }
  for (const isolation of ['fresh', 'warm']) {
    const packId = `${isolation}_pack`
    const backend = `ecosystem/${packId}/backend`
    files[`${backend}/ecosystem.json`] = manifest(packId, isolation)
    files[`${backend}/blocks/hello.py`] = python
    files[`${backend}/blocks/hello.ts`] = typescript
    files[`${backend}/blocks/spin.py`] = spin
    files[`${backend}/blocks/timing.py`] = timingBlock
    files[`user_data/shared/flows/${isolation}_python.flow.json`] = oneBlock(`${isolation}_python`, packId, 'hello.py')
    files[`user_data/shared/flows/${isolation}_node.flow.json`] = oneBlock(`${isolation}_node`, packId, 'hello.ts')
    files[`user_data/shared/flows/${isolation}_forty.flow.json`] = fortySteps(`${isolation}_forty`, packId)
  }
  files['user_data/shared/flows/warm_timing.flow.json'] = timing
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), { recursive: true, mode: 0o755 })
    await writeFile(join(home, path), content, { mode: 0o644 })
  }
  return home
}
