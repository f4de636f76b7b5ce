/** Bytes by the SHA-256 of them: kept for good, and never two copies. */
export interface Blobs {
  has(hash: string): boolean
  /** `unreadable`: what is kept under the name are other bytes. It must never be taken for "nothing". */
  find(hash: string): Uint8Array | 'unreadable' | undefined
}
