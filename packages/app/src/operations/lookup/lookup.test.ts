import { describe, expect, it } from 'vitest'
import { operations } from '../index.ts'
import { lookUpOperation } from './index.ts'

describe('looking up an operation', () => {
  it.each(operations.map((operation) => [operation.name, operation] as const))('finds %s', async (name, operation) => {
    expect(await lookUpOperation(name)).toBe(operation)
  })

  it.each(['packs.nothing', 'nothing.list', 'packs', '', 'constructor.name', '__proto__.x'])(
    'throws for the name "%s", which no operation has',
    async (name) => {
      await expect(lookUpOperation(name)).rejects.toThrow('there is no operation')
    },
  )
})
