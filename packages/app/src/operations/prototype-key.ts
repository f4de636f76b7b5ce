/** Tells whether `__proto__` is a key anywhere: schemas drop it without a word, and a flow gets what was sent or nothing. */
export function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasPrototypeKey)
}
