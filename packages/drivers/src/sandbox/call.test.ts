import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packIdSchema, treeHashSchema, type JsonValue } from '@rumi/kernel/base'
import { defaultLimits, type BlockCall, type BlockLimits } from '@rumi/kernel/sandbox'
import { frameKind } from '../channel/index.ts'
import { describeEnd, encodeCall, PendingCall, readEnd } from './call.ts'

function callOf(limits: Partial<BlockLimits> = {}): BlockCall {
  return {
    packId: packIdSchema.parse('pack'),
    treeHash: treeHashSchema.parse(`sha256:${'0'.repeat(64)}`),
    treePath: '/somewhere/on/the/host',
    subdir: 'backend',
    file: 'backend/blocks/a.py',
    runtime: 'python',
    isolation: 'fresh',
    input: { name: '日本' },
    context: { step_id: 's' },
    limits: { ...defaultLimits('python', 1000), ...limits },
  }
}

function pendingOf(limits: Partial<BlockLimits> = {}): PendingCall {
  const pending = new PendingCall(callOf(limits), 'bubblewrap_fresh', { body: Buffer.alloc(0) })
  pending.begin()
  return pending
}

const resultOf = (text: string | Buffer) => ({ kind: frameKind.result, call: 1, body: Buffer.from(text) })

describe('the request of a call', () => {
  it('is six limits and what the block is to know, and nothing about the host', () => {
    const body = encodeCall(
      callOf({ memoryBytes: 2048, pids: 2, cpuSeconds: 3, tmpBytes: 4, openFiles: 5, fileBytes: 6 }),
    )
    expect(Array.from({ length: 6 }, (_, index) => body.readUInt32BE(index * 4))).toEqual([2, 2, 3, 4, 5, 6])
    expect(JSON.parse(body.toString('utf8', 24))).toEqual({
      file: 'backend/blocks/a.py',
      subdir: 'backend',
      input: { name: '日本' },
      context: { step_id: 's' },
      limits: { answerBytes: 4 * 1024 * 1024 },
    })
  })

  it('names what to call in the file when it is not `run`', () => {
    const entry = { function: 'execute', style: 'handler' } as const
    expect(JSON.parse(encodeCall({ ...callOf(), entry }).toString('utf8', 24))).toMatchObject({ entry })
  })
})

describe('an answer', () => {
  it('is taken as it is, whatever JSON it holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 20 }), async (value) => {
        const text = JSON.stringify({ ok: true, value })
        fc.pre(text.isWellFormed() && !/\\u[dD][89a-fA-F]/.test(text))
        const pending = pendingOf()
        pending.answer(resultOf(text))
        const expected: JsonValue = JSON.parse(JSON.stringify(value))
        expect(await pending.settled).toEqual({ ok: true, value: expected, log: '', posture: 'bubblewrap_fresh' })
      }),
    )
  })

  it('is never anything but bad_output when it is some other bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (bytes) => {
        const pending = pendingOf()
        pending.answer(resultOf(Buffer.from(bytes)))
        expect(await pending.settled).toMatchObject({ ok: false, errorType: 'bad_output' })
      }),
    )
  })

  it('is bad_output when it holds half of a character, in a text or in a key, and fine when it holds both halves', async () => {
    for (const text of ['"\\ud83e"', '["\\uDD8A"]', '{"\\ud800":1}', '{"a":{"b":["\\udfff x"]}}']) {
      const pending = pendingOf()
      pending.answer(resultOf(`{"ok":true,"value":${text}}`))
      expect(await pending.settled).toMatchObject({ ok: false, errorType: 'bad_output' })
    }
    const pending = pendingOf()
    pending.answer(resultOf('{"ok":true,"value":"\\ud83e\\udd8a"}'))
    expect(await pending.settled).toMatchObject({ ok: true, value: '🦊' })
  })

  it('is bad_output when it is larger than the limit', async () => {
    const pending = pendingOf({ answerBytes: 10 })
    pending.answer(resultOf(`{"ok":true,"value":"${'x'.repeat(200)}"}`))
    expect(await pending.settled).toMatchObject({ ok: false, errorType: 'bad_output' })
  })

  it('counts once: nothing that comes later changes it', async () => {
    const pending = pendingOf()
    pending.answer(resultOf('{"ok":true,"value":1}'))
    pending.answer(resultOf('{"ok":true,"value":2}'))
    pending.fail('oom', 'later')
    expect(pending.done).toBe(true)
    expect(await pending.settled).toMatchObject({ ok: true, value: 1 })
  })

  it('does not count when the call has been given up, and neither does any other end', async () => {
    const pending = pendingOf()
    pending.condemn({ errorType: 'timeout', message: 'too long' })
    pending.condemn({ errorType: 'cancelled', message: 'and then' })
    pending.answer(resultOf('{"ok":true,"value":1}'))
    expect(pending.done).toBe(false)
    pending.fail('oom', 'our own kill')
    expect(await pending.settled).toMatchObject({ ok: false, errorType: 'timeout', message: 'too long' })
  })

  it('has an error message that can be recorded', async () => {
    const pending = pendingOf()
    pending.answer(resultOf('{"ok":false,"type":"block_error","message":"half \\ud800"}'))
    const outcome = await pending.settled
    expect(outcome).toMatchObject({ ok: false, errorType: 'block_error', message: 'half �' })
  })
})

