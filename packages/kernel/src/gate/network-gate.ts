import { z } from 'zod'
import { err, isJsonObject, type JsonObject, type JsonValue, type PackId, type Result } from '../base/index.ts'
import { getGrantDefaults } from '../capability/index.ts'
import {
  answerFailure,
  classifyAddress,
  decideAddress,
  decideEgress,
  formatHostPort,
  parseDestination,
  parseHost,
  type Destination,
  type EgressAnswer,
  type EgressFailure,
  type EgressOutcome,
  type EgressReason,
  type EgressRecord,
  type EgressRequest,
} from '../egress/index.ts'
import { decideGrant, findAllowed, type GrantConfig, type PermissionId } from '../grant/index.ts'
import type { Caller } from './caller.ts'
import {
  findNetworkChain,
  formatBinding,
  injectPermission,
  networkNeeds,
  networkPermission,
  parseNetworkConfig,
  type Place,
} from './network.ts'
import type { GatePorts } from './ports.ts'
import { describeCaller, type Recorder } from './recorder.ts'
import { redactEntry } from './redact.ts'
import type { UseCounter } from './use-counter.ts'

const requestSchema = z.object({
  method: z.string().max(16),
  url: z.string(),
  headers: z.record(z.string(), z.string()).nullish(),
  body: z.string().nullish(),
  body_base64: z.base64().nullish(),
  timeout_seconds: z.number().positive().nullish(),
})

const defaultTimeoutSeconds = 30
const maxTimeoutSeconds = 120

/** The way of a block's HTTP request: what it asks for, under which grants it goes, and what is kept of it. */
export class NetworkGate {
  readonly #ports: GatePorts
  readonly #recorder: Recorder

  constructor(ports: GatePorts, recorder: Recorder) {
    this.#ports = ports
    this.#recorder = recorder
  }

