import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { verifyLedger } from '../ledger/ledger.ts'
import { actorOf, define } from '../define.ts'
import { wholeNumber } from '../whole-number.ts'

const recordTypes = [
  ...['skill_transition', 'knowledge_update', 'state_commit', 'formalization_decision', 'skillset_event'],
  ...['system_upgrade', 'record', 'init', 'proposal', 'approval', 'rejection', 'files', 'session', 'chain_import'],
  ...['behavior', 'genesis'],
] as const

const importedSchema = z.object({ length: z.number(), head: z.string() }).nullable()

/** Tells how the record stands. */
export const chainStatus = define({
  name: 'chain.status',
  summary: 'Tells how long the record is, and what was taken over from an older system.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/chain/status' },
  input: z.strictObject({}),
  output: z.object({
    /** Entries of the ledger, of all kinds. */
    length: z.number(),
    /** The last entry about skills. */
    latest: z.object({ index: z.number(), type: z.string(), at: z.string(), by: z.string().nullable() }).nullable(),
    imported: importedSchema,
  }),
  run: async ({ kairos, ledger }) => {
    const imported = kairos.chain.imported()
    if (!imported.ok) return imported
    const history = kairos.chain.history({ limit: 1, type: undefined })
    if (!history.ok) return history
    const line = history.value.find(({ origin }) => origin === 'ledger')
    const latest = line ? { index: line.index, type: line.type, at: line.at, by: line.by } : null
    const head = imported.value ? { length: imported.value.length, head: imported.value.head } : null
    return ok({ length: ledger.size(), latest, imported: head })
  },
})

/** Verifies the record. */
export const verifyChainRecord = define({
  name: 'chain.verify',
  summary: 'Verifies every entry of the ledger, and every block of an imported chain against its head on the ledger.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/chain/verify' },
  input: z.strictObject({}),
  output: z.object({
    ok: z.boolean(),
    entries: z.number(),
    root: z.string().nullable(),
    imported: importedSchema,
    faults: z.array(
      z.object({ origin: z.enum(['ledger', 'imported']), index: z.number().nullable(), message: z.string() }),
    ),
  }),
  run: async (services) => {
    const { kairos } = services
    const verified = await verifyLedger(services.ledger)
    if (!verified.ok) return verified
    const report = verified.value
    const imported = kairos.chain.imported()
    const blocks = kairos.chain.verifyImported()
    const lost = !blocks.ok ? [blocks.error.message] : !imported.ok ? [imported.error.message] : []
    const faults = [
      ...report.problems.map((problem) => ({
        ...{ origin: 'ledger' as const, index: null, message: problem.message },
      })),
      ...lost.map((message) => ({ origin: 'imported' as const, index: null, message })),
      ...(blocks.ok ? blocks.value.faults : []).map(({ index = null, message }) => ({
        ...{ origin: 'imported' as const, index, message },
      })),
    ]
    const head = imported.ok && imported.value ? { length: imported.value.length, head: imported.value.head } : null
    return ok({ ok: faults.length === 0, entries: report.size, root: report.root ?? null, imported: head, faults })
  },
})

/** Lists what happened. */
export const chainHistory = define({
  name: 'chain.history',
  summary: 'Lists what happened to skills, newest first, imported blocks last.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/chain/history' },
  input: z.strictObject({ limit: wholeNumber(1, 1000).default(20), type: z.enum(recordTypes).optional() }),
  output: z.object({
    entries: z.array(
      z.object({
        type: z.string(),
        origin: z.enum(['ledger', 'imported']),
        index: z.number(),
        at: z.string(),
        by: z.string().nullable(),
        subject: z.string().nullable(),
        data: z.unknown(),
      }),
    ),
    count: z.number(),
  }),
  run: async ({ kairos }, { limit, type }) => {
    const lines = kairos.chain.history({ limit, type })
    if (!lines.ok) return lines
    return ok({ entries: lines.value.map((line) => ({ ...line })), count: lines.value.length })
  },
})

/** Puts texts on the record. */
export const recordChain = define({
  name: 'chain.record',
  summary: 'Puts texts on the record, under a kind of their own that looks like no record of the system.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'POST', path: '/api/chain/record' },
  input: z.strictObject({ logs: z.array(z.string().min(1).max(4000)).min(1, 'logs array is required').max(15) }),
  output: z.object({ recorded: z.number(), length: z.number() }),
  run: async ({ kairos, ledger }, { logs }, context) => {
    await kairos.chain.record(logs, actorOf(context))
    return ok({ recorded: logs.length, length: ledger.size() })
  },
})

const pathSchema = z.string().min(1).max(4096)

/** Takes over the chain of an older system. */
export const importChain = define({
  name: 'chain.import',
  summary: 'Takes over a chain of the older system from a file on this machine, after every block was checked.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/chain/import' },
  input: z.strictObject({
    /** An absolute path of `blockchain.json` or `kairos.db`; it is only read. */
    path: pathSchema,
  }),
  output: z.object({ length: z.number(), head: z.string() }),
  run: async ({ kairos }, { path }, context) => {
    const imported = await kairos.chain.takeOver(path, actorOf(context))
    return imported.ok ? ok({ length: imported.value.length, head: imported.value.head }) : imported
  },
})

/** Writes the record in the form of the older system. */
export const exportChain = define({
  name: 'chain.export',
  summary: 'Writes the record as a file of the older system: its own blocks unchanged, then one for each entry since.',
  effect: 'read',
  who: 'operator',
  http: { method: 'POST', path: '/api/chain/export' },
  input: z.strictObject({
    /** An absolute path on this machine where nothing is yet. */
    path: pathSchema,
  }),
  output: z.object({ path: z.string(), blocks: z.number(), head: z.string() }),
  run: async ({ kairos }, { path }) => {
    const written = kairos.chain.export(path)
    return written.ok ? ok({ path, ...written.value }) : written
  },
})