describe('a call that was not begun', () => {
  it('was rejected: it ran nowhere', async () => {
    const pending = new PendingCall(callOf(), 'bubblewrap_fresh', { body: Buffer.alloc(0) })
    pending.fail('busy', 'too many')
    expect(await pending.settled).toMatchObject({ ok: false, posture: 'rejected' })
  })
})

describe('a log', () => {
  it('is the beginning of what was printed, up to the limit, and says when there is more', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[a-z]{0,40}$/)),
        fc.integer({ min: 1, max: 200 }),
        async (parts, logBytes) => {
          const pending = pendingOf({ logBytes })
          const whole = parts.join('')
          const fits = parts.map((part) => pending.addLog(Buffer.from(part)))
          pending.fail('oom', 'end')
          const { log } = await pending.settled
          expect(log).toBe(whole.slice(0, logBytes))
          // Printing nothing counts as one byte, so that it cannot be done for ever.
          const counted = parts.reduce((sum, part) => sum + Math.max(1, part.length), 0)
          expect(fits.every(Boolean)).toBe(counted <= logBytes)
        },
      ),
    )
  })

  it('LIM-08: takes no more memory for being printed in many parts', async () => {
    const pending = pendingOf({ logBytes: 100_000 })
    for (let part = 0; part < 100_000; part += 1) expect(pending.addLog(Buffer.from('x'))).toBe(true)
    expect(pending.addLog(Buffer.from('x'))).toBe(false)
    expect(pending.addLog(Buffer.alloc(0))).toBe(false)
    pending.fail('output_too_large', 'end')
    expect((await pending.settled).log).toBe('x'.repeat(100_000))
  })
})

describe('the end of a process', () => {
  it.each([
    [{ signal: 9 }, 'oom'],
    [{ signal: 24 }, 'timeout'],
    [{ signal: 6 }, 'bad_output'],
    [{ code: 0 }, 'bad_output'],
    [{ code: 97 }, 'bad_output'],
    [{ setup: 1 }, 'internal'],
    [{ fork: 11 }, 'busy'],
    [{ violation: 1 }, 'bad_output'],
    [{ code: 134, tail: 'FATAL ERROR: JavaScript heap out of memory' }, 'oom'],
    [{}, 'bad_output'],
  ])('is explained: %o', (end, errorType) => {
    expect(describeEnd(end)).toMatchObject({ errorType, message: expect.stringMatching(/\S/) })
  })

  it('is read from the fork server, and from nothing that is not its word', () => {
    const frame = (body: string, kind: number = frameKind.end) => ({ kind, call: 1, body: Buffer.from(body) })
    expect(readEnd(frame('{"signal":9}'))).toEqual({ signal: 9 })
    expect(readEnd(frame('{"signal":9}', frameKind.result))).toEqual({})
    for (const body of ['', '[]', '{"signal":"9"}', '{"signal":9,"more":1}', 'x'.repeat(1000)]) {
      expect(readEnd(frame(body))).toEqual({})
    }
  })
})
