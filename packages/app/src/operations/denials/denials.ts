import { z } from 'zod'
import { err, isoInstant, ok, packIdSchema, type Outcome, type Problem } from '@rumi/kernel/base'
import {
  denialCollection,
  listSideEffects,
  networkPermission,
  suggestForWish,
  type DenialRecord,
  type Remedy,
} from '@rumi/kernel/gate'
import { findCandidateKey, type CandidateKey } from '@rumi/kernel/capability'
import { findAllowed, findEndedLevels, type GrantRequest } from '@rumi/kernel/grant'
import { secretNameSchema } from '@rumi/kernel/secret'
import { defaultStoreQuota, formatShareId, storeCollection, storeShareCollection } from '@rumi/kernel/store'
import { actorOf, define } from '../define.ts'
import { grantBodySchema, presentRequest } from '../grants/view.ts'
import type { Services } from '../services.ts'

const remedySchema = z.object({
  kind: z.enum(['share-store', 'create-store']),
  store_id: z.string(),
  provider: z.string().optional(),
  consumer: z.string().optional(),
})

const denialViewSchema = z.object({
  id: z.string(),
  principal_id: z.string(),
  permission_id: z.string(),
  /** What the call was about: a store, a flow, `host:port`, a secret's name. */
  subject: z.string(),
  /** Why; of grants as `principal: reason`, the oldest ancestor's first. */
  reasons: z.array(z.string()),
  count: z.number(),
  first_at: z.string(),
  last_at: z.string(),
  run_id: z.string(),
  flow_id: z.string(),
  step_id: z.string(),
  /** The exact grants that are missing now, as bodies of POST /api/capability/grants/grant. */
  grants: z.array(grantBodySchema),
  /** What is to be done beside granting. */
  remedy: remedySchema.optional(),
  /** Places that these grants would open besides, as `host:port`: a network grant is hosts × ports. */
  also_opens: z.array(z.string()),
  /** A grant among them reaches an address of this machine or its network. */
  reaches_private: z.boolean(),
  /** Nothing that could be granted is missing any more. */
  resolved: z.boolean(),
  /** The command that allows exactly this, or the next one towards it; absent: nothing has to be done, or can be. */
  hint: z.string().optional(),
})

/** Lists calls that were refused, with what would allow them. */
export const listDenials = define({
  name: 'denials.list',
  summary: 'Lists what packs were refused, with the exact grants that would allow it.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/denials' },
  input: z.strictObject({ principal_id: packIdSchema.optional() }),
  output: z.object({ denials: z.array(denialViewSchema), count: z.number() }),
  run: async (services, input) => {
    const kept = services.state.read((state) => state.documents.list(denialCollection))
    const records = kept.flatMap(({ record }) => (record === 'unreadable' ? [] : [record]))
    const wanted = records.filter(
      ({ principalId }) => input.principal_id === undefined || principalId === input.principal_id,
    )
    const denials = wanted.toSorted((a, b) => b.lastAt - a.lastAt).map((record) => present(services, record))
    return ok({ denials, count: denials.length })
  },
})

/** Shows one. */
export const showDenial = define({
  name: 'denials.show',
  summary: 'Shows one refused call and what would allow it.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/denials/{denial_id}' },
  input: z.strictObject({ denial_id: z.string().max(64) }),
  output: denialViewSchema,
  run: async (services, input) => {
    const record = find(services, input.denial_id)
    return record.ok ? ok(present(services, record.value)) : record
  },
})

/** Grants exactly what a refused call lacked. */
export const grantDenial = define({
  name: 'denials.grant',
  summary: 'Grants exactly what a refused call lacked, and nothing more.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/denials/{denial_id}/grant' },
  input: z.strictObject({
    denial_id: z.string().max(64),
    /** Needed when a grant reaches an address of this machine or its network. */
    allow_private: z.boolean().default(false),
  }),
  output: z.object({
    id: z.string(),
    granted: z.array(grantBodySchema),
    remedied: remedySchema.optional(),
  }),
  run: async (services, input, context) => {
    const record = find(services, input.denial_id)
    if (!record.ok) return record
    const missing = findMissing(services, record.value)
    const { remedy } = record.value
    const isNothing = missing.length === 0 && (remedy === undefined || isRemedied(services, remedy))
    if (isNothing && !isGrantable(services, record.value)) {
      const message = `No grant can allow this. Why: rumi denials show ${record.value.id}`
      const hint = findNextStep(services, record.value) ?? `rumi audit query --pack ${record.value.principalId}`
      return err({ code: 'denial.not_grantable', status: 409, message, hint })
    }
    const ended = findEndedLevels({ ...services.grants.state(), ...record.value })
    if (ended.length > 0) return err(describeEnded(record.value, missing))
    if (reachesPrivate(record.value, missing) && !input.allow_private) {
      return err({
        code: 'denial.private',
        status: 409,
        message: 'This would let the pack reach an address of this machine or its network.',
        hint: `If that is what you want: rumi denials grant ${record.value.id} --allow-private`,
      })
    }
    if (remedy && !(await applyRemedy(services, remedy, actorOf(context)))) {
      const message = `The store "${remedy.storeId}" is not the one that was asked for any more.`
      return err({ code: 'denial.outdated', status: 409, message, hint: 'Run the flow again, then: rumi denials list' })
    }
    for (const request of missing) {
      const granted = await services.grants.grant(request, actorOf(context))
      if (!granted.ok) return granted
    }
    await forget(services, { id: record.value.id, actor: actorOf(context), kind: 'denial.grant' })
    return ok({
      id: record.value.id,
      granted: missing.map(presentRequest),
      ...(remedy === undefined ? {} : { remedied: presentRemedy(remedy) }),
    })
  },
})

