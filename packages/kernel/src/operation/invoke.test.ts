import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { err, ok, type Problem } from '../base/index.ts'
import { invoke } from './invoke.ts'
import { defineOperation, type CallContext, type Caller, type Operation } from './operation.ts'

interface Services {
  readonly log: string[]
}

const input = z.strictObject({ n: z.number().int().min(1), name: z.string().default('x') })
const double: Operation<Services, typeof input, z.ZodNumber> = {
  name: 'numbers.double',
  summary: 'Doubles a number.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/numbers/{n}' },
  input,
  output: z.number(),
  run: async ({ log }, { n, name }) => {
    log.push(name)
    if (n === 7) throw new Error('a bug with /a/path')
    return n === 9 ? err({ code: 'number.refused', status: 409, message: 'Not nine.' }) : ok(n * 2)
  },
}

const operator: Caller = { kind: 'operator', via: 'http' }
const internal: Problem = { code: 'internal', status: 500, message: 'Something is broken.' }

async function call(given: unknown, caller: Caller, who: 'anyone' | 'delegate' | 'operator' = 'operator') {
  const log: string[] = []
  const exceptions: unknown[] = []
  const context: CallContext = { caller, signal: new AbortController().signal }
  const outcome = await invoke(defineOperation({ ...double, who }), {
    services: { log },
    input: given,
    context,
    onException: (error) => {
      exceptions.push(error)
      return internal
    },
  })
  return { outcome, log, exceptions }
}

describe('invoke', () => {
  it('gives the operation its checked input and the caller its answer', async () => {
    expect(await call({ n: 4 }, operator)).toEqual({ outcome: { ok: true, value: 8 }, log: ['x'], exceptions: [] })
  })

  it.each([
    ['anyone', true],
    ['delegate', true],
    ['operator', false],
  ] as const)('lets a delegate have what is for %s: %s', async (who, isAllowed) => {
    const { outcome, log } = await call({ n: 4 }, { kind: 'delegate', via: 'http' }, who)
    if (isAllowed) expect(outcome).toEqual({ ok: true, value: 8 })
    else expect([outcome, log]).toMatchObject([{ ok: false, error: { code: 'auth.forbidden', status: 403 } }, []])
  })

  it.each([
    ['good input', { n: 4 }],
    ['bad input', { secret: true }],
    ['no input', undefined],
  ])('refuses a stranger before it looks at %s', async (_, given) => {
    const { outcome, log } = await call(given, { kind: 'anonymous' })
    expect([outcome, log]).toEqual([
      {
        ok: false,
        error: {
          code: 'auth.required',
          status: 401,
          message: 'Unauthorized',
          hint: 'Send "Authorization: Bearer <token>"; the token: rumi token',
        },
      },
      [],
    ])
  })

  it('lets a stranger into what is for anyone', async () => {
    expect((await call({ n: 1 }, { kind: 'anonymous' }, 'anyone')).outcome).toEqual({ ok: true, value: 2 })
  })

  it('lets the operator in from the command line as well', async () => {
    expect((await call({ n: 1 }, { kind: 'operator', via: 'cli' })).outcome).toEqual({ ok: true, value: 2 })
  })

  it.each([
    [{ n: 0, extra: 1 }, ['n: ', 'extra']],
    [{ n: 'four', name: 5 }, ['n: ', 'name: ']],
    [undefined, ['expected object']],
    [[], ['expected object']],
  ])('names everything that is wrong with %j, and runs nothing', async (given, words) => {
    const { outcome, log } = await call(given, operator)
    expect(outcome).toMatchObject({ ok: false, error: { code: 'request.invalid', status: 400 } })
    const message = outcome.ok ? '' : outcome.error.message
    expect([words.filter((word) => !message.includes(word)), log]).toEqual([[], []])
  })

  it('names ten faults and no more', async () => {
    const list = defineOperation<Services, z.ZodArray<z.ZodNumber>, z.ZodNumber>({
      ...double,
      input: z.array(z.number()),
      run: async () => ok(0),
    })
    const context: CallContext = { caller: operator, signal: new AbortController().signal }
    const outcome = await list.call(
      { log: [] },
      Array.from({ length: 500 }, () => 'x'),
      context,
    )
    expect(outcome.ok ? '' : outcome.error.message.split('; ')).toHaveLength(10)
  })

  it('hands on a refusal as it is', async () => {
    expect((await call({ n: 9 }, operator)).outcome).toEqual({
      ok: false,
      error: { code: 'number.refused', status: 409, message: 'Not nine.' },
    })
  })

  it('shows nothing of an exception, and gives it to whoever records it', async () => {
    const { outcome, exceptions } = await call({ n: 7 }, operator)
    expect(outcome).toEqual({ ok: false, error: internal })
    expect(exceptions).toMatchObject([{ message: 'a bug with /a/path' }])
  })
})
