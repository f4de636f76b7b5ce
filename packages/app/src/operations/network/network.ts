import { z } from 'zod'
import { err, ok, packIdSchema } from '@rumi/kernel/base'
import { parseHost } from '@rumi/kernel/egress'
import { describeDecision, findNetworkChain, networkPermission, parseNetworkConfig } from '@rumi/kernel/gate'
import { decideLevel, type GrantRecord } from '@rumi/kernel/grant'
import { isoInstant } from '@rumi/kernel/base'
import { actorOf, define } from '../define.ts'
import type { Services } from '../services.ts'

const networkViewSchema = z.object({
  pack_id: z.string(),
  enabled: z.boolean(),
  /** Why it does not count. */
  reason: z.string().optional(),
  allowed_domains: z.array(z.string()),
  allowed_ports: z.array(z.number()),
  /** Places at private or loopback addresses, as `host:port`. */
  allow_private: z.array(z.string()),
  granted_at: z.string().optional(),
  expires_at: z.string().optional(),
})

/** Lists network grants. */
export const listNetworkGrants = define({
  name: 'network.list',
  summary: 'Lists which packs may reach which hosts.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/network/list' },
  input: z.strictObject({}),
  output: z.object({
    grants: z.record(z.string(), networkViewSchema),
    grant_count: z.number(),
    /** Packs that were changed after their approval: nothing of them runs, whatever is granted. */
    disabled_packs: z.array(z.string()),
    disabled_count: z.number(),
    /** The operator's host table (`RUMI_EGRESS_HOSTS_FILE`): names that are not looked up. */
    static_hosts: z.array(
      z.object({ host: z.string(), address: z.string(), port: z.number().optional(), allow_private: z.boolean() }),
    ),
    /** Whether certificates of the operator's are trusted as well (`RUMI_EGRESS_CA_FILE`). */
    extra_ca: z.boolean(),
  }),
  run: async (services) => {
    const grants: Record<string, z.input<typeof networkViewSchema>> = {}
    for (const { id, record } of services.grants.list()) {
      const [packId = '', permissionId] = id.split(':')
      if (permissionId !== networkPermission) continue
      grants[packId] =
        record === 'unreadable'
          ? { pack_id: packId, enabled: false, reason: 'unreadable', ...nothing }
          : present(services, record)
    }
    const disabled = services.packs.list().flatMap((pack) => (pack.state === 'modified' ? [pack.packId] : []))
    const shown = disabled.filter((packId) => Object.hasOwn(grants, packId))
    return ok({
      grants,
      grant_count: Object.keys(grants).length,
      disabled_packs: shown,
      disabled_count: shown.length,
      static_hosts: [...services.egress.hosts].flatMap(([host, entries]) =>
        entries.map(({ allowPrivate, ...place }) => ({ host, ...place, allow_private: allowPrivate })),
      ),
      extra_ca: services.egress.hasExtraCa,
    })
  },
})

const nothing = { allowed_domains: [], allowed_ports: [], allow_private: [] }

function present({ grants }: Services, record: GrantRecord): z.input<typeof networkViewSchema> {
  const level = decideLevel(grants.state(), record.principalId, record.permissionId)
  const network = parseNetworkConfig(record.config)
  const places = network.ok
    ? {
        allowed_domains: [...network.value.domains],
        allowed_ports: [...network.value.ports],
        allow_private: [...network.value.allowPrivate],
      }
    : nothing
  return {
    pack_id: record.principalId,
    enabled: level.counts && network.ok,
    ...(level.counts ? {} : { reason: level.denial.reason }),
    ...places,
    granted_at: isoInstant(record.grantedAt),
    ...(record.expiresAt === undefined ? {} : { expires_at: isoInstant(record.expiresAt) }),
  }
}

