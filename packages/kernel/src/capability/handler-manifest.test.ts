import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findEntrypoint, parseHandlerManifest } from './handler-manifest.ts'

const parse = (document: unknown) =>
  parseHandlerManifest(
    Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)),
    'p/handler.json',
  )
const codes = (document: unknown) => parse(document).diagnostics.map(({ code }) => code)

describe('parseHandlerManifest', () => {
  it('reads the documented example', () => {
    const example = {
      handler_id: 'fs_read_handler',
      permission_id: 'fs.read',
      entrypoint: 'handler.py:execute',
      description: 'reads',
      risk: 'reads files',
    }
    expect(parse(example)).toEqual({
      manifest: {
        handlerId: 'fs_read_handler',
        permissionId: 'fs.read',
        entrypoint: { file: 'handler.py', function: 'execute', language: 'python' },
        description: 'reads',
        risk: 'reads files',
      },
      diagnostics: [],
    })
  })

  it('begins at handler.py:execute when it does not say, and warns of what it does not know', () => {
    const read = parse({ handler_id: 'a', permission_id: 'b', host: true })
    expect(read.manifest).toMatchObject({ entrypoint: { file: 'handler.py', function: 'execute' }, description: '' })
    expect(read.diagnostics).toMatchObject([
      { severity: 'warning', code: 'handler.unknown_key', file: 'p/handler.json' },
    ])
  })

  it.each([
    ['not JSON', '{', ['handler.json']],
    ['a key twice', '{"handler_id":"a","handler_id":"b","permission_id":"c"}', ['handler.json']],
    ['a list', [], ['handler.json']],
    ['nothing', {}, ['handler.field', 'handler.field']],
    ['a handler id with a colon', { handler_id: 'a:b', permission_id: 'c' }, ['handler.field']],
    ['a permission of the host', { handler_id: 'a', permission_id: 'Secrets.get' }, ['handler.host_permission']],
    [
      'everything at once',
      { handler_id: 'a', permission_id: 'store.get', entrypoint: '../x.py:run', extra: 1 },
      ['handler.host_permission', 'handler.entrypoint', 'handler.unknown_key'],
    ],
    [
      'wrong kinds and an unknown key',
      { handler_id: 1, permission_id: 'c', x: 1 },
      ['handler.field', 'handler.unknown_key'],
    ],
    [
      'a host permission and an unknown key',
      { handler_id: 'a', permission_id: 'kernel', x: 1 },
      ['handler.host_permission', 'handler.unknown_key'],
    ],
  ])('gives no manifest for %s', (_name, document, expected) => {
    expect(codes(document)).toEqual(expected)
    expect(parse(document)).not.toHaveProperty('manifest')
  })

  it('refuses a document of more than 64 KiB', () => {
    expect(codes({ handler_id: 'a', permission_id: 'b', risk: 'x'.repeat(65_536) })).toEqual(['handler.json'])
  })
})

describe('findEntrypoint', () => {
  it.each([
    ['handler.py:execute', 'python'],
    ['src/a.b/handler.ts:run', 'node'],
    ['x-1.mjs:_run2', 'node'],
  ])('accepts %s', (text, language) => {
    const [file, name] = text.split(':')
    expect(findEntrypoint(text)).toEqual({ file, function: name, language })
  })

  it.each([
    '',
    'handler.py',
    'handler.py:',
    ':execute',
    'handler.py:a:b',
    'handler.py:a.b',
    'handler.py:1a',
    '../handler.py:execute',
    'a/../handler.py:execute',
    '/etc/handler.py:execute',
    'C:/handler.py:execute',
    'a\\handler.py:execute',
    'a//handler.py:execute',
    './handler.py:execute',
    '.hidden.py:execute',
    'handler.sh:execute',
    'handler.js:execute',
    'handler.py\n:execute',
    'handler.py:execute\n',
    'handlerpy:execute',
    'h\u0000.py:execute',
  ])('refuses %j', (text) => {
    expect(findEntrypoint(text)).toBeUndefined()
  })

  it('never names a file outside the folder', () => {
    const path = fc.array(fc.constantFrom('.', '..', '/', '\\', 'a', '.py', ':', 'run', '\0'), { maxLength: 8 })
    fc.assert(
      fc.property(path, (parts) => {
        const file = findEntrypoint(`${parts.join('')}.py:run`)?.file
        if (file === undefined) return
        expect(new URL(file, 'file:///top/handlers/x/').pathname).toBe(`/top/handlers/x/${file}`)
      }),
    )
  })
})
