import { expect, it } from 'vitest'
import { capability, http } from '@rumi/pack-sdk'

/** The types are written by hand beside the one implementation: neither may have what the other lacks. */
const declared: {
  readonly capability: Readonly<Record<keyof typeof capability, 'function'>>
  readonly http: Readonly<Record<keyof typeof http, 'function'>>
} = {
  capability: { call: 'function' },
  http: {
    ...{ request: 'function', get: 'function', post: 'function', postJson: 'function' },
    ...{ put: 'function', delete: 'function', patch: 'function', head: 'function' },
  },
}

it('what authors see in the types is what a block gets', () => {
  const kinds = (members: object) =>
    Object.fromEntries(Object.entries(members).map(([name, member]) => [name, typeof member]))
  expect({ capability: kinds(capability), http: kinds(http) }).toEqual(declared)
})

it('outside of a call an answer says that nobody was asked', async () => {
  const failure = { success: false, error: expect.any(String), error_type: 'internal_error' }
  expect(await capability.call('store.get')).toEqual({ ...failure, output: failure, latency_ms: 0 })
  expect(await http.get('https://a.example/')).toMatchObject({ ...failure, status_code: 0 })
})
