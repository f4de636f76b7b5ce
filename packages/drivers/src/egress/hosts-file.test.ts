import { describe, expect, it } from 'vitest'
import { parseHostsFile } from './hosts-file.ts'

describe('a table of hosts', () => {
  it('gives addresses to names, with ports and with consent to private ones where it says so', () => {
    const table = parseHostsFile(
      [
        '# ours',
        '10.0.0.5:8443 API.example.com b.example.com allow-private # staging',
        '',
        '93.184.215.14 c.example.com',
        '[::1]:80 c.example.com',
        '2001:db8::1 d.example.com',
      ].join('\n'),
    )
    const staging = { address: '10.0.0.5', port: 8443, allowPrivate: true }
    expect(table).toEqual({
      ok: true,
      value: new Map<string, unknown>([
        ['api.example.com', [staging]],
        ['b.example.com', [staging]],
        [
          'c.example.com',
          [
            { address: '93.184.215.14', allowPrivate: false },
            { address: '::1', port: 80, allowPrivate: false },
          ],
        ],
        ['d.example.com', [{ address: '2001:db8::1', allowPrivate: false }]],
      ]),
    })
  })

  it.each([
    ['api.example.com 10.0.0.1', 'line 1'],
    ['\n10.0.0.1', 'line 2'],
    ['10.0.0.1 allow-private', 'line 1'],
    ['10.0.0.1:0 a.example.com', 'line 1'],
    ['10.0.0.1:70000 a.example.com', 'line 1'],
    ['0x7f.1 a.example.com', 'line 1'],
    ['10.0.0.1 10.0.0.2', 'is no name'],
    ['10.0.0.1 a_b..c', 'is no name'],
  ])('is refused when it says %j', (text, words) => {
    expect(parseHostsFile(text)).toEqual({ ok: false, error: expect.stringContaining(words) })
  })
})
