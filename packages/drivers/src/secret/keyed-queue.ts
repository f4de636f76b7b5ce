/** Runs work one after the other when it has the same key, and side by side when it has not. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>()

  /** Runs `work` once everything that was asked for under this key before has ended, however it ended. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve()
    const done = before.then(work)
    const tail = done.catch(() => undefined) // whoever asked for it is told; the next one only waits
    this.#tails.set(key, tail)
    try {
      return await done
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    }
  }
}
