import { err, ok, type Result } from '@rumi/kernel/base'
import { formatHostPort, parseHost } from '@rumi/kernel/egress'

/** A place that a secret may be sent to. */
export interface BoundPlace {
  readonly host: string
  readonly port: number
  /** In the form in which bindings are compared. @example 'api.openai.com:443' */
  readonly text: string
}

/** Reads `HOST` or `HOST:PORT` (IPv6 in brackets); without a port it is 443. The error is what was given. */
export function parsePlace(given: string): Result<BoundPlace, string> {
  const [, hostText = '', portText = '443'] = /^(\[[^\]]*\]|[^:]*)(?::([1-9]\d{0,4}))?$/.exec(given) ?? []
  const host = hostText === '' ? undefined : parseHost(hostText)
  const port = Number(portText)
  if (host === undefined || port > 65_535) return err(given)
  return ok({ host: host.host, port, text: formatHostPort(host, port) })
}

/** Reads several; the error is the first that is none. */
export function parsePlaces(given: readonly string[]): Result<readonly BoundPlace[], string> {
  const places: BoundPlace[] = []
  for (const text of given) {
    const place = parsePlace(text)
    if (!place.ok) return place
    places.push(place.value)
  }
  return ok(places)
}

/** The bindings without those of a secret to some places; no places: without all of that secret. */
export function dropBindings(
  bindings: readonly string[],
  key: string,
  places: readonly BoundPlace[],
): readonly string[] {
  const dropped = new Set(places.map(({ text }) => `${key}@${text}`))
  const isDropped = (binding: string): boolean =>
    places.length === 0 ? binding.startsWith(`${key}@`) : dropped.has(binding)
  return bindings.filter((binding) => !isDropped(binding))
}
