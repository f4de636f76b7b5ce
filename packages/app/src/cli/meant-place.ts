import { parseHost } from '@rumi/kernel/egress'

/**
 * The host, and the port, that are meant by a text which says more than a host; undefined when it is a host or a pattern,
 * or when nobody can tell.
 *
 * @example findMeantPlace('http://localhost:8080/v1') // { host: 'localhost', port: 8080 }
 */
export function findMeantPlace(text: string): { readonly host: string; readonly port?: number } | undefined {
  const [, scheme, hostText = '', portText] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\[[^\]]*\]|[^:/?#]+)(?::(\d{1,5}))?(?:[/?#].*)?$/i.exec(text) ?? []
  const written = hostText.startsWith('*.') ? parseHost(hostText.slice(2)) : parseHost(hostText)
  if (!written || text === hostText) return undefined
  const host = hostText.startsWith('*.') ? `*.${written.host}` : written.host
  const port = portText === undefined ? usualPorts.get(scheme?.toLowerCase() ?? '') : Number(portText)
  return { host, ...(port === undefined || port === 443 ? {} : { port }) }
}

/** Where it is not the port that a grant has anyhow. */
const usualPorts: ReadonlyMap<string, number> = new Map([['http', 80]])
