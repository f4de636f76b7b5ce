import type { Result } from '@rumi/kernel/base'
import type { OpeningRefusal, SecretName, SecretRecord, SecretText, StoredSecret } from '@rumi/kernel/secret'
import type { SecretReading } from './secret-folder.ts'
import type { VersionFloor } from './version-floors.ts'

/**
 * What is wrong with a secret. `unreadable`: its file is damaged, a link, or no file. `name-mismatch`: it is the file of
 * another. `stale`: an older one was put back. `lost`: the ledger knows it, and its file is gone. `unknown-key`: it was
 * sealed with a key that we do not have. `malformed`, `not-authentic`: its content was changed.
 */
export type SecretFault = 'unreadable' | 'name-mismatch' | 'stale' | 'lost' | OpeningRefusal['kind']

/** A secret as it is found on the disk. */
export type JudgedSecret =
  | { readonly kind: 'absent' }
  | { readonly kind: 'sound'; readonly record: SecretRecord }
  | {
      readonly kind: 'faulty'
      readonly fault: SecretFault
      /** Its file, when it could at least be read as one of this name. */
      readonly record?: SecretRecord
    }

/** What judging takes. */
export interface SecretEvidence {
  readonly name: SecretName
  readonly reading: SecretReading
  readonly floor: VersionFloor | undefined
  readonly open: (record: StoredSecret) => Result<SecretText, OpeningRefusal>
}

/** Judges what lies under a name against what the ledger knows and our keys open. */
export function judgeSecret({ name, reading, floor, open }: SecretEvidence): JudgedSecret {
  if (reading === undefined) {
    return floor === undefined || floor.isDeleted ? { kind: 'absent' } : { kind: 'faulty', fault: 'lost' }
  }
  if (reading === 'unreadable') return { kind: 'faulty', fault: 'unreadable' }
  if (reading.key !== name) return { kind: 'faulty', fault: 'name-mismatch' }
  const faulty = (fault: SecretFault): JudgedSecret => ({ kind: 'faulty', fault, record: reading })
  if (floor !== undefined && reading.version < floor.version) return faulty('stale')
  if (reading.deleted_at !== null) {
    return isCredibleTombstone(reading.version, floor) ? { kind: 'sound', record: reading } : faulty('not-authentic')
  }
  const opened = open(reading)
  return opened.ok ? { kind: 'sound', record: reading } : faulty(opened.error.kind)
}

/**
 * Nothing seals a tombstone. Whoever can write files can delete a secret with one, as with `rm`; but not raise its
 * version until no later one fits: a crash leaves a file one version ahead of the ledger, and never more.
 */
function isCredibleTombstone(version: number, floor: VersionFloor | undefined): boolean {
  if (floor === undefined) return false
  return version === floor.version ? floor.isDeleted : version === floor.version + 1
}

/** The id of the key that sealed a record, as it says; undefined when it says none. */
export function findKeyId({ value }: SecretRecord): string | undefined {
  return /^rumi-secret\/1\.([0-9a-f]{16})\./.exec(value)?.[1]
}
