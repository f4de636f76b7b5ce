import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createHome } from './home.ts'
import { ask, openHome } from './system.ts'

/**
 * Sets, exchanges and deletes, and writes down what was answered, where neither its own end nor the kernel's can take it
 * away. With a process to kill it does so the moment that it is refused.
 */
const writer = `
import os
import rumi_capability

def run(input_data):
    if "victim" in input_data:
        answer = rumi_capability.call("store.get", {"store_id": "nowhere", "key": "k"})
        if answer["error_type"] == "grant_denied":
            os.kill(input_data["victim"], 9)
        return answer
    journal = os.open(input_data["journal"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600) if "journal" in input_data else 1
    name = input_data["name"]

    def say(*words):
        if "journal" in input_data:
            os.write(journal, (" ".join(words) + "\\n").encode())

    def ask(operation, key, **more):
        say("begin", operation, key)
        answer = rumi_capability.call("store." + operation, {"store_id": "kept", "key": key, **more})
        if not answer["success"]:
            raise RuntimeError(answer["error"])
        say("done", operation, key)

    for number in range(input_data["count"]):
        key = "%s/%d" % (name, number)
        ask("set", key, value={"is": key, "padding": "x" * (number * 37 % 3000)})
        ask("cas", name + "/counter", expected_value=number or None, new_value=number + 1)
        if number % 3 == 2:
            ask("delete", "%s/%d" % (name, number - 1))
    return name
`

const step = { id: 'write', phase: 'main', type: 'block', owner_pack: 'writer', file: 'write.py', input: '${ctx.wish}' }
const files: Readonly<Record<string, string>> = {
  'ecosystem/writer/ecosystem.json': JSON.stringify({ pack_id: 'writer', pack_identity: 'local:writer' }),
  'ecosystem/writer/blocks/write.py': writer,
  'flows/write.flow.json': JSON.stringify({
    flow_id: 'write',
    phases: ['main'],
    outputs: ['written'],
    steps: [{ ...step, output: 'written' }],
  }),
}

/** How often the writer may change a value with what it was granted. */
export const maxUses = 1_000_000

/** A home as `createHome` makes it, with a pack that writes into a store under a grant that is counted down. */
export async function createGateHome(): Promise<string> {
  const home = await createHome()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), text)
  }
  const system = await openHome(home, 'permissive')
  await ask(system, 'packs.scan', {})
  await ask(system, 'packs.approve', { pack_id: 'writer' })
  await ask(system, 'stores.create', { store_id: 'kept' })
  for (const permission of ['store.set', 'store.cas', 'store.delete']) {
    const uses = permission === 'store.cas' ? { max_uses: maxUses } : {}
    const config = { allowed_store_ids: ['kept'] }
    await ask(system, 'grants.grant', { principal_id: 'writer', permission_id: permission, config, ...uses })
  }
  await system.close()
  return home
}
