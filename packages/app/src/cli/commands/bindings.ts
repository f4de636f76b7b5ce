import { z } from 'zod'
import { secretNameSchema } from '@rumi/kernel/secret'
import { answer, fail, failUsage, note } from '../answer.ts'
import { dropBindings, parsePlaces, type BoundPlace } from '../bindings.ts'
import { withClient, type Client } from '../connect.ts'
import { grantedView, networkCheckView, revokedView, secretsView, type PermissionView } from '../gate-views.ts'
import { findGrant, keepSound, readAs, union } from '../known-grant.ts'
import { renderChanges } from '../render/change.ts'
import { describeLevel } from '../render/denials.ts'
import { escapeLine } from '../render/escape.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'

/** The permission to have secrets put into requests by the host. */
const permission = 'secrets.inject'

/** Arguments of `rumi secrets bind` and `unbind`. */
export const bindSchema = z.object({ key: secretNameSchema, pack: z.string(), places: z.array(z.string()) })
type BindValues = Readonly<z.infer<typeof bindSchema>>

/** Adds bindings to what a pack has. */
export async function bind(session: Session, { key, pack, places }: BindValues): Promise<ExitCode> {
  const parsed = parsePlaces(places)
  if (!parsed.ok) return failUsage(session, session.messages.gate.usage.place(parsed.error))
  return withClient(session, async (client) => {
    const known = await findGrant(session, client, { principal: pack, permission })
    if (!known.ok) return fail(session, known.error)
    const before = keepSound(known.value)
    const bindings = union(
      listBindings(before),
      parsed.value.map(({ text }) => `${key}@${text}`),
    )
    const code = await grantBindings(session, client, { pack, known: known.value, bindings })
    if (code === 0 && !session.isJson) await adviseBound(session, client, { key, pack, places: parsed.value })
    return code
  })
}

/** Takes bindings away; the grant itself when none is left. */
export async function unbind(session: Session, { key, pack, places }: BindValues): Promise<ExitCode> {
  const { usage, secrets } = session.messages.gate
  const parsed = parsePlaces(places)
  if (!parsed.ok) return failUsage(session, usage.place(parsed.error))
  return withClient(session, async (client) => {
    const known = await findGrant(session, client, { principal: pack, permission })
    if (!known.ok) return fail(session, known.error)
    const before = listBindings(keepSound(known.value))
    const bindings = dropBindings(before, key, parsed.value)
    if (bindings.length === before.length) {
      const message = secrets.notBound(key, pack)
      return fail(session, { code: 'secrets.not_bound', status: 404, message, hint: `rumi grants list ${pack}` })
    }
    if (bindings.length > 0) return grantBindings(session, client, { pack, known: known.value, bindings })
    const input = { principal_id: pack, permission_id: permission }
    return answer(session, await client.call('grants.revoke', input), {
      schema: revokedView,
      show: () => showBindings(session, pack, { before, after: [] }),
      isOk: ({ revoked }) => revoked,
    })
  })
}

async function grantBindings(
  session: Session,
  client: Client,
  change: {
    readonly pack: string
    readonly known: PermissionView | undefined
    readonly bindings: readonly string[]
  },
): Promise<ExitCode> {
  const { pack, known, bindings } = change
  const before = keepSound(known)
  const input = {
    principal_id: pack,
    permission_id: permission,
    config: { ...before?.config, allowed_bindings: bindings },
    expires_at: before?.expires_at,
    max_uses: before?.uses_left,
  }
  return answer(session, await client.call('grants.grant', withoutUndefined(input)), {
    schema: grantedView,
    show: () => {
      showBindings(session, pack, { before: listBindings(before), after: bindings })
      if (!known || before) return
      note(session, session.messages.gate.change.unsound(describeLevel(known.reason, session.messages)))
    },
  })
}

function listBindings(grant: PermissionView | undefined): readonly string[] {
  const bindings = grant?.config['allowed_bindings']
  return Array.isArray(bindings) ? bindings.filter((binding) => typeof binding === 'string') : []
}

function showBindings(
  session: Session,
  pack: string,
  change: { readonly before: readonly string[]; readonly after: readonly string[] },
): void {
  const { secrets } = session.messages.gate
  session.terminal.out(renderChanges([[secrets.bound(escapeLine(pack)), change]], session.terminal.palette))
}

/** What is still missing before the pack can send it. */
async function adviseBound(
  session: Session,
  client: Client,
  { key, pack, places }: { readonly key: string; readonly pack: string; readonly places: readonly BoundPlace[] },
): Promise<void> {
  const words = session.messages.gate.secrets
  const listed = await readAs(session, client, { name: 'secrets.list', schema: secretsView })
  if (listed.ok && !listed.value.keys.some((secret) => secret.key === key && !secret.deleted))
    note(session, words.unset(key))
  for (const { host, port } of places) {
    const checked = await client.call('network.check', { pack_id: pack, domain: host, port })
    const view = checked.ok ? networkCheckView.safeParse(checked.value) : undefined
    if (view?.data?.allowed === false) note(session, words.unreachable(escapeLine(pack), escapeLine(host), port))
  }
  note(session, words.usage(key))
}
