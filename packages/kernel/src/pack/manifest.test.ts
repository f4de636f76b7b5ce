import { describe, expect, it } from 'vitest'
import { manifestLimits, parseManifest } from './manifest.ts'

const required = { pack_id: 'my_pack', pack_identity: 'github:author/my_pack' }
const parse = (document: unknown, directoryName = 'my_pack') =>
  parseManifest(Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)), { directoryName })
const codes = (document: unknown): string[] =>
  parse(document).diagnostics.map(({ severity, code, message }) => `${severity} ${code} ${message.split(':')[0]}`)

describe('parseManifest', () => {
  it('reads the documented minimal manifest', () => {
    const document = {
      ...required,
      version: '1.0.0',
      description: 'My first pack',
      pack_identity_vocabulary: ['my_pack'],
    }
    expect(parse(document)).toEqual({
      manifest: {
        declaredId: 'my_pack',
        identity: 'github:author/my_pack',
        version: '1.0.0',
        description: 'My first pack',
        vocabulary: ['my_pack'],
        provides: [],
        requires: [],
        dependsOn: [],
        stores: [],
        requiredSecrets: [],
        requiredNetwork: { domains: [], ports: [] },
        isolation: 'fresh',
        limits: {},
        raw: document,
      },
      diagnostics: [],
    })
  })

  it('reads every documented field', () => {
    const document = {
      ...required,
      display_name: '天気',
      vocabulary: { types: ['weather', 'my_pack'], custom_types: {} },
      pack_identity_vocabulary: ['my_pack'],
      connectivity: { provides: ['ai.client'], requires: ['weather.source'] },
      load_order: 5,
      stores: [{ store_id: 'cache' }, { store_id: 'log' }],
      depends_on: ['a', 'b'],
      dependencies: { b: '^1.0.0', c: '*' },
      author: { name: 'A', email: 'a@example.org', url: 'https://example.org' },
      license: 'MIT',
      metadata: { any: [1] },
      required_secrets: ['API_KEY'],
      required_network: { allowed_domains: ['api.example.com'], allowed_ports: [443, 443] },
      isolation: 'warm',
      timeout_seconds: 1.5,
      limits: { memory_mb: 128 },
    }
    const { manifest, diagnostics } = parse(document)
    expect(diagnostics).toEqual([])
    expect(manifest).toEqual({
      declaredId: 'my_pack',
      identity: 'github:author/my_pack',
      displayName: '天気',
      vocabulary: ['my_pack', 'weather'],
      provides: ['ai.client'],
      requires: ['weather.source'],
      loadOrder: 5,
      stores: ['cache', 'log'],
      dependsOn: ['a', 'b', 'c'],
      author: { name: 'A', email: 'a@example.org', url: 'https://example.org' },
      license: 'MIT',
      metadata: { any: [1] },
      requiredSecrets: ['API_KEY'],
      requiredNetwork: { domains: ['api.example.com'], ports: [443] },
      isolation: 'warm',
      timeoutMs: 1_500,
      limits: { memory_mb: 128 },
      raw: document,
    })
  })

  it('reads the other forms of a field', () => {
    const { manifest } = parse({
      ...required,
      author: 'A',
      vocabulary: ['v'],
      depends_on: { a: {} },
      dependencies: ['b'],
      required_network: ['example.com', 'example.com'],
      load_order: ['x', 'y'],
      connectivity: {},
    })
    expect(manifest).toMatchObject({
      author: { name: 'A' },
      vocabulary: ['v'],
      dependsOn: ['a', 'b'],
      requiredNetwork: { domains: ['example.com'], ports: [] },
      loadOrder: ['x', 'y'],
      provides: [],
    })
    expect(parse({ ...required, vocabulary: {}, author: { name: 'A' }, required_network: {} }).manifest).toMatchObject({
      vocabulary: [],
      author: { name: 'A' },
      requiredNetwork: { domains: [], ports: [] },
    })
  })

  it('reports every wrong field with the path of its key, and then there is no manifest', () => {
    const document = {
      pack_id: 1,
      version: 'x'.repeat(257),
      connectivity: { provides: ['a', 2] },
      stores: [{ store_id: 'ok' }, { store_id: '../x' }],
      isolation: 'host',
      surprise: true,
    }
    expect(parse(document).manifest).toBeUndefined()
    expect(codes(document)).toEqual([
      'error pack.manifest_field pack_id',
      'error pack.manifest_field pack_identity',
      'error pack.manifest_field version',
      'error pack.manifest_field connectivity.provides.1',
      'error pack.manifest_field stores.1.store_id',
      'error pack.manifest_field isolation',
      'warning pack.unknown_key "surprise" is not known and has no effect',
    ])
  })

  it.each([
    ['a control character in what a reviewer reads', { ...required, pack_identity: 'github:a\u001b[2J' }],
    ['a text-direction override', { ...required, display_name: 'safe\u202eevil' }],
    ['an empty identity', { ...required, pack_identity: '' }],
    ['more than ten stores', { ...required, stores: Array.from({ length: 11 }, (_, at) => ({ store_id: `s${at}` })) }],
    ['a store twice', { ...required, stores: [{ store_id: 's' }, { store_id: 's' }] }],
    ['a list', [required]],
    ['a text', '"pack"'],
  ])('refuses %s', (_name, document) => {
    const { manifest, diagnostics } = parse(document)
    expect(manifest).toBeUndefined()
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['pack.manifest_field'])
  })

  it.each([
    ['a key twice', '{"pack_id":"a",\n "pack_id":"b"}', { line: 2, column: 2 }],
    ['no JSON', '{"pack_id":', {}],
    ['depth', '['.repeat(65), { line: 1, column: 65 }],
  ])('refuses %s and says where', (_name, text, place) => {
    const { manifest, diagnostics } = parse(text)
    expect(manifest).toBeUndefined()
    expect(diagnostics).toEqual([
      expect.objectContaining({ severity: 'error', code: 'pack.manifest_json', file: 'ecosystem.json', ...place }),
    ])
  })

  it('accepts a document of exactly the limit and refuses one byte more', () => {
    const text = JSON.stringify(required).padEnd(manifestLimits.maxBytes, ' ')
    expect(parse(text).manifest?.declaredId).toBe('my_pack')
    expect(parse(`${text} `).manifest).toBeUndefined()
  })

  it('never lets a pack choose how it is confined', () => {
    const { manifest, diagnostics } = parse({ ...required, host_execution: true, permissive: 1 })
    expect(diagnostics.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'warning pack.host_execution_ignored',
      'warning pack.host_execution_ignored',
    ])
    expect(manifest?.isolation).toBe('fresh')
    expect(parse({ ...required, host_execution: false, permissive: null }).diagnostics).toEqual([])
  })

  it('keeps unknown keys in the raw document, warns of each, and of many in one line', () => {
    const few = parse({ ...required, pack_uuid: 'x', note: 1 })
    expect(few.diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['pack.unknown_key', 'pack.unknown_key'])
    expect(few.manifest?.raw).toEqual({ ...required, pack_uuid: 'x', note: 1 })
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, 1]))
    const warnings = parse({ ...required, ...many }).diagnostics
    expect(warnings).toHaveLength(21)
    expect(warnings.at(-1)?.message).toContain('4980 more')
  })

  it('lets the directory name count when the document disagrees', () => {
    const { manifest, diagnostics } = parse(required, 'other_pack')
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['pack.id_mismatch'])
    expect(manifest?.declaredId).toBe('my_pack')
  })

  it('takes __proto__ for data', () => {
    const { manifest, diagnostics } = parse(
      '{"pack_id":"my_pack","pack_identity":"x:y","__proto__":{"isolation":"warm"},"dependencies":{"__proto__":{},"a":1}}',
    )
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['pack.unknown_key'])
    expect(manifest?.isolation).toBe('fresh')
    expect(Object.prototype).not.toHaveProperty('isolation')
  })

  it('names the file it was told', () => {
    const { diagnostics } = parseManifest(Buffer.from('{}'), { directoryName: 'p', file: 'ecosystem/p/ecosystem.json' })
    expect(new Set(diagnostics.map((diagnostic) => diagnostic.file))).toEqual(new Set(['ecosystem/p/ecosystem.json']))
  })
})
