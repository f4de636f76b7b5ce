import { err, ok, type Outcome } from '@rumi/kernel/base'
import type { z } from 'zod'
import type { Client } from './connect.ts'
import { grantsView, networksView, type NetworkView, type PermissionView } from './gate-views.ts'
import type { Session } from './session.ts'

/** The grant that a pair has now; `undefined`: none. */
export async function findGrant(
  session: Session,
  client: Client,
  { principal, permission }: { readonly principal: string; readonly permission: string },
): Promise<Outcome<PermissionView | undefined>> {
  const read = await readAs(session, client, { name: 'grants.list', schema: grantsView })
  if (!read.ok) return read
  return ok(findOwn(findOwn(read.value.grants, principal)?.permissions ?? {}, permission))
}

/** What a pack may reach now; `undefined`: nothing. */
export async function findNetworkGrant(
  session: Session,
  client: Client,
  pack: string,
): Promise<Outcome<NetworkView | undefined>> {
  const read = await readAs(session, client, { name: 'network.list', schema: networksView })
  return read.ok ? ok(findOwn(read.value.grants, pack)) : read
}

/** Asks something and reads the answer. */
export async function readAs<T>(
  { messages }: Session,
  client: Client,
  { name, schema }: { readonly name: string; readonly schema: z.ZodType<T> },
): Promise<Outcome<T>> {
  const outcome = await client.call(name)
  if (!outcome.ok) return outcome
  const parsed = schema.safeParse(outcome.value)
  if (parsed.success) return ok(parsed.data)
  const { answer: message, answerHint: hint } = messages.server
  return err({ code: 'server.answer', status: 502, message, hint })
}

/**
 * What of a grant may be kept when it is added to: nothing of one that does not count, for whoever put it there may
 * not be somebody who grants.
 */
export function keepSound<Grant extends { readonly enabled: boolean }>(grant: Grant | undefined): Grant | undefined {
  return grant?.enabled === true ? grant : undefined
}

/** Two lists as one, without repetition. */
export function union<Value>(held: readonly Value[], more: readonly Value[]): Value[] {
  return [...new Set([...held, ...more])]
}

function findOwn<Value>(members: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(members, key) ? members[key] : undefined
}
