/** Writes what it likes to its channel. Its own call's number is in the input: there is no way to ask for it. */
import { writeSync } from 'node:fs'

export async function run(request) {
  for (const one of request.frames) {
    const body = Buffer.from(one.body ?? '', 'latin1')
    const head = Buffer.alloc(9)
    head.writeUInt32BE(one.length ?? body.length + 5)
    head[4] = one.kind
    head.writeUInt32BE(request.call + (one.offset ?? 0), 5)
    writeSync(4, Buffer.concat([head, body]))
  }
  await new Promise((resolve) => setTimeout(resolve, 1000 * (request.seconds ?? 0)))
  return { own: request.own }
}
