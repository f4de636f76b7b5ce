/** Which keys of a store to list. */
export interface StorePage {
  readonly storeId: string
  /** Keys that begin with it; empty: all. */
  readonly prefix: string
  /** Keys after it, exclusive; empty: from the first. */
  readonly after: string
  readonly limit: number
}

/** What a store takes. */
export interface StoreUsage {
  readonly keys: number
  /** Bytes of all keys and values. */
  readonly bytes: number
}

/** Values that packs keep: JSON texts by store and key. */
export interface StoreEntries {
  find(storeId: string, key: string): string | undefined
  /** Bytes of a value, without reading it. */
  size(storeId: string, key: string): number | undefined
  /** In order of their bytes; reads no more of them than it gives. */
  listKeys(page: StorePage): readonly string[]
  usage(storeId: string): StoreUsage
}
