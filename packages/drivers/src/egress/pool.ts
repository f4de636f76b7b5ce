import type { Clock } from '@rumi/kernel/base'
import type { Connection } from './connection.ts'

const idleMs = 4000
const maxIdlePerKey = 4
const maxIdle = 64

/** Idle connections that may be used again by the same principal for the same place at the same address. */
export interface ConnectionPool {
  /** An idle connection, which is the caller's from now on. */
  take(key: string): Connection | undefined
  /** Keeps a connection for 4 s; closes it when enough are idle. */
  put(key: string, connection: Connection): void
  close(): void
}

interface Idle {
  readonly key: string
  readonly connection: Connection
  release(): void
}

/**
 * Keeps idle connections. The principal is part of every key: what a server sends ahead of a request can then only
 * reach the pack that talks to this server anyway.
 */
export function createConnectionPool(clock: Clock): ConnectionPool {
  const idle = new Set<Idle>()
  const discard = (entry: Idle): void => {
    idle.delete(entry)
    entry.release()
    entry.connection.socket.destroy()
  }
  return {
    take: (key) => {
      for (const entry of idle) {
        if (entry.key !== key) continue
        idle.delete(entry)
        entry.release()
        entry.connection.socket.ref()
        return entry.connection
      }
      return undefined
    },
    put: (key, connection) => {
      const { socket } = connection
      const hasRoom = idle.size < maxIdle && [...idle].filter((entry) => entry.key === key).length < maxIdlePerKey
      if (!hasRoom || socket.destroyed || socket.readableLength > 0) {
        socket.destroy()
        return
      }
      // Nobody asked, so whatever arrives now is not an answer: it must not become the next one's.
      const onUnexpected = (): void => discard(entry)
      const cancel = clock.after(idleMs, onUnexpected)
      const entry: Idle = {
        key,
        connection,
        release: () => {
          cancel()
          for (const event of ['data', 'end', 'close', 'error']) socket.off(event, onUnexpected)
        },
      }
      for (const event of ['data', 'end', 'close', 'error']) socket.on(event, onUnexpected)
      socket.unref()
      idle.add(entry)
    },
    close: () => {
      for (const entry of idle) discard(entry)
    },
  }
}
