import { err, ok, type Outcome } from '@rumi/kernel/base'
import type { StateStore } from '@rumi/kernel/state'
import { versionCollection, type VersionRecord } from '@rumi/skills/governance'
import type { LawSkill } from './law-files.ts'

/** A version that was in force, with its text. */
export interface KeptVersion {
  readonly record: VersionRecord
  readonly treeHash: string
  readonly source: LawSkill['source']
}

/** Every version of every skill that was ever in force. */
export class Versions {
  readonly #state: StateStore

  constructor(state: StateStore) {
    this.#state = state
  }

  /** Of one skill, newest first. */
  list(skillId: string): readonly VersionRecord[] {
    const kept = this.#state.read((reader) => reader.documents.list(versionCollection))
    return kept
      .flatMap(({ record }) => (record === 'unreadable' || record.skillId !== skillId ? [] : [record]))
      .toSorted((a, b) => b.revision - a.revision)
  }

  /**
   * One of them by its revision, its tree hash or the first digits of that. Problems: `version.unknown` 404,
   * `version.unreadable` 500.
   */
  find(skillId: string, name: string): Outcome<KeptVersion> {
    const digits = name.replace(/^sha256:/, '')
    const isHash = /^[0-9a-f]{6,64}$/.test(digits)
    const record = this.list(skillId).find(
      ({ revision, treeHash }) => String(revision) === name || (isHash && treeHash.startsWith(`sha256:${digits}`)),
    )
    if (record === undefined) return err(unknownVersion(skillId, name))
    const bytes = this.#state.read((reader) => reader.blobs.find(record.source.content))
    if (!(bytes instanceof Uint8Array)) return err(unreadable(skillId))
    const source = { language: record.source.language, text: Buffer.from(bytes).toString('utf8') }
    return ok({ record, treeHash: record.treeHash, source })
  }
}

function unknownVersion(
  skillId: string,
  name: string,
): { code: string; status: number; message: string; hint: string } {
  return {
    code: 'version.unknown',
    status: 404,
    message: `"${skillId}" never had a version "${name.slice(0, 80)}".`,
    hint: `rumi skills show ${skillId}`,
  }
}

function unreadable(skillId: string): { code: string; status: number; message: string } {
  return {
    code: 'version.unreadable',
    status: 500,
    message: `The text of that version of "${skillId}" cannot be read.`,
  }
}
