import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { describeSecret, parseSecretText, secretNameSchema, type SecretText } from '@rumi/kernel/secret'
import { actorOf, define } from '../define.ts'

const shownSchema = z.object({
  key: z.string(),
  exists: z.boolean(),
  deleted: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
  deleted_at: z.string().optional(),
})

/** Names and dates of the secrets. There is no operation that gives a value out. (operations §Secrets) */
export const listSecrets = define({
  name: 'secrets.list',
  summary: 'Lists the secrets by name and date, never their values.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/secrets' },
  input: z.strictObject({}),
  output: z.object({
    keys: z.array(shownSchema),
    count: z.number(),
    unreadable: z.number(),
    problems: z.array(z.object({ key: z.string(), reason: z.string(), key_id: z.string().optional() })),
    key_id: z.string().nullable(),
    rotation_pending: z.boolean(),
  }),
  run: async ({ secrets }) => {
    const { records, faults, keyId, isRotating } = secrets.list()
    return ok({
      keys: records.map((record) => shownSchema.parse(describeSecret(record))),
      count: records.length,
      unreadable: faults.length,
      problems: faults.map(({ name, fault, keyId: wanted }) => ({
        key: name,
        reason: fault,
        ...(wanted === undefined ? {} : { key_id: wanted }),
      })),
      key_id: keyId ?? null,
      rotation_pending: isRotating,
    })
  },
})

/** From here on the value is in a `SecretText`; no refusal repeats what was sent. */
const valueSchema = z.string('must be a text').transform((text, context): SecretText => {
  const parsed = parseSecretText(text)
  if (parsed.ok) return parsed.value
  const isTooLarge = parsed.error.kind === 'too-large'
  context.addIssue({
    code: 'custom',
    input: undefined,
    message: isTooLarge ? 'too large: at most 1048576 bytes' : 'has no UTF-8 form',
  })
  return z.NEVER
})

const changed = z.object({
  success: z.literal(true),
  key: z.string(),
  created: z.boolean(),
  error: z.null(),
})

/** Whoever mistakes the value for the name of a member must not read it in the answer either. */
const onlyNamedMembers = {
  error: (issue: { readonly code?: string }): string | undefined =>
    issue.code === 'unrecognized_keys' ? 'has a member that is not taken here' : undefined,
}

/** Sets a secret, or replaces it. */
export const setSecret = define({
  name: 'secrets.set',
  summary: 'Sets a secret; its value cannot be read back.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/secrets/set' },
  input: z.strictObject({ key: secretNameSchema, value: valueSchema }, onlyNamedMembers),
  output: changed,
  run: async ({ secrets }, { key, value }, context) => {
    const set = await secrets.set(key, value, actorOf(context))
    return set.ok ? ok({ success: true as const, key, created: set.value.created, error: null }) : set
  },
})

/** Deletes a secret. A tombstone stays: that there was one, and until when. */
export const deleteSecret = define({
  name: 'secrets.delete',
  summary: 'Deletes a secret.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/secrets/delete' },
  input: z.strictObject({ key: secretNameSchema, reason: z.string().max(1000).optional() }, onlyNamedMembers),
  output: changed,
  run: async ({ secrets }, { key, reason }, context) => {
    const deleted = await secrets.delete(key, actorOf(context), reason)
    return deleted.ok ? ok({ success: true as const, key, created: false, error: null }) : deleted
  },
})

/** Changes the key that seals the secrets. */
export const rotateSecrets = define({
  name: 'secrets.rotate',
  summary: 'Seals all secrets anew with a new key and forgets the old one.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/secrets/rotate' },
  input: z.strictObject({}),
  output: z.object({ key_id: z.string(), resealed: z.number() }),
  run: async ({ secrets }, _input, context) => {
    const rotated = await secrets.rotate(actorOf(context))
    return rotated.ok ? ok({ key_id: rotated.value.keyId, resealed: rotated.value.resealed }) : rotated
  },
})