/** Forgets a denial without granting anything. */
export const dismissDenial = define({
  name: 'denials.dismiss',
  summary: 'Takes a denial off the list without granting anything; the ledger keeps it.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/denials/{denial_id}/dismiss' },
  input: z.strictObject({ denial_id: z.string().max(64) }),
  output: z.object({ id: z.string(), dismissed: z.literal(true) }),
  run: async (services, input, context) => {
    const record = find(services, input.denial_id)
    if (!record.ok) return record
    await forget(services, { id: record.value.id, actor: actorOf(context), kind: 'denial.dismiss' })
    return ok({ id: record.value.id, dismissed: true as const })
  },
})

function find({ state }: Services, id: string): Outcome<DenialRecord> {
  const record = state.read((reader) => reader.documents.find(denialCollection, id))
  if (typeof record === 'object') return ok(record)
  const message = `There is no denial ${JSON.stringify(id.slice(0, 64))}.`
  return err({ code: 'denial.unknown', status: 404, message, hint: 'rumi denials list' })
}

async function forget(
  { state }: Services,
  done: { readonly id: string; readonly actor: string; readonly kind: string },
): Promise<void> {
  await state.write((writer) => {
    writer.removeDocument(denialCollection, done.id)
    writer.append({ kind: done.kind, actor: done.actor, subject: done.id, data: {} })
  })
}

function present(services: Services, record: DenialRecord): z.input<typeof denialViewSchema> {
  const missing = findMissing(services, record)
  const { remedy } = record
  const isOpen = remedy !== undefined && !isRemedied(services, remedy)
  const isNearby = reachesPrivate(record, missing)
  const isEnded = findEndedLevels({ ...services.grants.state(), ...record }).length > 0
  const exact = `rumi denials grant ${record.id}${isNearby ? ' --allow-private' : ''}`
  const command = isEnded ? (missing.map(formatGrantCommand)[0] ?? exact) : exact
  const hint = missing.length > 0 || isOpen ? command : findNextStep(services, record)
  return {
    id: record.id,
    principal_id: record.principalId,
    permission_id: record.permissionId,
    subject: record.subject,
    reasons: [...record.reasons],
    count: record.count,
    first_at: isoInstant(record.firstAt),
    last_at: isoInstant(record.lastAt),
    run_id: record.runId,
    flow_id: record.flowId,
    step_id: record.stepId,
    grants: missing.map(presentRequest),
    ...(isOpen ? { remedy: presentRemedy(remedy) } : {}),
    also_opens: listOpened(services, record, missing),
    reaches_private: isNearby,
    resolved: missing.length === 0 && !isOpen && isGrantable(services, record),
    ...(hint === undefined ? {} : { hint }),
  }
}

/** What is missing now. Where no network grant helps, one that allows nothing would only look like help. */
function findMissing({ grants }: Services, record: DenialRecord): readonly GrantRequest[] {
  const isHopeless = record.permissionId === networkPermission && Object.keys(record.needs).length === 0
  return isHopeless || isUnanswered(record) ? [] : suggestForWish(grants.state(), record)
}

/** Some refusals no grant lifts: nobody answers for the permission, there is no such secret, an address is never reached. */
function isGrantable(services: Services, record: DenialRecord): boolean {
  const { needs, remedy, permissionId } = record
  if (isUnanswered(record) || findLostSecret(services, record) !== undefined) return false
  if (Object.keys(needs).length > 0 || remedy !== undefined) return true
  return permissionId !== networkPermission && record.reasons.some((reason) => isLevelReason(record, reason))
}

function isUnanswered({ reasons }: DenialRecord): boolean {
  return reasons.includes('no-handler')
}

/** Tells `my_pack: no-grant` from a reason that is not about a level of the principal's lineage. */
function isLevelReason({ principalId }: DenialRecord, reason: string): boolean {
  const level = reason.replace(/: .*$/, '')
  return level !== reason && (principalId === level || principalId.startsWith(`${level}__`))
}

/** The secret that cannot be given out now, however it is granted. */
function findLostSecret({ secrets }: Services, { permissionId, subject, needs }: DenialRecord): string | undefined {
  const bindings = permissionId === 'secrets.inject' ? [...findAllowed(needs, 'allowed_bindings')] : []
  const wanted = permissionId === 'secrets.get' ? subject : bindings[0]?.replace(/@.*$/, '')
  const name = secretNameSchema.safeParse(wanted)
  if (!name.success) return undefined
  const { record } = secrets.read(name.data)
  return typeof record === 'object' && record.deleted_at === null ? undefined : name.data
}

