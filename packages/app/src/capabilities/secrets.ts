import { ok, type Result } from '@rumi/kernel/base'
import type { Capability, CapabilityResult, CapabilityUse } from '@rumi/kernel/gate'
import { findAllowed, permissionIdSchema } from '@rumi/kernel/grant'
import {
  decideSecretRead,
  secretNameSchema,
  type SecretRecord,
  type SecretText,
  type StoredSecret,
} from '@rumi/kernel/secret'

/** What reading secrets takes. */
export interface SecretReader {
  /** What is kept under a name, and the newest version that the ledger knows of it. */
  read(name: string): {
    readonly record: SecretRecord | 'unreadable' | undefined
    readonly versionFloor: number | undefined
  }
  open(record: StoredSecret): Result<SecretText, { readonly kind: string }>
}

/** `secrets.get`: the value itself, to a pack whose grant names the key. (pack-development §Secrets) */
export function createSecretsCapability(secrets: SecretReader): Capability {
  return {
    permissionId: permissionIdSchema.parse('secrets.get'),
    // Never a problem with the arguments: a malformed name gets the same text as one that is not allowed. (CAP-05)
    read: (args) => {
      const name = secretNameSchema.safeParse(args['key'])
      const subject = name.success ? name.data : 'malformed-name'
      const needs = name.success ? { allowed_keys: [name.data] } : {}
      return ok({ subject, needs, perform: (use) => getSecret(secrets, args['key'], use) })
    },
  }
}

async function getSecret(secrets: SecretReader, name: unknown, use: CapabilityUse): Promise<CapabilityResult> {
  const allowedKeys = findAllowed(use.config, 'allowed_keys')
  const decision = decideSecretRead({ name, allowedKeys, ...secrets.read(typeof name === 'string' ? name : '') })
  if (!decision.allowed) return { kind: 'denied', reason: decision.reason }
  const opened = secrets.open(decision.record)
  if (!opened.ok) return { kind: 'denied', reason: opened.error.kind }
  await use.commit(() => undefined) // on the ledger before it is given out
  const value = opened.value.reveal()
  use.caller.revealed?.add(value)
  return { kind: 'answer', output: { success: true, value } }
}
