/** What an author might try against the code that runs the block. */
import { closeSync, writeSync } from 'node:fs'

const tricks = {
  'close channel': () => {
    closeSync(4)
    return 'nobody hears this'
  },
  'close output': () => {
    closeSync(1)
    closeSync(2)
    return 'still there'
  },
  garbage: async () => {
    writeSync(4, Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 256)))
    await new Promise((resolve) => setTimeout(resolve, 5000))
  },
  'kill everybody': () => {
    for (const target of [-1, 0, 1, process.ppid]) {
      for (const signal of ['SIGCONT', 'SIGKILL']) {
        try {
          process.kill(target, signal)
        } catch {
          continue
        }
      }
    }
    return 'still there'
  },
  'replace json': () => {
    JSON.stringify = () => '{"ok":true,"value":"forged"}'
    JSON.parse = () => ({})
    return 'own'
  },
  'poison prototypes': () => {
    for (const name of ['toJSON', 'then', 'get']) {
      Object.defineProperty(Object.prototype, name, { get: () => process.exit(7), configurable: true })
    }
    return { a: 1 }
  },
  'throw strangely': () => {
    throw new Proxy(new Error('x'), {
      get() {
        throw new Error('again')
      },
    })
  },
  debug: () => {
    process.kill(process.pid, 'SIGUSR1') // opens the inspector, if it can
    return 'still there'
  },
}

export const run = (request) => tricks[request.trick](request)