function findNextStep(services: Services, record: DenialRecord): string | undefined {
  if (isUnanswered(record)) return findWaitingHandler(services, record) ?? 'rumi capability scan'
  const stopped = findStoppedHandler(services, record)
  if (stopped !== undefined) return stopped
  const lost = findLostSecret(services, record)
  return lost === undefined ? undefined : `rumi secrets set ${lost}`
}

/** A handler that was found, and waits for a decision, may be the one that is missing. */
function findWaitingHandler({ handlers }: Services, { permissionId }: DenialRecord): string | undefined {
  const key = findCandidateOf(handlers, permissionId, ['pending', 'failed'])
  return key && `rumi capability approve ${key.packId}:${key.slug}`
}

/** The handler is there, and it or its pack is not what was approved any more. */
function findStoppedHandler({ handlers }: Services, record: DenialRecord): string | undefined {
  const own = record.reasons.filter((reason) => !isLevelReason(record, reason))
  const key = findCandidateOf(handlers, record.permissionId, ['installed'])
  if (key && own.some((reason) => reason.startsWith('pack: '))) return `rumi packs show ${key.packId}`
  return own.some((reason) => reason.startsWith('trust: ')) ? 'rumi capability requests' : undefined
}

function findCandidateOf(
  handlers: Services['handlers'],
  permissionId: string,
  statuses: readonly string[],
): CandidateKey | undefined {
  const meant = handlers
    .list()
    .find(
      ({ record }) =>
        record !== 'unreadable' && record.offer.permissionId === permissionId && statuses.includes(record.status),
    )
  return meant && findCandidateKey(meant.key)
}

function listOpened({ grants }: Services, { needs }: DenialRecord, missing: readonly GrantRequest[]): string[] {
  const network = missing.filter((request) => request.permission_id === networkPermission)
  return network.flatMap((request) => listSideEffects(grants.state(), request, needs))
}

/** Whether the call itself wanted to go there; a grant may hold other such places already. */
function reachesPrivate({ needs }: DenialRecord, missing: readonly GrantRequest[]): boolean {
  const wanted = needs['allow_private']
  return missing.length > 0 && Array.isArray(wanted) && wanted.length > 0
}

/** A grant ended because the operator said when: nobody else makes it longer. */
function describeEnded(record: DenialRecord, missing: readonly GrantRequest[]): Problem {
  return {
    code: 'denial.ended',
    status: 409,
    message: `The grant of ${record.permissionId} was given for a time, or for a number of uses, and that is over.`,
    hint: `If it is to go on, say for how long: ${missing.map(formatGrantCommand).join('; ')}`,
  }
}

/** The command that grants something anew, to be completed with its bounds. */
function formatGrantCommand({ principal_id: principal, permission_id: permission, config }: GrantRequest): string {
  const quoted = JSON.stringify(config).replaceAll("'", String.raw`'\''`)
  return `rumi grants grant ${principal} ${permission} --config '${quoted}' --expires …`
}

function presentRemedy(remedy: Remedy): z.input<typeof remedySchema> {
  return remedy.kind === 'create-store'
    ? { kind: remedy.kind, store_id: remedy.storeId }
    : { kind: remedy.kind, store_id: remedy.storeId, provider: remedy.provider, consumer: remedy.consumer }
}

function isRemedied({ state }: Services, remedy: Remedy): boolean {
  return state.read(({ documents }) =>
    remedy.kind === 'create-store'
      ? documents.find(storeCollection, remedy.storeId) !== undefined
      : documents.find(storeShareCollection, formatShareId(remedy)) !== undefined,
  )
}

/** False: things have changed since, and it would help nobody. */
async function applyRemedy({ state, clock }: Services, remedy: Remedy, actor: string): Promise<boolean> {
  const { storeId } = remedy
  return state.write((writer) => {
    if (remedy.kind === 'create-store') {
      if (writer.documents.find(storeCollection, storeId) !== undefined) return true
      const rootPath = `user_data/stores/${storeId}`
      const store = { storeId, rootPath, createdAt: clock.now(), createdBy: actor, ...defaultStoreQuota }
      writer.putDocument(storeCollection, storeId, store)
      writer.append({ kind: 'store.create', actor, subject: storeId, data: { root_path: rootPath } })
      return true
    }
    const { provider, consumer } = remedy
    const store = writer.documents.find(storeCollection, storeId)
    if (typeof store !== 'object' || store.owner !== provider) return false
    const share = { provider, consumer, storeId, approvedAt: clock.now(), approvedBy: actor }
    writer.putDocument(storeShareCollection, formatShareId(share), share)
    writer.append({ kind: 'store.share', actor, subject: storeId, data: { provider, consumer } })
    return true
  })
}
