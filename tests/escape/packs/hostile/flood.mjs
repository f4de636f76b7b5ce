/** Writes without end. */
import { writeSync } from 'node:fs'

export function run({ how }) {
  for (;;) {
    if (how === 'raw') writeSync(1, Buffer.alloc(65_536, 'x'))
    else if (how === 'print') console.log('x'.repeat(1000))
    else process.stdout.write('x'.repeat(4096))
  }
}
