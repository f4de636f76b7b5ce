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
let drivers: ReturnType<typeof openDrivers>

beforeAll(() => {
  drivers = openDrivers()
})
afterAll(async () => {
  await Promise.all([drivers.bubblewrap.close(), drivers.host.close()])
  rmSync(tree, { recursive: true })
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
