import { createFixedClock, createMemoryState } from '@rumi/kernel/testing'
import { expect, it } from 'vitest'
import { createRefusalRecorder } from './refusals.ts'

it('refused requests are on the ledger; of more than ten a minute only the number is kept', async () => {
  const clock = createFixedClock()
  const state = createMemoryState(clock)
  const refusals = createRefusalRecorder(state, clock)
  for (let turn = 0; turn < 25; turn += 1) await refusals.record('auth.required', '127.0.0.1')
  expect(state.entries.map((entry) => entry.data)).toEqual(
    Array.from({ length: 10 }, () => ({ reason: 'auth.required' })),
  )
  clock.pass(60_000)
  await refusals.record('request.host', '127.0.0.1')
  expect(state.entries.at(-1)).toMatchObject({
    kind: 'request.refuse',
    actor: '127.0.0.1',
    data: { reason: 'request.host', suppressed: 15 },
  })
})
