import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { System } from '@rumi/app/compose'
import { packIdSchema } from '@rumi/kernel/base'
import { decideLevel, permissionIdSchema } from '@rumi/kernel/grant'
import type { LedgerEntry } from '@rumi/kernel/ledger'
import { maxUses } from './gate-home.ts'

/** What a kernel said about a change of a grant or a secret. */
export interface Change {
  readonly what: 'grant' | 'secret'
  readonly begin?: { readonly store?: string | null; readonly value?: string | null }
  readonly done?: Change['begin']
}

/** Whether a line is about a change of a grant or a secret. */
export function isChange(line: unknown): line is Change {
  return typeof line === 'object' && line !== null && 'what' in line
}

const writer = packIdSchema.parse('writer')
const steady = packIdSchema.parse('steady')
const permission = (text: string) => permissionIdSchema.parse(text)

/** Checks that each change that was answered is there, and at most the one after it, which was begun. */
export function judgeChanges(system: System, changes: readonly Change[]): void {
  const { grants, secrets } = system.services
  for (const what of ['grant', 'secret'] as const) {
    const of = changes.filter((change) => change.what === what)
    const at = of.findLastIndex((change) => change.done !== undefined)
    const possible = of.slice(Math.max(0, at)).map(({ begin, done }) => begin ?? done)
    if (at < 0) continue // of what was there before it is known only that it is whole
    const found = what === 'grant' ? { store: findStore(system) } : { value: findSecret(system) }
    expect(possible).toContainEqual(found)
  }
  expect(secrets.unreadableCount()).toBe(0)
  for (const { record } of grants.list()) {
    const level = typeof record === 'object' && decideLevel(grants.state(), record.principalId, record.permissionId)
    expect(level).toMatchObject({ counts: true })
  }
}

function findStore({ services }: System): string | null {
  const level = decideLevel(services.grants.state(), steady, permission('store.get'))
  if (!level.counts) {
    expect(level.denial.reason).toBe('no-grant')
    return null
  }
  const stores = level.record.config['allowed_store_ids']
  return Array.isArray(stores) ? String(stores[0]) : null
}

function findSecret({ services }: System): string | null {
  const { record, versionFloor } = services.secrets.read('CHANGING')
  if (record === undefined) return null
  if (record === 'unreadable') throw new Error('the secret cannot be read')
  expect(record.version).toBe(versionFloor)
  if (record.deleted_at !== null) return null
  const opened = services.secrets.open(record)
  if (!opened.ok) throw new Error(opened.error.kind)
  return opened.value.reveal()
}

/**
 * Checks that every value whose change was answered is there and whole, that the counters are those of the entries, and
 * that rows, floors and numbers of uses tell what the ledger tells.
 */
export function judgeStores({ services }: System, entries: readonly LedgerEntry[], journal: readonly string[]): void {
  const found = services.state.read((state) => {
    const values = new Map<string, ReturnType<JSON['parse']>>()
    for (let after = ''; ;) {
      const keys = state.stores.listKeys({ storeId: 'kept', prefix: '', after, limit: 1000 })
      for (const key of keys) values.set(key, JSON.parse(state.stores.find('kept', key) ?? 'null'))
      const last = keys.at(-1)
      if (last === undefined) return { values, usage: state.stores.usage('kept'), bytes: sizeOf(values) }
      after = last
    }
  })
  const { values } = found
  expect(found.usage).toEqual({ keys: values.size, bytes: found.bytes })
  const lines = new Set(journal)
  const wasDone = (operation: string, key: string): boolean => lines.has(`done ${operation} ${key}`)
  for (const line of lines) {
    const [state, operation, key = ''] = line.split(' ')
    if (state !== 'done' || operation === 'cas') continue
    if (operation === 'delete') expect([key, values.has(key)]).toEqual([key, false])
    else if (!lines.has(`begin delete ${key}`)) expect(values.get(key)).toMatchObject({ is: key })
  }
  for (const [key, value] of values) {
    if (!key.endsWith('/counter')) expect(value).toMatchObject({ is: key })
    else {
      // Of its writer's values as many are there, or one more that was not counted yet.
      const name = key.replace('counter', '')
      const isThere = (number: number): boolean =>
        values.has(`${name}${number}`) ||
        lines.has(`begin delete ${name}${number}`) ||
        wasDone('set', `${name}${number}`)
      if (journal.length > 0 && lines.has(`begin set ${name}0`)) expect(isThere(value - 1)).toBe(true)
    }
  }
  // Each change has its entry, and each entry its change.
  const calls = entries.filter(({ kind, subject }) => kind === 'capability.call' && subject === 'kept')
  const count = (name: string): number => calls.filter(({ data }) => data['permission_id'] === name).length
  expect(count('store.set') - count('store.delete')).toBe(
    [...values.keys()].filter((key) => !key.endsWith('/counter')).length,
  )
  const exchanges = [...values].reduce((sum, [key, value]) => sum + (key.endsWith('/counter') ? Number(value) : 0), 0)
  expect(count('store.cas')).toBe(exchanges)
  const level = decideLevel(services.grants.state(), writer, permission('store.cas'))
  if (!level.counts) throw new Error(level.denial.reason)
  const spent = entries.filter(({ kind, subject }) => kind === 'grant.spend' && subject === 'writer').length
  expect(level.record.usesLeft).toBe(maxUses - spent)
  expect(spent).toBeGreaterThanOrEqual(exchanges)
}

function sizeOf(values: ReadonlyMap<string, unknown>): number {
  return [...values].reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(JSON.stringify(value)),
    0,
  )
}

/** The whole lines of a journal; its last one may be cut. */
export function readJournal(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
}
