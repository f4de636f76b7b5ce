import { expect } from 'vitest'
import { answerOf, attack, type HostileDriver } from './hostile-driver.ts'
import type { BlockLimits, Isolation } from '@rumi/kernel/sandbox'

/** Every way a block can run: forked from a fork server, in a process for one call, in a process for many. */
export const everyWay = [
  { block: 'probe.py', isolation: 'fresh' },
  { block: 'probe.py', isolation: 'warm' },
  { block: 'probe.mjs', isolation: 'fresh' },
  { block: 'probe.mjs', isolation: 'warm' },
] as const satisfies readonly Way[]

/** The ways of blocks that can make any system call they like. */
export const pythonWays = everyWay.filter((way) => way.block === 'probe.py')

/** A block that tries what it is told, and how it is run. */
export interface Way {
  readonly block: 'probe.py' | 'probe.mjs'
  readonly isolation: Isolation
}

/** Something a hostile block tries, and the errno it must come to; `A|B` is either. */
export type Attempt = readonly [
  seen: string,
  operation: string,
  ...rest: readonly (string | number | readonly (string | number)[])[],
]

/** Has a block try everything, and expects each attempt to come to what it must. */
export async function expectSeen(
  driver: HostileDriver,
  way: Way & { readonly limits?: Partial<BlockLimits> },
  attempts: readonly Attempt[],
): Promise<void> {
  const input = attempts.map(([, ...operation]) => operation)
  const answer = await answerOf(
    attack(driver, way.block, { isolation: way.isolation, input, limits: way.limits ?? {} }),
  )
  const seen = Array.isArray(answer) ? answer.map(String) : []
  expect(seen).toHaveLength(attempts.length)
  const wrong = attempts.flatMap(([wanted, ...operation], index) =>
    wanted.split('|').includes(seen[index] ?? '') ? [] : [{ operation, wanted, seen: seen[index] }],
  )
  expect(wrong).toEqual([])
}

/** Attempts to open paths that must all come to the same. */
export function opening(seen: string, ...paths: readonly string[]): readonly Attempt[] {
  return paths.map((path) => [seen, 'open', path] as const)
}
