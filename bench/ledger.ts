import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqlStateStore } from '../packages/drivers/src/sql/index.ts'
import { systemClock } from '../packages/drivers/src/system/index.ts'
import {
  createLedgerSigner,
  formatVerifierKey,
  generateLedgerKey,
  inclusionProof,
  type LedgerSigner,
} from '../packages/kernel/src/ledger/index.ts'
import { createPrivateKey } from 'node:crypto'
import type { LedgerService } from '../packages/app/src/operations/index.ts'
import { verifyLedger } from '../packages/app/src/operations/index.ts'
import { measure, type Series } from './measure.ts'

type Add = (name: string, series: Series, more?: { readonly goal?: number }) => void

const entry = {
  kind: 'kairos.knowledge',
  actor: 'delegate/http',
  subject: 'pets',
  data: { layer: 'L1', action: 'update', prev_hash: 'ab'.repeat(32), next_hash: 'cd'.repeat(32), reason: 'a reason' },
}

/** Measures the ledger at three sizes: what it costs must not grow with what it holds. */
export async function measureLedger(add: Add): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rumi-bench-ledger-'))
  const signer = createLedgerSigner('bench', createPrivateKey(generateLedgerKey().privateKeyPem))
  const state = new SqlStateStore({
    path: join(folder, 'rumi.db'),
    clock: systemClock,
    signer,
    onBroken: () => process.exit(1),
  })
  try {
    for (const size of [10, 10_000, 1_000_000]) {
      await fill(state, size)
      const name = size.toLocaleString('en')
      const append = async (): Promise<void> => state.write((writer) => writer.append(entry))
      add(`ledger of ${name}: durable append`, await measure(append, { count: 300 }), { goal: 0.5 })
      add(`ledger of ${name}: verify all`, await measure(async () => verify(state, signer), { count: 1, warmUps: 0 }), {
        ...(size === 1_000_000 ? { goal: 10_000 } : {}),
      })
      const { ledger } = state
      const prove = async (): Promise<void> => {
        inclusionProof({ index: Math.floor(ledger.size() / 3), size: ledger.size(), readNode: ledger.readNode })
      }
      add(`ledger of ${name}: proof of inclusion`, await measure(prove, { count: 300 }), { goal: 1 })
    }
  } finally {
    state.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fill(state: SqlStateStore, size: number): Promise<void> {
  while (state.ledger.size() < size) {
    const count = Math.min(10_000, size - state.ledger.size())
    await state.write((writer) => {
      for (let index = 0; index < count; index += 1) writer.append(entry)
    })
  }
}

async function verify(state: SqlStateStore, signer: LedgerSigner): Promise<void> {
  const { ledger } = state
  const service: LedgerService = {
    size: () => ledger.size(),
    readNode: ledger.readNode,
    leaves: (from, count) => ledger.leaves(from, count),
    entries: (from, limit) => ledger.entries(from, limit),
    lines: (from, limit) => ledger.lines(from, limit),
    signHead: async () => state.signHead(),
    verifierKey: formatVerifierKey(signer),
  }
  const report = await verifyLedger(service)
  if (!report.ok || !report.value.ok) throw new Error('the ledger of the bench is intact')
}
