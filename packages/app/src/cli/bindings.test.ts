import { describe, expect, it } from 'vitest'
import { dropBindings, parsePlace, parsePlaces } from './bindings.ts'

describe('a place that a secret may be sent to', () => {
  it.each([
    ['api.openai.com', 'api.openai.com', 443, 'api.openai.com:443'],
    ['API.OpenAI.com:8443', 'api.openai.com', 8443, 'api.openai.com:8443'],
    ['127.0.0.1:11434', '127.0.0.1', 11_434, '127.0.0.1:11434'],
    ['[::1]:80', '::1', 80, '[::1]:80'],
    ['[::1]', '::1', 443, '[::1]:443'],
  ])('%s is written as the gate compares it', (given, ...[host, port, text]) => {
    expect(parsePlace(given)).toEqual({ ok: true, value: { host, port, text } })
  })

  it.each(['', ':443', 'host:', 'host:0', 'host:65536', 'host:443x', 'https://host', '*.example.com', '::1', 'a b'])(
    '%j is none',
    (given) => {
      expect(parsePlaces(['ok.example', given])).toEqual({ ok: false, error: given })
    },
  )

  it('is dropped for exactly that secret, and all of its places when none is named', () => {
    const held = ['A@x.example:443', 'A@y.example:443', 'AB@x.example:443']
    const place = { host: 'x.example', port: 443, text: 'x.example:443' }
    expect(dropBindings(held, 'A', [place])).toEqual(held.slice(1))
    expect(dropBindings(held, 'A', [])).toEqual(held.slice(2))
    expect(dropBindings(held, 'B', [])).toEqual(held)
  })
})
