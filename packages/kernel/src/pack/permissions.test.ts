import { describe, expect, it } from 'vitest'
import { parsePermissions } from './permissions.ts'

const read = (text: string) => parsePermissions(Buffer.from(text), 'ecosystem/p/permissions.json')

describe('permissions.json', () => {
  it('tells what a pack will ask for, and why', () => {
    const text =
      '{"pack_id":"p","permissions":[{"type":"network","domains":["api.example.com"],"ports":[443],"reason":"weather"},{"type":"store"}]}'
    expect(read(text)).toEqual({
      wishes: [
        { type: 'network', domains: ['api.example.com'], ports: [443], reason: 'weather' },
        { type: 'store', domains: [], ports: [], reason: '' },
      ],
      diagnostics: [],
    })
  })

  it('tells the other wishes beside one that is broken', () => {
    const text = '{"permissions":[{"type":"network"},{"type":1},{"type":"store","ports":["x"]}]}'
    const { wishes, diagnostics } = read(text)
    expect(wishes.map(({ type }) => type)).toEqual(['network'])
    expect(diagnostics.map(({ message }) => message.replace(/:.*/, ''))).toEqual([
      'permissions[1].type',
      'permissions[2].ports.0',
    ])
  })

  it.each([
    '',
    '[]',
    '{}',
    '{"permissions":{}}',
    '{"permissions":[{"type":1}]}',
    '{"permissions":[],"permissions":[]}',
  ])('that says %j is a warning and no wish', (text) => {
    expect(read(text)).toEqual({
      wishes: [],
      diagnostics: [expect.objectContaining({ severity: 'warning', code: 'permissions.json' })],
    })
  })
})