/** Grants hosts to a pack; replaces what it had. */
export const grantNetwork = define({
  name: 'network.grant',
  summary: 'Grants a pack hosts and ports, in the place of what it had.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/network/grant' },
  input: z.strictObject({
    pack_id: packIdSchema,
    /** Hosts, or `*.` before one. */
    allowed_domains: z.array(z.string()).default([]),
    allowed_ports: z.array(z.int()).default([443]),
    /** `host:port` that may lie at a private or loopback address; needs its host and port above as well. */
    allow_private: z.array(z.string()).default([]),
    expires_at: z.iso.datetime({ offset: true }).optional(),
    notes: z.string().max(1000).optional(),
  }),
  output: z.object({
    success: z.literal(true),
    pack_id: z.string(),
    grant: networkViewSchema,
    warnings: z.array(z.string()),
  }),
  run: async (services, input, context) => {
    if (input.allowed_domains.length === 0) {
      return err({
        code: 'network.no_domains',
        status: 400,
        message: 'allowed_domains is empty: it would allow nothing.',
        hint: 'To take a grant back: rumi network revoke',
      })
    }
    const config = {
      allowed_domains: input.allowed_domains,
      allowed_ports: input.allowed_ports,
      allow_private: input.allow_private,
    }
    const granted = await services.grants.grant(
      {
        principal_id: input.pack_id,
        permission_id: networkPermission,
        config,
        ...(input.expires_at === undefined ? {} : { expires_at: input.expires_at }),
      },
      actorOf(context),
      input.notes,
    )
    if (!granted.ok) return granted
    const grant = present(services, granted.value)
    return ok({ success: true as const, pack_id: input.pack_id, grant, warnings: warnOf(services, input) })
  },
})

function warnOf(
  { packs }: Services,
  input: {
    readonly pack_id: string
    readonly allow_private: readonly string[]
    readonly allowed_domains: readonly string[]
  },
): string[] {
  const isKnown = packs.list().some((pack) => pack.packId === input.pack_id)
  const stray = input.allow_private.filter(
    (place) =>
      !input.allowed_domains.some((domain) => place.replace(/:\d+$/, '').replaceAll(/^\[|\]$/g, '') === domain),
  )
  return [
    ...(isKnown ? [] : [`No pack is called "${input.pack_id}" yet.`]),
    ...stray.map((place) => `allow_private names ${place}, whose host is not in allowed_domains word for word.`),
  ]
}

/** Takes a network grant back. */
export const revokeNetwork = define({
  name: 'network.revoke',
  summary: 'Takes the network grant of a pack back and ends what runs of it.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/network/revoke' },
  input: z.strictObject({ pack_id: packIdSchema, reason: z.string().max(1000).optional() }),
  output: z.object({ success: z.literal(true), pack_id: z.string(), revoked: z.boolean() }),
  run: async ({ grants }, input, context) => {
    const by = { actor: actorOf(context), reason: input.reason }
    const revoked = await grants.revoke(input.pack_id, networkPermission, by)
    return ok({ success: true as const, pack_id: input.pack_id, revoked })
  },
})

/** Tells whether a pack may reach a host, without sending anything. */
export const checkNetwork = define({
  name: 'network.check',
  summary: 'Tells whether a pack may reach a host and port, and why not. Sends nothing.',
  effect: 'read',
  who: 'operator',
  http: { method: 'POST', path: '/api/network/check' },
  input: z.strictObject({
    pack_id: packIdSchema,
    domain: z.string().max(300),
    port: z.int().min(1).max(65_535).default(443),
  }),
  output: z.object({
    allowed: z.boolean(),
    reason: z.string(),
    pack_id: z.string(),
    domain: z.string(),
    port: z.number(),
  }),
  run: async ({ grants, packs, ownPorts }, input) => {
    const { pack_id: packId, domain, port } = input
    const host = parseHost(domain.includes(':') && !domain.startsWith('[') ? `[${domain}]` : domain)
    if (!host) {
      return err({ code: 'network.host', status: 400, message: `${JSON.stringify(domain.slice(0, 64))} is no host.` })
    }
    const isModified = packs.find(packId)?.state === 'modified'
    const decision = isModified
      ? { allowed: false, reason: 'Pack is disabled due to modification' }
      : describeDecision(findNetworkChain(grants.state(), packId), { ...host, port }, [...ownPorts])
    return ok({ ...decision, pack_id: packId, domain, port })
  },
})
