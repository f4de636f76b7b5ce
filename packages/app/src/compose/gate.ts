import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import {
  createEgressClient,
  createSystemResolver,
  listOwnAddresses,
  parseHostsFile,
  type EgressClient,
  type EgressResolver,
} from '@rumi/drivers/egress'
import { err, ok, type Clock, type Outcome } from '@rumi/kernel/base'
import type { HostTable } from '@rumi/kernel/egress'
import { createGate, type Capability, type OpenGate } from '@rumi/kernel/gate'
import type { PermissionId } from '@rumi/kernel/grant'
import type { StateStore } from '@rumi/kernel/state'
import { createSecretsCapability, type SecretReader } from '../capabilities/index.ts'
import type { Settings } from '../config/index.ts'
import type { GrantBook } from '../library/index.ts'

/** What the operator set about requests of packs. */
export interface EgressSettings {
  readonly extraCa: string | undefined
  readonly hosts: HostTable
}

/** Reads the operator's files. Problem: `settings.egress` 400: a file that cannot be read must not mean "none". */
export function readEgressSettings(settings: Settings): Outcome<EgressSettings> {
  const { egressCaFile, egressHostsFile } = settings
  const wrong = (variable: string, why: string): Outcome<never> =>
    err({
      code: 'settings.egress',
      status: 400,
      message: `${variable}: ${why}.`,
      hint: `Correct or unset ${variable}.`,
    })
  const ca = egressCaFile === undefined ? undefined : readText(egressCaFile)
  if (ca?.ok === false) return wrong('RUMI_EGRESS_CA_FILE', ca.error)
  if (ca && !isCertificate(ca.value)) return wrong('RUMI_EGRESS_CA_FILE', 'the file holds no certificate (PEM)')
  const text = egressHostsFile === undefined ? undefined : readText(egressHostsFile)
  if (text?.ok === false) return wrong('RUMI_EGRESS_HOSTS_FILE', text.error)
  const hosts = parseHostsFile(text?.value ?? '')
  if (!hosts.ok) return wrong('RUMI_EGRESS_HOSTS_FILE', hosts.error)
  return ok({ extraCa: ca?.value, hosts: hosts.value })
}

function readText(
  path: string,
): { readonly ok: true; readonly value: string } | { readonly ok: false; readonly error: string } {
  try {
    return ok(readFileSync(path, 'utf8'))
  } catch (error) {
    return err(`${path} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`)
  }
}

function isCertificate(pem: string): boolean {
  try {
    createSecureContext({ ca: pem })
    return pem.includes('-----BEGIN CERTIFICATE-----')
  } catch {
    return false // asking is how one learns it
  }
}

/** What the gate of a home is made of. */
export interface GateParts {
  readonly settings: Settings
  readonly egress: EgressSettings
  readonly state: StateStore
  readonly clock: Clock
  readonly grants: GrantBook
  readonly secrets: SecretReader
  /** The host's own, besides the secrets. */
  readonly capabilities: readonly Capability[]
  /** Handlers of packs. */
  readonly findHandler: (permissionId: PermissionId) => Capability | undefined
  /** Ports on which this system listens. */
  readonly ownPorts: ReadonlySet<number>
  readonly resolver?: EgressResolver | undefined
  readonly onException: (error: unknown) => void
}

/** Builds the gate and the client behind it. */
export function composeGate(parts: GateParts): { readonly openGate: OpenGate; readonly egress: EgressClient } {
  const { settings, state, clock, grants, secrets, egress: operatorSet } = parts
  const egress = createEgressClient({
    resolver: parts.resolver ?? createSystemResolver(),
    clock,
    ownAddresses: listOwnAddresses,
    ownPorts: () => [...parts.ownPorts],
    ...(operatorSet.extraCa === undefined ? {} : { extraCa: operatorSet.extraCa }),
    hosts: operatorSet.hosts,
    maxBodyBytes: settings.maxResponseBytes,
    rate: { limit: settings.egressRateLimit, windowMs: 60_000, maxPrincipals: 4096 },
  })
  const own = new Map([...parts.capabilities, createSecretsCapability(secrets)].map((one) => [one.permissionId, one]))
  const openGate = createGate({
    state,
    clock,
    grants: grants.state,
    spendUses: grants.spendUses,
    findCapability: (permissionId) => own.get(permissionId) ?? parts.findHandler(permissionId),
    rateOf: (permissionId) =>
      permissionId === 'secrets.get' ? { limit: settings.secretGetRateLimit, windowMs: 60_000 } : undefined,
    performEgress: (request, signal) => egress.request(request, signal),
    openSecret: async (name) => {
      const { record, versionFloor } = secrets.read(name)
      if (record === undefined || record === 'unreadable') return err(record ?? 'absent')
      if (record.key !== name || versionFloor === undefined || record.version < versionFloor) return err('stale')
      if (record.deleted_at !== null) return err('deleted')
      const opened = secrets.open(record)
      return opened.ok ? ok(opened.value.reveal()) : err(opened.error.kind)
    },
    ownPorts: () => [...parts.ownPorts],
    onException: parts.onException,
    maxAnswerBytes: settings.maxResponseBytes,
  })
  return { openGate, egress }
}
