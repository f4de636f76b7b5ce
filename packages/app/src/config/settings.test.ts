import { describe, expect, it } from 'vitest'
import { readSettings } from './settings.ts'

const resolvePath = (path: string): string => (path.startsWith('/') ? path : `/here/${path}`)

function read(environment: Readonly<Record<string, string>>, flags: Parameters<typeof readSettings>[1] = {}) {
  const settings = readSettings(environment, flags, resolvePath)
  if (!settings.ok) throw new Error(settings.error.message)
  return settings.value
}

describe('the settings', () => {
  it('are safe when nobody says anything', () => {
    expect(read({})).toEqual({
      home: '/here/.rumi',
      port: 8765,
      bindAddress: '127.0.0.1',
      mode: 'strict',
      maxConcurrentFlows: 10,
      maxResponseBytes: 4_194_304,
      maxFlowFileBytes: 1_048_576,
      python: undefined,
      bubblewrap: undefined,
      egressRateLimit: 60,
      egressCaFile: undefined,
      egressHostsFile: undefined,
      secretGetRateLimit: 60,
      secretsKeySource: 'home',
      cacheFolder: undefined,
    })
  })

  it('are those of the environment', () => {
    const environment = {
      RUMI_HOME: '/srv/rumi',
      RUMI_API_PORT: '0',
      RUMI_API_BIND_ADDRESS: '::1',
      RUMI_SECURITY_MODE: 'permissive',
      RUMI_MAX_CONCURRENT_FLOWS: '3',
      RUMI_MAX_RESPONSE_BYTES: '5',
      RUMI_MAX_FLOW_FILE_BYTES: '6',
      RUMI_PYTHON: '/opt/python3',
      RUMI_BUBBLEWRAP: '/opt/bwrap',
      RUMI_EGRESS_RATE_LIMIT: '7',
      RUMI_EGRESS_CA_FILE: '/opt/ca.pem',
      RUMI_EGRESS_HOSTS_FILE: '/opt/hosts',
      RUMI_SECRET_GET_RATE_LIMIT: '8',
      RUMI_SECRETS_KEY_SOURCE: 'keyring',
      RUMI_CACHE_DIR: '/opt/cache',
    }
    expect(read(environment)).toEqual({
      home: '/srv/rumi',
      port: 0,
      bindAddress: '::1',
      mode: 'permissive',
      maxConcurrentFlows: 3,
      maxResponseBytes: 5,
      maxFlowFileBytes: 6,
      python: '/opt/python3',
      bubblewrap: '/opt/bwrap',
      egressRateLimit: 7,
      egressCaFile: '/opt/ca.pem',
      egressHostsFile: '/opt/hosts',
      secretGetRateLimit: 8,
      secretsKeySource: 'keyring',
      cacheFolder: '/opt/cache',
    })
  })

  it('give way to flags', () => {
    const environment = { RUMI_HOME: '/srv/rumi', RUMI_API_PORT: '1', RUMI_SECURITY_MODE: 'strict' }
    const flags = { home: 'mine', port: 2, permissive: true }
    expect(read(environment, flags)).toMatchObject({ home: '/here/mine', port: 2, mode: 'permissive' })
    expect(read({ RUMI_SECURITY_MODE: 'permissive' }, { permissive: false }).mode).toBe('permissive')
  })

  it.each([
    ['RUMI_SECURITY_MODE', 'Permissive'],
    ['RUMI_SECURITY_MODE', ''],
    ['RUMI_API_BIND_ADDRESS', '0.0.0.0'],
    ['RUMI_API_BIND_ADDRESS', '192.168.0.2'],
    ['RUMI_API_PORT', '65536'],
    ['RUMI_API_PORT', '-1'],
    ['RUMI_API_PORT', '8765x'],
    ['RUMI_MAX_CONCURRENT_FLOWS', '0'],
    ['RUMI_MAX_CONCURRENT_FLOWS', '1e3'],
    ['RUMI_MAX_RESPONSE_BYTES', '1.5'],
    ['RUMI_MAX_FLOW_FILE_BYTES', 'many'],
    ['RUMI_PYTHON', 'python3'],
    ['RUMI_SECRETS_KEY_SOURCE', 'file'],
    ['RUMI_HOME', ''],
  ])('stop the start when %s is %j: it must not come to mean the default', (name, value) => {
    expect(readSettings({ [name]: value }, {}, resolvePath)).toMatchObject({
      ok: false,
      error: { code: 'settings.invalid', status: 400, message: expect.stringContaining(name) },
    })
  })

  it('name every variable that is wrong at once', () => {
    const settings = readSettings({ RUMI_API_PORT: 'x', RUMI_PYTHON: 'y' }, {}, resolvePath)
    const message = settings.ok ? '' : settings.error.message
    expect(['RUMI_API_PORT', 'RUMI_PYTHON'].filter((name) => !message.includes(name))).toEqual([])
  })
})
