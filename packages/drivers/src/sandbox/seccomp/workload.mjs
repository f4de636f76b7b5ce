// Uses what an honest Node block uses, and prints the names of what worked as JSON.
import assert from 'node:assert'
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes, scrypt } from 'node:crypto'
import dns from 'node:dns/promises'
import { once } from 'node:events'
import fs from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzipSync, gunzipSync } from 'node:zlib'
import { Worker } from 'node:worker_threads'

const folder = await fs.mkdtemp('/tmp/node-')

const uses = {
  async worker() {
    const worker = new Worker('require("worker_threads").parentPort.postMessage(6 * 7)', { eval: true, execArgv: [] })
    assert.deepEqual(await once(worker, 'message'), [42])
    await worker.terminate()
  },
  async files() {
    const path = `${folder}/a`
    await fs.writeFile(path, 'hello')
    await fs.copyFile(path, `${path}2`)
    await fs.rename(`${path}2`, `${path}3`)
    await fs.chmod(path, 0o600)
    await fs.utimes(path, 1, 1)
    assert.equal((await fs.stat(path)).mtimeMs, 1000)
    assert.deepEqual((await fs.readdir(folder)).toSorted(), ['a', 'a3'])
    await fs.cp(folder, `${folder}-copy`, { recursive: true })
    await fs.rm(`${folder}-copy`, { recursive: true })
  },
  async watch() {
    const events = fs.watch(folder)[Symbol.asyncIterator]()
    const first = events.next()
    await sleep(1)
    await fs.writeFile(`${folder}/watched`, 'x')
    assert.equal((await first).value.filename, 'watched')
    await events.return()
  },
  async childProcess() {
    assert.equal(execFileSync('/usr/bin/cat', { input: 'hello' }).toString(), 'hello')
    const child = spawn(process.execPath, ['-e', 'process.send(1)'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    assert.equal((await once(child, 'message'))[0], 1)
    if (child.exitCode === null) await once(child, 'exit')
  },
  async wasm() {
    const bytes = Buffer.from(
      '0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b',
      'hex',
    )
    const { instance } = await WebAssembly.instantiate(bytes)
    assert.equal(instance.exports.add(2, 3), 5)
  },
  async localSocket() {
    const server = createServer((socket) => socket.end('hello')).listen(`${folder}/s`)
    await once(server, 'listening')
    assert.equal((await once(connect(`${folder}/s`), 'data')).toString(), 'hello')
    server.close()
  },
  async thread() {
    assert.equal((await promisify(scrypt)('a', randomBytes(16), 32)).length, 32)
    assert.equal(gunzipSync(gzipSync('hello')).toString(), 'hello')
  },
  async noNetwork() {
    const listening = await new Promise((resolve) => createServer().on('error', resolve).listen(0, '127.0.0.1'))
    assert.equal(listening.code, 'EAFNOSUPPORT')
    await assert.rejects(dns.lookup('example.com'), { syscall: 'getaddrinfo' })
    await assert.rejects(dns.resolve4('example.com'))
  },
}

const worked = []
for (const [name, use] of Object.entries(uses)) {
  await use()
  worked.push(name)
}
process.stdout.write(JSON.stringify(worked))
