import { describe, expect, it } from 'vitest'
import { findMeantPlace } from './meant-place.ts'

describe('a text where a host is meant', () => {
  it.each([
    ['127.0.0.1:9100', { host: '127.0.0.1', port: 9100 }],
    ['http://x', { host: 'x', port: 80 }],
    ['https://api.example.com', { host: 'api.example.com' }],
    ['https://api.example.com:8443/v1?a=b#c', { host: 'api.example.com', port: 8443 }],
    ['api.example.com/v1', { host: 'api.example.com' }],
    ['*.example.com:8443', { host: '*.example.com', port: 8443 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['api.example.com:443', { host: 'api.example.com' }],
  ])('of %s is told what to type', (text, meant) => {
    expect(findMeantPlace(text)).toEqual(meant)
  })

  it.each(['api.example.com', '*.example.com', '127.0.0.1', '::1', '', '*', 'a b', '://', 'http://user@host', 'a:b'])(
    'is left to the system when it is a host or nothing of the kind: "%s"',
    (text) => {
      expect(findMeantPlace(text)).toBeUndefined()
    },
  )
})
