/** The self-test's attacks, run as a block: each must fail in the way the sandbox promises. */
import { spawnSync } from 'node:child_process'
import { constants, closeSync, fstatSync, openSync } from 'node:fs'
import { connect } from 'node:net'

function open(path, flags) {
  try {
    closeSync(openSync(path, flags))
    return 'success'
  } catch (error) {
    return error.code
  }
}

function reach(options) {
  return new Promise((resolve) => {
    const socket = connect(options)
    socket.setTimeout(1000, () => resolve('timeout'))
    socket.on('connect', () => resolve('success'))
    socket.on('error', (error) => resolve(error.code ?? error.message))
  })
}

const expect = (id, what, seen, ...wanted) => ({ id, passed: wanted.includes(seen), detail: `${what}: ${seen}` })

function files() {
  const missing = ['ENOENT', 'ENOTDIR']
  const hidden = [
    ['SBX-01', ['/etc/shadow', '/etc/passwd', '/root', '/home', '/var/run/docker.sock']],
    ['SBX-02', ['/proc/1/environ', '/proc/self/mem', '/proc/keys']],
    ['SBX-03', ['/sys/fs/cgroup', '/dev/kmsg', '/dev/mem', '/dev/kvm', '/dev/fuse', '/dev/net/tun']],
  ]
  return [
    ...hidden.flatMap(([id, paths]) => paths.map((path) => expect(id, path, open(path, 'r'), ...missing))),
    expect('SBX-02', 'write core_pattern', open('/proc/sys/kernel/core_pattern', constants.O_WRONLY), ...missing),
    ...['/pack/x', '/usr/x', '/dev/x', '/run/x'].map((path) =>
      expect('SBX-05', `write ${path}`, open(path, 'w'), 'EROFS', 'EACCES'),
    ),
  ]
}

async function network(door) {
  const refused = ['EAFNOSUPPORT']
  return [
    expect('SBX-07', '127.0.0.1', await reach({ host: '127.0.0.1', port: 80 }), ...refused),
    expect('SBX-07', '::1', await reach({ host: '::1', port: 80 }), ...refused),
    expect('SBX-10', '/run/docker.sock', await reach({ path: '/run/docker.sock' }), 'ENOENT'),
    expect('SBX-09', 'abstract socket', await reach({ path: `\0${door}` }), 'ECONNREFUSED'),
  ]
}

function processes() {
  const open = []
  for (let descriptor = 3; descriptor < 1024; descriptor += 1) {
    try {
      const facts = fstatSync(descriptor)
      if (facts.isFile() || facts.isDirectory()) open.push(descriptor)
    } catch {
      continue
    }
  }
  const names = Object.keys(process.env).sort()
  return [
    { id: 'SBX-22', passed: open.length === 0, detail: `open files of the host: ${open}` },
    {
      id: 'SBX-23',
      passed: names.every((name) => ['HOME', 'LANG', 'PATH', 'PWD'].includes(name)),
      detail: `environment: ${names}`,
    },
    { id: 'LIM-07', passed: process.pid === 1, detail: `first process of its own: ${process.pid}` },
    { id: 'SBX-29', passed: process.getuid() === 65534, detail: `uid ${process.getuid()}` },
    expect('SBX-14', 'unshare', String(spawnSync('/usr/bin/unshare', ['-U', 'true']).error?.code), 'ENOENT'),
  ]
}

export async function run({ door }) {
  return [...files(), ...(await network(door)), ...processes()]
}
