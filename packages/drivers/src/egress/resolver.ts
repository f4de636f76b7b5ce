import { Resolver } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'

/** Turns names into addresses. */
export interface EgressResolver {
  /** Every address of a name, both families; rejects when it has none or nobody answers. Asked once per connection. */
  resolve(host: string, signal: AbortSignal): Promise<readonly ResolvedAddress[]>
}

/** One answer. */
export interface ResolvedAddress {
  readonly address: string
  readonly family: 4 | 6
}

/**
 * Asks the name servers of this machine. Not `getaddrinfo`: that blocks one of four threads which also read files, so a
 * pack with a dead name server could stop the system. `localhost` is this machine (RFC 6761 §6.3); other names of the
 * hosts file are not read.
 */
export function createSystemResolver(): EgressResolver {
  return {
    resolve: async (host, signal) => {
      if (host === 'localhost' || host.endsWith('.localhost')) return [{ address: '127.0.0.1', family: 4 }]
      const resolver = new Resolver({ timeout: 3000, tries: 2 })
      const cancel = (): void => resolver.cancel()
      signal.addEventListener('abort', cancel, { once: true })
      try {
        const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
        // Most names have one family; the other fails.
        if (v4.status === 'rejected' && v6.status === 'rejected') throw v4.reason
        return [...listAnswers(v4, 4), ...listAnswers(v6, 6)]
      } finally {
        signal.removeEventListener('abort', cancel)
      }
    },
  }
}

function listAnswers(result: PromiseSettledResult<readonly string[]>, family: 4 | 6): readonly ResolvedAddress[] {
  return result.status === 'fulfilled' ? result.value.map((address) => ({ address, family })) : []
}

/** Addresses of this machine's interfaces at this moment. */
export function listOwnAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map(({ address }) => address))
}
