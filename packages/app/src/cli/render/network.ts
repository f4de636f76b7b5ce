import type { NetworksView, NetworkView } from '../gate-views.ts'
import { describeLevel } from './denials.ts'
import { renderChanges, type ListChange } from './change.ts'
import { escapeLine } from './escape.ts'
import { formatInstant } from './fields.ts'
import type { Style } from './packs.ts'
import { renderTable } from './table.ts'

/** What packs may reach, a line each; below it, apart, addresses of this machine or its network. */
export function renderNetworks({ grants }: NetworksView, { messages, terminal }: Style): string {
  const { table, gate } = messages
  const { palette } = terminal
  const packs = Object.values(grants)
  const reached = renderTable({
    head: [table.pack, table.status, gate.table.ports, gate.table.expires, gate.table.hosts],
    headStyle: palette.dim,
    width: undefined, // a host that is cut off would be a host that nobody sees
    rows: packs.map((pack) => [
      { text: escapeLine(pack.pack_id), style: palette.bold },
      pack.enabled
        ? { text: gate.status.counts, style: palette.green }
        : { text: describeLevel(pack.reason, messages), style: palette.red },
      pack.allowed_ports.join(','),
      escapeLine(pack.expires_at === undefined ? gate.status.none : formatInstant(pack.expires_at)),
      escapeLine(pack.allowed_domains.join(', ')),
    ]),
  })
  const nearby = packs.flatMap((pack) =>
    pack.allow_private.map(
      (place) => `  ${palette.bold(escapeLine(pack.pack_id))}  ${palette.red(escapeLine(place))}\n`,
    ),
  )
  return nearby.length === 0 ? reached : `${reached}\n${gate.network.privateTitle}\n${nearby.join('')}`
}

/** What a pack may reach after a change, and what is new and what is lost. */
export function renderNetworkChange(
  before: NetworkView | undefined,
  after: NetworkView,
  { messages, terminal }: Style,
): string {
  const { network } = messages.gate
  return renderChanges(
    listNetworkChanges(before, after).map(([member, change]) => [network[member], change]),
    terminal.palette,
  )
}

/** The lists of a network grant before and after. */
export function listNetworkChanges(
  before: NetworkView | undefined,
  after: NetworkView,
): readonly (readonly ['hosts' | 'ports' | 'allowPrivate' | 'expires', ListChange])[] {
  return [
    ['hosts', { before: before?.allowed_domains ?? [], after: after.allowed_domains }],
    ['ports', { before: before?.allowed_ports.map(String) ?? [], after: after.allowed_ports.map(String) }],
    ['allowPrivate', { before: before?.allow_private ?? [], after: after.allow_private }],
    ['expires', { before: listEnd(before), after: listEnd(after) }],
  ]
}

function listEnd(grant: NetworkView | undefined): readonly string[] {
  return grant?.expires_at === undefined ? [] : [formatInstant(grant.expires_at)]
}
