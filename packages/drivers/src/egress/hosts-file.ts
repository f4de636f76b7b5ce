import { isIP } from 'node:net'
import { err, ok, type Result } from '@rumi/kernel/base'
import { parseHost, type HostEntry, type HostTable } from '@rumi/kernel/egress'

/**
 * Reads a table of hosts: a line is an address, perhaps with a port (`10.0.0.5:8443`, `[::1]:8443`), the names that have
 * it, and perhaps `allow-private`. `#` begins a comment; a name on several lines has several addresses. The error names
 * the line.
 *
 * @example parseHostsFile('10.0.0.5:8443 api.example.com allow-private # staging')
 */
export function parseHostsFile(text: string): Result<HostTable, string> {
  const hosts = new Map<string, readonly HostEntry[]>()
  for (const [index, line] of text.split('\n').entries()) {
    const [place, ...words] = line.replace(/#.*$/, '').trim().split(/\s+/)
    if (place === undefined || place === '') continue
    const where = parsePlace(place)
    const names = words.filter((word) => word !== 'allow-private')
    if (where === undefined || names.length === 0) return err(`line ${index + 1}: an address and at least one name`)
    const entry = { ...where, allowPrivate: names.length < words.length }
    for (const name of names) {
      const host = parseHost(name)
      if (host?.hostKind !== 'name') return err(`line ${index + 1}: ${JSON.stringify(name.slice(0, 64))} is no name`)
      hosts.set(host.host, [...(hosts.get(host.host) ?? []), entry])
    }
  }
  return ok(hosts)
}

function parsePlace(text: string): Pick<HostEntry, 'address' | 'port'> | undefined {
  if (isIP(text) !== 0) return { address: text }
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):([1-9][0-9]{0,4})$/.exec(text) ?? []
  const address = bracketed ?? plain
  if (address === undefined || isIP(address) === 0 || Number(port) > 65_535) return undefined
  return { address, port: Number(port) }
}
