/** A tree of 2^53 leaves is no higher. */
const LONGEST_PATH = 54

/** Whether a value has the form of a SHA-256 hash; proofs come from strangers, whatever their type says. */
export function isHash(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === 32
}

/** Whether a value is a list of hashes that some tree could need; a longer one would only cost time. */
export function isHashPath(value: unknown): value is readonly Uint8Array[] {
  return Array.isArray(value) && value.length <= LONGEST_PATH && value.every(isHash)
}

/** Whether two hashes are equal. They are public, so the time it takes tells nothing. */
export function sameHash(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0
}
