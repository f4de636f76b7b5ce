import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHostileDriver, type HostileDriver } from './support/hostile-driver.ts'
import { createProcessName } from './support/processes.ts'
import { everyWay, expectSeen } from './support/probing.ts'

let driver: HostileDriver
let server: Server
let abstract: Server
let port = 0
const name = createProcessName()

beforeAll(async () => {
  server = createServer((socket) => socket.destroy())
  abstract = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await new Promise<void>((resolve) => abstract.listen(`\0${name}`, resolve))
  const address = server.address()
  port = typeof address === 'object' && address ? address.port : 0
  expect(port).toBeGreaterThan(0)
  driver = createHostileDriver()
  expect(await driver.selfTest()).toMatchObject({ passed: true })
})

afterAll(async () => {
  await driver.close()
  server.close()
  abstract.close()
})

describe.each(everyWay)('a $isolation call of $block', (way) => {
  it('SBX-07: has no network, not even to this machine', async () => {
    let connections = 0
    server.on('connection', () => (connections += 1))
    await expectSeen(driver, way, [
      ['EAFNOSUPPORT', 'connect', 'AF_INET', ['127.0.0.1', port]],
      ['EAFNOSUPPORT', 'connect', 'AF_INET', ['127.0.0.1', 5432]],
      ['EAFNOSUPPORT', 'connect', 'AF_INET', ['8.8.8.8', 53]],
      ['EAFNOSUPPORT', 'connect', 'AF_INET6', ['::1', port]],
      ['EAFNOSUPPORT', 'connect', 'AF_INET6', ['::ffff:127.0.0.1', port]],
    ])
    expect(connections).toBe(0)
  })

  it('SBX-09: does not find an abstract socket of the host', async () => {
    await expectSeen(driver, way, [['ECONNREFUSED', 'connect', 'AF_UNIX', `@${name}`]])
  })

  it('SBX-10: does not find the sockets of Docker, D-Bus, X11 or another pack', async () => {
    const paths = ['/var/run/docker.sock', '/run/docker.sock', '/run/dbus/system_bus_socket', '/run/user/1000/bus']
    await expectSeen(
      driver,
      way,
      [...paths, '/tmp/.X11-unix/X0', '/run/systemd/private', '/run/containerd/containerd.sock', '/run/rumi.sock'].map(
        (path) => ['ENOENT', 'connect', 'AF_UNIX', path] as const,
      ),
    )
    await expectSeen(driver, way, [['ECONNREFUSED', 'connect', 'AF_UNIX', '@/tmp/.X11-unix/X0']])
  })

  it('SBX-11: resolves no name', async () => {
    const seen = way.block === 'probe.py' ? 'gai -3' : 'EAI_AGAIN'
    await expectSeen(driver, way, [
      [seen, 'resolve', 'example.com'],
      [seen, 'resolve', 'metadata.google.internal'],
    ])
  })
})

it('the host would have accepted these connections', async () => {
  const { connect } = await import('node:net')
  const reach = (options: { host?: string; port?: number; path?: string }) =>
    new Promise((resolve) => {
      const socket = connect(options as never, () => resolve('connected'))
      socket.on('error', resolve)
      socket.unref()
    })
  expect(await reach({ host: '127.0.0.1', port })).toBe('connected')
  expect(await reach({ path: `\0${name}` })).toBe('connected')
})
