/** Takes as much of something as it gets and tells where it stopped. */
import { spawn } from 'node:child_process'
import { openSync, writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

const bombs = {
  async forks() {
    for (let started = 0; ; started += 1) {
      const child = spawn('/bin/sh', ['-c', 'kill -STOP $$'], { stdio: 'ignore' })
      const stopped = await new Promise((resolve) => {
        child.on('error', (error) => resolve(error.code))
        child.on('spawn', () => resolve(undefined))
      })
      if (stopped !== undefined) return { started, stopped }
    }
  },
  files() {
    for (let started = 0; ; started += 1) {
      try {
        openSync('/dev/null')
      } catch (error) {
        return { started, stopped: error.code }
      }
    }
  },
  'large file'() {
    const descriptor = openSync('/tmp/large', 'w')
    for (let started = 0; ;) {
      try {
        started += writeSync(descriptor, Buffer.alloc(65_536))
      } catch (error) {
        return { started, stopped: error.code }
      }
    }
  },
  memory() {
    const held = []
    for (;;) held.push(Buffer.alloc(1 << 20, 1))
  },
  heap() {
    const held = []
    for (;;) held.push({ text: `x${held.length}`.repeat(10) })
  },
  async threads() {
    const held = []
    for (;;) held.push(new Worker('setInterval(() => {}, 1000)', { eval: true }))
  },
  'spin alone'() {
    for (;;);
  },
}

export const run = (request) => bombs[request.how]()
