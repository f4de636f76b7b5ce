import type { ShareView, StoreView } from '../gate-views.ts'
import { escapeLine } from './escape.ts'
import { formatBytes, formatInstant } from './fields.ts'
import type { Style } from './packs.ts'
import { renderTable } from './table.ts'

/** Stores, a line each: whose, and how full. */
export function renderStores(stores: readonly StoreView[], { messages, terminal }: Style): string {
  const { gate } = messages
  return renderTable({
    head: [gate.table.store, gate.table.owner, gate.table.keys, gate.table.size, gate.table.created],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: stores.map((store) => [
      { text: escapeLine(store.store_id), style: terminal.palette.bold },
      store.owner === null ? gate.stores.operator : escapeLine(store.owner),
      gate.stores.of(String(store.keys), String(store.max_keys)),
      gate.stores.of(formatBytes(store.bytes), formatBytes(store.max_bytes)),
      escapeLine(formatInstant(store.created_at)),
    ]),
  })
}

/** Stores that packs may use though they are another one's, a line each. */
export function renderShares(shares: readonly ShareView[], { messages, terminal }: Style): string {
  const { table } = messages.gate
  return renderTable({
    head: [table.store, table.provider, table.consumer, table.since],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: shares.map((share) => [
      { text: escapeLine(share.store_id), style: terminal.palette.bold },
      escapeLine(share.provider_pack_id),
      escapeLine(share.consumer_pack_id),
      escapeLine(formatInstant(share.approved_at)),
    ]),
  })
}
