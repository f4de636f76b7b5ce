import { describe, expect, it } from 'vitest'
import { createMethodFinder } from './places.ts'

const find = createMethodFinder([
  { method: 'GET', path: '/api/packs' },
  { method: 'GET', path: '/api/packs/{pack_id}' },
  { method: 'DELETE', path: '/api/packs/{pack_id}' },
  { method: 'POST', path: '/api/packs/{pack_id}/approve' },
])

describe('the methods of a path', () => {
  it.each([
    ['/api/packs', ['GET', 'HEAD']],
    ['/api/packs/', ['GET', 'HEAD']],
    ['/api/packs/x', ['DELETE', 'GET', 'HEAD']],
    ['/api/packs/%2F', ['DELETE', 'GET', 'HEAD']],
    ['/api/packs/x/approve', ['POST']],
    ['/api/packs//approve', []],
    ['/api/packs/x/approve/y', []],
    ['/api', []],
    ['', []],
    ['/', []],
  ])('%s are %j', (path, methods) => {
    expect(find(path)).toEqual(methods)
  })
})
