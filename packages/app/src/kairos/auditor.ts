import type { Clock } from '@rumi/kernel/base'
import type { DataFolder } from '@rumi/skills/base'
import {
  auditStaleness,
  findConflicts,
  findDangerous,
  loadDocument,
  readFiles,
  scanDocuments,
  type ComparedDocument,
  type DocumentFolder,
} from '@rumi/skills/document'
import { detectDrift } from '@rumi/skills/verification'
import type { LawLibrary } from './law-library.ts'

/** What an audit looks for. */
export const auditKinds = ['stale', 'conflicts', 'dangerous', 'drift', 'broken'] as const
export type AuditKind = (typeof auditKinds)[number]

/** Something that a person should look at. */
export interface AuditFinding {
  readonly kind: AuditKind
  readonly severity: 'info' | 'warning' | 'error'
  /** @example 'L1/pets' */
  readonly subject: string
  readonly line: number | null
  readonly message: string
  /** A command that would deal with it. */
  readonly hint: string | null
}

interface Ports {
  readonly folder: DataFolder
  readonly clock: Clock
  readonly law: LawLibrary
}

/** Looks through all layers. It changes nothing and decides nothing. */
export class Auditor {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  async audit(kinds: readonly AuditKind[]): Promise<readonly AuditFinding[]> {
    const { folder, clock } = this.#ports
    const found = (['L1', 'L2'] as const).flatMap((layer) => scanDocuments(folder, layer).folders)
    const findings: AuditFinding[] = []
    if (kinds.includes('broken')) findings.push(...this.#findBroken(found))
    if (kinds.includes('stale')) findings.push(...findStale(found, clock.now()))
    if (kinds.includes('conflicts')) findings.push(...(await this.#findConflicts(found)))
    if (kinds.includes('dangerous')) findings.push(...this.#findDangerous(found))
    if (kinds.includes('drift')) findings.push(...(await this.#findDrift()))
    return findings
  }

  #findBroken(found: readonly DocumentFolder[]): readonly AuditFinding[] {
    return found.flatMap((folder) => {
      const { problem } = loadDocument(this.#ports.folder, folder)
      if (problem === undefined) return []
      const { message, line = null, hint = null } = problem
      return [{ kind: 'broken' as const, severity: 'error' as const, subject: subjectOf(folder), line, message, hint }]
    })
  }

  async #findConflicts(found: readonly DocumentFolder[]): Promise<readonly AuditFinding[]> {
    const law = await this.#ports.law.current()
    const skills: readonly ComparedDocument[] = law.ok
      ? [...law.value.skills.values()].map(({ tree }) => ({
          ...{ layer: 'L0', session: null, name: tree.id, description: tree.title ?? '', body: tree.content ?? '' },
          bodyLine: 1,
        }))
      : []
    const documents = found.map((folder): ComparedDocument => {
      const { layer, session, name, description, body, bodyLine } = loadDocument(this.#ports.folder, folder)
      return { layer, session, name, description, body, bodyLine }
    })
    return findConflicts([...skills, ...documents]).map(({ message, first, second }) => ({
      ...{ kind: 'conflicts', severity: 'warning', subject: `${nameOf(first)} · ${nameOf(second)}`, line: first.line },
      ...{ message, hint: null },
    }))
  }

  #findDangerous(found: readonly DocumentFolder[]): readonly AuditFinding[] {
    return found.flatMap((folder) => {
      const files = readFiles(this.#ports.folder, folder)
      if (!files.ok) return []
      return findDangerous(files.value).map(({ file, line, message, kind }) => ({
        ...{ kind: 'dangerous' as const, severity: kind === 'executable' ? ('info' as const) : ('warning' as const) },
        ...{ subject: `${subjectOf(folder)}/${file}`, line, message, hint: null },
      }))
    })
  }

  async #findDrift(): Promise<readonly AuditFinding[]> {
    const law = await this.#ports.law.current()
    const skills = law.ok ? [...law.value.skills.values()] : []
    return skills.flatMap(({ tree }) =>
      detectDrift(tree).items.map(({ severity, line, message }) => ({
        ...{ kind: 'drift' as const, severity, subject: `L0/${tree.id}`, line, message },
        hint: `rumi skills drift ${tree.id}`,
      })),
    )
  }
}

function findStale(found: readonly DocumentFolder[], nowMs: number): readonly AuditFinding[] {
  const documents = found.map(({ id, modifiedAtMs }) => ({
    layer: id.layer,
    session: id.session,
    name: id.name,
    modifiedAtMs,
  }))
  return auditStaleness(documents, nowMs).map(({ layer, session, name, ageDays, advice }) => ({
    ...{ kind: 'stale', severity: advice === 'review' ? 'info' : 'warning', line: null },
    subject: nameOf({ layer, session, name }),
    message: `unchanged for ${ageDays} days`,
    hint: advice === 'archive' ? `rumi knowledge archive ${name} --reason …` : null,
  }))
}

function subjectOf({ id }: DocumentFolder): string {
  return nameOf(id)
}

function nameOf({
  layer,
  session,
  name,
}: {
  readonly layer: string
  readonly session: string | null
  readonly name: string
}): string {
  return session === null ? `${layer}/${name}` : `${layer}/${session}/${name}`
}
