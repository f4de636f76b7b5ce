import type { Command } from 'commander'
import { z } from 'zod'
import type { JsonObject } from '@rumi/kernel/base'
import { getGrantDefaults } from '@rumi/kernel/capability'
import { permissionIdSchema } from '@rumi/kernel/grant'
import type { Messages } from '../../messages/index.ts'
import { answer, fail, failUsage, note, say } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { grantedView, grantsRotatedView, grantsView, revokedView, type PermissionView } from '../gate-views.ts'
import { addToConfig, parseGrantConfig } from '../grant-config.ts'
import { findGrant, keepSound } from '../known-grant.ts'
import { countValue, expiresValue } from '../option-values.ts'
import { findLost, renderChanges } from '../render/change.ts'
import { describeLevel } from '../render/denials.ts'
import { escapeLine } from '../render/escape.ts'
import { listConfigChanges, renderGrants } from '../render/grants.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'

const grantSchema = z.object({
  principal: z.string(),
  permission: z.string(),
  config: z.string().optional(),
  allow: z.array(z.string()),
  expires: expiresValue.optional(),
  maxUses: countValue.optional(),
  add: z.boolean().default(false),
})
type GrantValues = Readonly<z.infer<typeof grantSchema>>

const revokeSchema = z.object({ principal: z.string(), permission: z.string(), reason: z.string().optional() })

/** `rumi grants …` */
export function addGrantCommands(grants: Command, launch: Launch, messages: Messages): void {
  const { example, help } = messages.gate
  const pair = [
    ['<principal>', help.principal],
    ['<permission>', help.permission],
  ] as const
  addCommand(grants, launch, {
    name: 'list',
    summary: help.grantsList,
    example: example('rumi grants list weather'),
    arguments: [['[principal]', help.principal]],
    values: z.object({ principal: z.string().optional() }),
    run: list,
  })
  addCommand(grants, launch, {
    name: 'grant',
    summary: help.grantsGrant,
    example: example('rumi grants grant weather store.get --allow store_ids=weather_cache'),
    arguments: pair,
    options: [
      { flags: '--config <json>', description: help.config },
      { flags: '--allow <list>', description: help.allow, isRepeatable: true },
      { flags: '--expires <time>', description: help.expires },
      { flags: '--max-uses <count>', description: help.maxUses },
      { flags: '--add', description: help.add },
    ],
    values: grantSchema,
    run: grant,
  })
  addCommand(grants, launch, {
    name: 'revoke',
    summary: help.grantsRevoke,
    example: example('rumi grants revoke weather store.get'),
    arguments: pair,
    options: [{ flags: '--reason <text>', description: messages.help.reason }],
    values: revokeSchema,
    run: revoke,
  })
  addCommand(grants, launch, {
    name: 'rotate',
    summary: help.grantsRotate,
    example: example('rumi grants rotate'),
    values: z.object({}),
    run: rotate,
  })
}

async function list(session: Session, { principal }: { readonly principal?: string | undefined }): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('grants.list', withoutUndefined({ principal_id: principal })), {
      schema: grantsView,
      show: (found) => {
        if (Object.keys(found.grants).length === 0) note(session, session.messages.gate.grants.none)
        else session.terminal.out(renderGrants(found, session))
      },
    }),
  )
}

async function grant(session: Session, values: GrantValues): Promise<ExitCode> {
  const wanted = parseGrantConfig(values, session.messages)
  if (!wanted.ok) return failUsage(session, wanted.error)
  const { principal, permission, expires, maxUses, add } = values
  return withClient(session, async (client) => {
    const before = await findGrant(session, client, { principal, permission })
    if (!before.ok) return fail(session, before.error)
    const held = add ? keepSound(before.value) : undefined
    const input = {
      principal_id: principal,
      permission_id: permission,
      config: addToConfig(held?.config ?? {}, wanted.value),
      expires_at: expires ?? held?.expires_at,
      max_uses: maxUses ?? held?.uses_left,
    }
    return answer(session, await client.call('grants.grant', withoutUndefined(input)), {
      schema: grantedView,
      show: (granted) => {
        say(session, session.messages.gate.grants.granted(escapeLine(principal), escapeLine(permission)))
        const after = { ...getGrantDefaults(permissionIdSchema.parse(granted.permission_id)), ...granted.config }
        showConfigChange(session, before.value, after)
      },
    })
  })
}

/** Shows what a grant reaches now, what is new of it and what is lost. */
export function showConfigChange(session: Session, known: PermissionView | undefined, after: JsonObject): void {
  const { messages, terminal } = session
  const { change, grants } = messages.gate
  const before = keepSound(known)
  const changes = listConfigChanges(before?.config ?? {}, after)
  terminal.out(changes.length === 0 ? `  ${grants.unlimited}\n` : renderChanges(changes, terminal.palette))
  if (known && !before) note(session, change.unsound(describeLevel(known.reason, messages)))
  if (changes.some(([key, one]) => key.startsWith('allowed_') && findLost(one).length > 0)) note(session, change.lost)
}

async function revoke(session: Session, values: Readonly<z.infer<typeof revokeSchema>>): Promise<ExitCode> {
  const { principal, permission, reason } = values
  const { grants } = session.messages.gate
  const input = withoutUndefined({ principal_id: principal, permission_id: permission, reason })
  return withClient(session, async (client) =>
    answer(session, await client.call('grants.revoke', input), {
      schema: revokedView,
      show: ({ revoked }) => {
        const names = [escapeLine(principal), escapeLine(permission)] as const
        if (revoked) say(session, grants.revoked(...names))
        else note(session, grants.notRevoked(...names))
      },
      isOk: ({ revoked }) => revoked,
    }),
  )
}

async function rotate(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('grants.rotate'), {
      schema: grantsRotatedView,
      show: ({ resigned, key_id: key }) =>
        say(session, session.messages.gate.grants.rotated(resigned, escapeLine(key))),
    }),
  )
}
