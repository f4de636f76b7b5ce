import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ask, openHome } from './system.ts'

const manifest = (packId: string): string => JSON.stringify({ pack_id: packId, pack_identity: `local:${packId}` })
const step = (id: string, more: object): object => ({ id, phase: 'main', ...more })

const files: Readonly<Record<string, string>> = {
  'ecosystem/steady/ecosystem.json': manifest('steady'),
  'ecosystem/steady/blocks/add.py': 'def run(input_data):\n    return input_data["number"] + 1\n',
  'ecosystem/flip/ecosystem.json': manifest('flip'),
  'ecosystem/flip/blocks/a.py': '# first',
  'flows/pure.flow.json': JSON.stringify({
    flow_id: 'pure',
    phases: ['main'],
    outputs: ['sum'],
    steps: Array.from({ length: 60 }, (_, index) =>
      step(`s${index}`, { type: 'set', input: { key: 'sum', value: '${ctx.number}' } }),
    ),
  }),
  'flows/blocks.flow.json': JSON.stringify({
    flow_id: 'blocks',
    phases: ['main'],
    outputs: ['one', 'two'],
    steps: ['one', 'two'].map((id) =>
      step(id, { type: 'block', owner_pack: 'steady', file: 'add.py', input: { number: '${ctx.number}' }, output: id }),
    ),
  }),
}

/** A home with two packs, of which `steady` is approved and `flip` only scanned, and two flows. */
export async function createHome(): Promise<string> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'rumi-crash-')))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), text)
  }
  const system = await openHome(home, 'permissive')
  await ask(system, 'packs.approve', { pack_id: 'steady' })
  await ask(system, 'packs.scan', { pack_id: 'flip' })
  await system.close()
  return home
}
