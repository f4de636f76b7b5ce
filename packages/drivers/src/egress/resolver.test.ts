import { isIP } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createSystemResolver, listOwnAddresses } from './resolver.ts'

describe('createSystemResolver', () => {
  it.each(['localhost', 'app.localhost'])('%s is this machine, whatever name servers say', async (host) => {
    expect(await createSystemResolver().resolve(host, new AbortController().signal)).toEqual([
      { address: '127.0.0.1', family: 4 },
    ])
  })
})

describe('listOwnAddresses', () => {
  it('lists addresses, loopback among them', () => {
    const own = listOwnAddresses()
    expect(own).toContain('127.0.0.1')
    expect(own.filter((address) => isIP(address) === 0)).toEqual([])
  })
})
