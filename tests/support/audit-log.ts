import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { auditFileName, encodeAuditLine, projectEntry } from '@rumi/kernel/audit'
import type { LedgerEntry } from '@rumi/kernel/ledger'

/** The files of the audit log of a home, by name. */
export function readAuditFiles(home: string): Readonly<Record<string, string>> {
  const folder = join(home, 'user_data/audit')
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.jsonl')) : []
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

/** The files that a ledger becomes, by the rule alone. */
export function projectLedger(entries: readonly LedgerEntry[]): Readonly<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const line of entries.map(projectEntry)) {
    const name = auditFileName(line)
    files[name] = `${files[name] ?? ''}${encodeAuditLine(line)}\n`
  }
  return files
}

/** Asserts that each file begins with what the entries become; behind it there may be lines of later entries. */
export function expectAuditOf(home: string, entries: readonly LedgerEntry[]): void {
  const files = readAuditFiles(home)
  const begun = Object.entries(projectLedger(entries)).map(([name, text]) => [name, files[name]?.slice(0, text.length)])
  expect(Object.fromEntries(begun)).toEqual(projectLedger(entries))
}
