import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askingCall, openDrivers, valueOf, ways, writeTree } from './test-asking.ts'

const tree = writeTree({
  'handler.py':
    'def two(context, args):\n    return [context["step_id"], args]\n\ndef one(args):\n    return args\n\n' +
    'def none():\n    return "nothing"\n\ndef run(input_data, context):\n    return [input_data, context["step_id"]]\n',
  'handler.mjs':
    'export const two = async (context, args) => [context.step_id, args]\nexport const one = (args) => args\n' +
    'export const none = () => "nothing"\nexport const run = (input, context) => [input, context.step_id]\n',
})
/** The same block in packs that do and do not have `async` functions somewhere. */
const later = 'class Later:\n    def __await__(self):\n        return iter(())\n\n'
const block = `import sys\n${later}def run(_):\n    return "a" + "syncio" in sys.modules\n\ndef wait(_):\n    return Later()\n`
const packs = {
  plain: writeTree({ 'block.py': block }),
  asynchronous: writeTree({ 'block.py': block, 'deep/er/helper.py': 'async def help():\n    pass\n' }),
  large: writeTree({ 'block.py': block, 'data.py': '#'.repeat(1024 * 1024) }),
  many: writeTree({
    'block.py': block,
    ...Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`many/of${index}.py`, ''])),
  }),
}
let drivers: ReturnType<typeof openDrivers>

beforeAll(() => {
  drivers = openDrivers()
})
afterAll(async () => {
  await Promise.all([drivers.bubblewrap.close(), drivers.host.close()])
  for (const folder of [tree, ...Object.values(packs)]) rmSync(folder, { recursive: true })
})

describe.each(ways)('an entry of a file ($name)', (way) => {
  const entry = (name: string, style: 'block' | 'handler') =>
    drivers[way.driver].execute(
      askingCall({
        ...{ tree, file: `handler.${way.ending}`, isolation: way.isolation, input: 'in' },
        ...{ context: { step_id: 's' }, entry: { function: name, style } },
      }),
      new AbortController().signal,
    )

  it('is called as its style says, with as much as it takes', async () => {
    expect(valueOf(await entry('two', 'handler'))).toEqual(['s', 'in'])
    expect(valueOf(await entry('one', 'handler'))).toBe('in')
    expect(valueOf(await entry('none', 'handler'))).toBe('nothing')
    expect(valueOf(await entry('run', 'block'))).toEqual(['in', 's'])
    expect(valueOf(await entry('one', 'block'))).toBe('in')
    expect(await entry('missing', 'handler')).toMatchObject({ ok: false, errorType: 'block_missing' })
  })
})

describe.each(ways.filter(({ ending }) => ending === 'py'))('asyncio ($name)', (way) => {
  it.each([
    ['a pack without a word of it', 'plain', false],
    ['a pack that has an async function anywhere', 'asynchronous', true],
    ['a pack with more text than is looked through', 'large', true],
    ['a pack with more files than are looked through', 'many', true],
  ] as const)('is there for %s: %s', async (_, pack, isThere) => {
    const perform = async (name: string) => {
      const entry = { function: name, style: 'block' } as const
      const call = askingCall({ tree: packs[pack], file: 'block.py', isolation: way.isolation, pack, entry })
      return valueOf(await drivers[way.driver].execute(call, new AbortController().signal))
    }
    expect(await perform('run')).toBe(isThere)
    expect(await perform('wait')).toBe(null) // what can be awaited is, loaded before or not
  })
})
