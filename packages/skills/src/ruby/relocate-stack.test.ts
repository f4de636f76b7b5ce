import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { relocateStack } from './relocate-stack.ts'

const module = new Uint8Array(readFileSync(new URL(import.meta.resolve('@ruby/prism/src/prism.wasm'))))

it('puts the stack behind everything that the module was built with, and keeps the code', () => {
  const { bytes, stackLow } = relocateStack(module, new Set(['memory']))
  expect(stackLow).toBe(3 * 65_536)
  expect(Buffer.from(bytes).includes(Buffer.from(module.subarray(300_000, 310_000)))).toBe(true)
})

it.each<[string, Uint8Array, string]>([
  ['is empty', new Uint8Array(8), 'memory'],
  ['is cut off', module.subarray(0, 100_000), 'memory'],
  ['lacks an export', module, 'absent'],
])('a module that %s is refused', (_, bytes, name) => {
  expect(() => relocateStack(bytes, new Set([name]))).toThrow(/module|section|export|cut off/)
})