  /** Sends a request. Every outcome is an answer, on the ledger before it is given. */
  async request(
    caller: Caller,
    message: JsonObject,
    about: { readonly uses: UseCounter; readonly signal: AbortSignal },
  ): Promise<EgressAnswer> {
    const startedMs = this.#ports.clock.monotonicMs()
    const wish = requestSchema.safeParse(message)
    const url = typeof message['url'] === 'string' ? message['url'].slice(0, 200) : ''
    const refuse = (failure: EgressFailure): EgressAnswer =>
      answerFailure(failure, { url, latencyMs: this.#ports.clock.monotonicMs() - startedMs, redirectHops: 0 })
    if (!wish.success) {
      const field = String(wish.error.issues[0]?.path[0] ?? 'request')
      return refuse({
        type: 'bad_request',
        reason: { kind: 'request', refusal: { kind: 'header-value', header: field } },
      })
    }
    const destination = parseDestination(wish.data.url)
    if (!destination.ok) {
      return refuse({ type: 'bad_request', reason: { kind: 'destination', refusal: destination.error.kind } })
    }
    const { method, headers, body, body_base64: bytes, timeout_seconds: seconds } = wish.data
    const request: EgressRequest = {
      principal: caller.principalId,
      destination: destination.value,
      method,
      headers: headers ?? {},
      body: typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : (body ?? undefined),
      timeoutMs: Math.min(seconds ?? defaultTimeoutSeconds, maxTimeoutSeconds) * 1000,
      authorize: {
        chain: () => findNetworkChain(this.#ports.grants(), caller.principalId),
        resolveSecret: (name, place) => this.#openSecret(caller, name, place),
      },
    }
    const outcome = await this.#perform(caller, request, about.signal)
    await this.#record(caller, { destination: destination.value, outcome, uses: about.uses })
    return outcome.answer
  }

  /** A request that is broken off because its block has ended may have arrived all the same: it is on the ledger too. */
  async #perform(caller: Caller, request: EgressRequest, signal: AbortSignal): Promise<EgressOutcome> {
    try {
      return await this.#ports.performEgress(request, signal)
    } catch (error) {
      const { host, port, scheme, pathHash } = request.destination
      const sent = { method: request.method.toUpperCase(), scheme, host, port, path_hash: pathHash }
      await this.#ports.state.write((state) =>
        state.append(
          redactEntry(
            {
              kind: 'network.request',
              actor: caller.principalId,
              subject: `${host}:${port}`,
              data: { ...sent, outcome: 'aborted', ...describeCaller(caller) },
            },
            caller.revealed,
          ),
        ),
      )
      throw error
    }
  }

  /** Tells whether a request there would be allowed; sends nothing and looks up no name. (pack-development §ネットワークアクセス) */
  check(caller: Caller, message: JsonObject): { readonly allowed: boolean; readonly reason: string } {
    const { domain, port = 443 } = message
    const host = typeof domain === 'string' && domain.length <= 300 ? parseHost(domain) : undefined
    if (host === undefined || typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
      return { allowed: false, reason: 'This is no host and port' }
    }
    const chain = findNetworkChain(this.#ports.grants(), caller.principalId)
    return describeDecision(chain, { ...host, port }, this.#ports.ownPorts())
  }

  /** A secret goes only where the operator bound it for this pack. */
  async #openSecret(caller: Caller, name: string, place: Destination): Promise<Result<string, string>> {
    const permissionId = injectPermission
    const defaults = getGrantDefaults(permissionId)
    const decision = decideGrant({ ...this.#ports.grants(), principalId: caller.principalId, permissionId, defaults })
    const bindings = decision.allowed ? findAllowed(decision.config, 'allowed_bindings') : new Set()
    if (!bindings.has(formatBinding(name, place))) return err('not-bound')
    return this.#ports.openSecret(name, place)
  }

  async #record(
    caller: Caller,
    done: { readonly destination: Destination; readonly outcome: EgressOutcome; readonly uses: UseCounter },
  ): Promise<void> {
    const { outcome, uses } = done
    const { record } = outcome
    const last = record.hops.at(-1) ?? done.destination
    const subject = formatHostPort(parsePlace(last), last.port)
    if (record.outcome === 'rate_limited' || record.outcome === 'bad_request') {
      // Nothing was sent, and nothing bounds how often a block asks: these are counted, one entry for the whole call.
      uses.count(networkPermission, subject, record.outcome)
      return
    }
    const isDenied = record.outcome === 'egress_denied'
    const kind = isDenied ? 'network.deny' : 'network.request'
    const reasons = record.reason === undefined ? [] : this.#explain(caller.principalId, record.reason)
    const entry = {
      kind,
      actor: caller.principalId,
      subject,
      data: { ...describeRecord(record, reasons), ...describeCaller(caller) },
    }
    if (!isDenied) {
      await this.#ports.state.write((state) => state.append(redactEntry(entry, caller.revealed)))
      return
    }
    const isOwn = this.#ports.ownPorts().includes(last.port)
    const wish = findWish(record.reason, { ...parsePlace(last), isOwn }, done.destination)
    const kept = await this.#recorder.deny(
      {
        caller,
        ...wish,
        subject,
        reasons,
        at: this.#ports.clock.now(),
      },
      entry,
    )
    if (!kept) uses.count(wish.permissionId, subject, 'denied')
  }

  /** A grant that is there and does not count is another story than none: somebody may have put it there. (EGR-23) */
  #explain(principalId: PackId, reason: EgressReason): readonly string[] {
    if (reason.kind !== 'no-grant') return [describeReason(reason)]
    const defaults = getGrantDefaults(networkPermission)
    const decision = decideGrant({ ...this.#ports.grants(), principalId, permissionId: networkPermission, defaults })
    const denials = decision.allowed ? [] : decision.denials.filter((denial) => denial.reason !== 'no-grant')
    const told = denials.map((denial) => `${denial.principalId}: ${denial.reason}`)
    return told.length === 0 ? [reason.kind] : told
  }
}

function parsePlace({ host, port }: { readonly host: string; readonly port: number }): Place {
  const known = parseHost(host.includes(':') ? `[${host}]` : host)
  return { host, hostKind: known?.hostKind ?? 'name', port }
}

/** What the operator could grant so that the request goes through; `{}`: nothing could. */
function findWish(
  reason: EgressReason | undefined,
  place: Place & { readonly isOwn: boolean },
  destination: Destination,
): { readonly permissionId: PermissionId; readonly needs: GrantConfig } {
  if (reason?.kind === 'secret-refused') {
    return { permissionId: injectPermission, needs: { allowed_bindings: [formatBinding(reason.name, destination)] } }
  }
  const isGrantable =
    reason?.kind === 'no-grant' || reason?.kind === 'host-not-granted' || reason?.kind === 'port-not-granted'
  const nearby = reason?.kind === 'address-refused' ? reason.class : classifyHost(place)
  const isNearby = nearby === 'private' || nearby === 'loopback'
  const isReachable =
    (isNearby && !(nearby === 'loopback' && place.isOwn)) ||
    (isGrantable && (nearby === 'public' || nearby === 'unknown'))
  const needs = networkNeeds(place, isNearby)
  // What no grant can say, or would not help, is not suggested: a bare suffix, the address of a cloud's credentials.
  const isSayable = (isGrantable || reason?.kind === 'address-refused') && parseNetworkConfig(needs).ok
  return { permissionId: networkPermission, needs: isReachable && isSayable ? needs : {} }
}

/** What can be told of a host without looking it up. */
function classifyHost({ host, hostKind }: Place): 'unknown' | ReturnType<typeof classifyAddress> {
  if (hostKind === 'name') return host === 'localhost' ? 'loopback' : 'unknown'
  return classifyAddress(host, [])
}

function describeReason(reason: EgressReason): string {
  if (reason.kind === 'address-refused') return `address-refused: ${reason.class}`
  if (reason.kind === 'destination') return `destination: ${reason.refusal}`
  if (reason.kind === 'secret-refused') return `secret-refused: ${reason.name}`
  return reason.kind
}

function describeRecord(record: EgressRecord, reasons: readonly string[]): JsonObject {
  const { method, outcome, hops, requestBytes, responseBytes, secrets, latencyMs } = record
  return {
    method,
    outcome,
    ...(reasons.length === 0 ? {} : { reason: reasons.join('; ') }),
    hops: hops.map(({ scheme, host, port, pathHash, status }) => ({
      scheme,
      host,
      port,
      path_hash: pathHash,
      ...(status === undefined ? {} : { status }),
    })),
    request_bytes: requestBytes,
    response_bytes: responseBytes,
    secrets: [...secrets],
    latency_ms: Math.round(latencyMs * 1000) / 1000,
  }
}

/** A decision in the documented words. (rumi: network check) */
export function describeDecision(
  chain: Parameters<typeof decideEgress>[0],
  place: Place,
  ownPorts: readonly number[],
): { readonly allowed: boolean; readonly reason: string } {
  const decision = decideEgress(chain, place)
  if (decision.allowed) return describeAddress(chain, place, ownPorts)
  const reasons = {
    'no-grant': 'No network grant for this pack',
    'host-not-granted': `Domain '${place.host}' not in allowed list`,
    'port-not-granted': `Port ${place.port} not in allowed list`,
  }
  return { allowed: false, reason: reasons[decision.reason.kind] }
}

/** What is known of a granted place without looking up its name. */
function describeAddress(
  chain: Parameters<typeof decideEgress>[0],
  place: Place,
  ownPorts: readonly number[],
): { readonly allowed: boolean; readonly reason: string } {
  const known = classifyHost(place)
  const vetted = known === 'unknown' ? undefined : decideAddress([known], place, { chain, ownPorts })
  if (vetted === undefined || vetted.allowed) return { allowed: true, reason: 'Access granted' }
  if (vetted.reason.kind === 'own-port') return { allowed: false, reason: 'This port is the system itself' }
  const isNearby = known === 'private' || known === 'loopback'
  const reason = isNearby
    ? `Address '${formatHostPort(place, place.port)}' of this machine or its network not in allow_private`
    : 'Addresses of this kind are never reached'
  return { allowed: false, reason }
}

/** Tells whether a message is an object at all. */
export function readMessage(message: JsonValue): JsonObject {
  return isJsonObject(message) ? message : {}
}
