/** Writes without end. */
import { writeSync } from 'node:fs'

/** As a program that waits for nobody: what the pipe does not take now is tried again. */
function writeRaw(bytes) {
  try {
    writeSync(1, bytes)
  } catch (error) {
    if (error.code !== 'EAGAIN') throw error
  }
}

export function run({ how }) {
  for (;;) {
    if (how === 'raw') writeRaw(Buffer.alloc(65_536, 'x'))
    else if (how === 'print') console.log('x'.repeat(1000))
    else process.stdout.write('x'.repeat(4096))
  }
}
