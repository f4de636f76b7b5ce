import type { Command } from 'commander'
import { z } from 'zod'
import { formatHostPort, parseHost } from '@rumi/kernel/egress'
import type { Messages } from '../../messages/index.ts'
import { answer, fail, failUsage, note, say } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { networkCheckView, networkGrantedView, networksView, revokedView, type NetworkView } from '../gate-views.ts'
import { findNetworkGrant, keepSound, union } from '../known-grant.ts'
import { expiresValue, portValue } from '../option-values.ts'
import { findMeantPlace } from '../meant-place.ts'
import { findLost } from '../render/change.ts'
import { describeLevel } from '../render/denials.ts'
import { escapeLine } from '../render/escape.ts'
import { listNetworkChanges, renderNetworkChange, renderNetworks } from '../render/network.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'

const grantSchema = z.object({
  pack: z.string(),
  hosts: z.array(z.string()),
  port: z.array(portValue),
  allowPrivate: z.array(z.string()),
  expires: expiresValue.optional(),
  add: z.boolean().default(false),
})
type GrantValues = Readonly<z.infer<typeof grantSchema>>

const revokeSchema = z.object({ pack: z.string(), reason: z.string().optional() })
const checkSchema = z.object({ pack: z.string(), host: z.string(), port: portValue.default(443) })

/** `rumi network …` */
export function addNetworkCommands(network: Command, launch: Launch, messages: Messages): void {
  const { example, help } = messages.gate
  const pack = ['<pack>', help.pack] as const
  addCommand(network, launch, {
    name: 'list',
    summary: help.networkList,
    example: example('rumi network list'),
    values: z.object({}),
    run: list,
  })
  addCommand(network, launch, {
    name: 'grant',
    summary: help.networkGrant,
    example: example('rumi network grant weather api.example.com --add'),
    arguments: [pack, ['<hosts...>', help.hosts]],
    options: [
      { flags: '--port <port>', description: help.networkPort, isRepeatable: true },
      { flags: '--allow-private <place>', description: help.allowPrivate, isRepeatable: true },
      { flags: '--expires <time>', description: help.expires },
      { flags: '--add', description: help.add },
    ],
    values: grantSchema,
    run: grant,
  })
  addCommand(network, launch, {
    name: 'revoke',
    summary: help.networkRevoke,
    example: example('rumi network revoke weather --reason "not used any more"'),
    arguments: [pack],
    options: [{ flags: '--reason <text>', description: messages.help.reason }],
    values: revokeSchema,
    run: revoke,
  })
  addCommand(network, launch, {
    name: 'check',
    summary: help.networkCheck,
    example: example('rumi network check weather api.example.com'),
    arguments: [pack, ['<host>', help.host]],
    options: [{ flags: '--port <port>', description: help.checkPort }],
    values: checkSchema,
    run: check,
  })
}

async function list(session: Session): Promise<ExitCode> {
  const { network } = session.messages.gate
  return withClient(session, async (client) =>
    answer(session, await client.call('network.list'), {
      schema: networksView,
      show: (found) => {
        if (Object.keys(found.grants).length === 0) note(session, network.none)
        else session.terminal.out(renderNetworks(found, session))
        for (const packId of found.disabled_packs) note(session, network.disabled(escapeLine(packId)))
      },
    }),
  )
}

async function grant(session: Session, values: GrantValues): Promise<ExitCode> {
  const { pack, hosts, port, allowPrivate, expires, add } = values
  const wrong = refuseHosts(session, `rumi network grant ${pack}`, hosts)
  if (wrong !== undefined) return wrong
  return withClient(session, async (client) => {
    const before = await findNetworkGrant(session, client, pack)
    if (!before.ok) return fail(session, before.error)
    const held = add ? keepSound(before.value) : undefined
    const input = {
      pack_id: pack,
      allowed_domains: union(held?.allowed_domains ?? [], hosts),
      allowed_ports: union(held?.allowed_ports ?? [], port.length === 0 ? [443] : port),
      allow_private: union(held?.allow_private ?? [], allowPrivate),
      expires_at: expires ?? held?.expires_at,
    }
    return answer(session, await client.call('network.grant', withoutUndefined(input)), {
      schema: networkGrantedView,
      show: ({ grant: after, warnings }) => {
        showChange(session, before.value, after)
        const { warning } = session.messages.problem
        const { yellow } = session.terminal.errPalette
        const all = [...warnings.map((text) => escapeLine(text)), ...listUnreachable(session, after)]
        for (const text of all) note(session, `${yellow(warning)}: ${text}`)
      },
    })
  })
}

/** A URL or `host:port` where a host is meant: says what to type. */
function refuseHosts(session: Session, command: string, hosts: readonly string[]): ExitCode | undefined {
  for (const text of hosts) {
    const meant = findMeantPlace(text)
    if (!meant) continue
    const port = meant.port === undefined ? '' : ` --port ${meant.port}`
    return failUsage(session, session.messages.gate.usage.host(text), `${command} ${meant.host}${port}`)
  }
  return undefined
}

function showChange(session: Session, known: NetworkView | undefined, after: NetworkView): void {
  const { network, change } = session.messages.gate
  const before = keepSound(known)
  say(session, network.granted(escapeLine(after.pack_id)))
  session.terminal.out(renderNetworkChange(before, after, session))
  if (known && !before) note(session, change.unsound(describeLevel(known.reason, session.messages)))
  const lists = listNetworkChanges(before, after).filter(([member]) => member !== 'expires')
  if (lists.some(([, one]) => findLost(one).length > 0)) note(session, change.lost)
}

/** Private places whose port is not granted: they look reachable and are not. */
function listUnreachable({ messages }: Session, grant: NetworkView): readonly string[] {
  return grant.allow_private
    .filter((place) => !grant.allowed_ports.includes(Number(place.replace(/^.*:/, ''))))
    .map((place) => messages.gate.network.portMissing(escapeLine(place)))
}

async function revoke(session: Session, { pack, reason }: Readonly<z.infer<typeof revokeSchema>>): Promise<ExitCode> {
  const { network } = session.messages.gate
  return withClient(session, async (client) =>
    answer(session, await client.call('network.revoke', withoutUndefined({ pack_id: pack, reason })), {
      schema: revokedView,
      show: ({ revoked }) => {
        if (revoked) say(session, network.revoked(escapeLine(pack)))
        else note(session, network.notRevoked(escapeLine(pack)))
      },
      isOk: ({ revoked }) => revoked,
    }),
  )
}

async function check(session: Session, { pack, host, port }: Readonly<z.infer<typeof checkSchema>>): Promise<ExitCode> {
  const { network } = session.messages.gate
  const wrong = refuseHosts(session, `rumi network check ${pack}`, [host])
  if (wrong !== undefined) return wrong
  const known = parseHost(host)
  const place = escapeLine(known ? formatHostPort(known, port) : `${host}:${port}`)
  return withClient(session, async (client) =>
    answer(session, await client.call('network.check', { pack_id: pack, domain: host, port }), {
      schema: networkCheckView,
      show: ({ allowed, reason }) => {
        const { green, red } = session.terminal.palette
        if (allowed) return say(session, green(network.allowed(escapeLine(pack), place)))
        say(session, red(network.refused(escapeLine(pack), place)))
        say(session, `  ${escapeLine(reason)}`)
      },
      isOk: ({ allowed }) => allowed,
    }),
  )
}
