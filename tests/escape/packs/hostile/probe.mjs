/** Tries whatever the input lists, one operation after the other, and tells what each came to. */
import { lookup } from 'node:dns/promises'
import * as fs from 'node:fs'
import { connect } from 'node:net'
import { setPriority } from 'node:os'

function reach(options) {
  return new Promise((resolve, reject) => {
    const socket = connect(options, () => resolve(socket.destroy()))
    socket.setTimeout(2000, () => socket.destroy(new Error('timeout')))
    socket.on('error', reject)
  })
}

function fill(path, mib) {
  const descriptor = fs.openSync(path, 'w')
  try {
    for (let written = 0; written < mib; written += 1) fs.writeSync(descriptor, Buffer.alloc(1 << 20))
  } finally {
    fs.closeSync(descriptor)
    fs.unlinkSync(path)
  }
}

const operations = {
  open: (path, mode = 'r') =>
    fs.closeSync(fs.openSync(path, { r: fs.constants.O_RDONLY, w: fs.constants.O_WRONLY, c: 'a' }[mode])),
  list: (path) => fs.readdirSync(path),
  fill,
  connect: (family, address) =>
    reach(family === 'AF_UNIX' ? { path: address.replace('@', '\0') } : { host: address[0], port: address[1] }),
  resolve: (name) => lookup(name),
  'through link': (target) => {
    fs.symlinkSync(target, '/tmp/l')
    try {
      fs.readFileSync('/tmp/l')
    } finally {
      fs.unlinkSync('/tmp/l')
    }
  },
  chmod: (path) => fs.chmodSync(path, 0o777),
  unlink: (path) => fs.unlinkSync(path),
  rename: (from, to) => fs.renameSync(from, to),
  link: (from, to) => fs.linkSync(from, to),
  mkdir: (path) => fs.mkdirSync(path),
  nice: (value) => setPriority(0, value),
  kill: (pid, number) => process.kill(pid, number),
  'set uid': (uid) => process.setuid(uid),
}

export async function run(list) {
  const seen = []
  for (const [name, ...args] of list) {
    try {
      await operations[name](...args)
      seen.push('ok')
    } catch (error) {
      seen.push(error.info?.code ?? error.code ?? error.message)
    }
  }
  return seen
}
