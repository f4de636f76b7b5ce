import { describe, expect, it } from 'vitest'
import { permissionIdSchema } from '../grant/index.ts'
import { getGrantDefaults, isHostPermission } from './permission.ts'

describe('isHostPermission', () => {
  it.each([
    ['secrets.get', true],
    ['Secrets.Get', true],
    ['store', true],
    ['store.anything.new', true],
    ['pack.inbox.send', true],
    ['fs.read', false],
    ['my.store.get', false],
    ['storefront.get', false],
  ])('of %s is %s', (permissionId, isHost) => {
    expect(isHostPermission(permissionIdSchema.parse(permissionId))).toBe(isHost)
  })
})

describe('getGrantDefaults', () => {
  it('limits a stored value to one MiB and knows no default list', () => {
    expect(getGrantDefaults(permissionIdSchema.parse('store.set'))).toEqual({ max_value_bytes: 1_048_576 })
    expect(getGrantDefaults(permissionIdSchema.parse('secrets.get'))).toEqual({})
  })
})
