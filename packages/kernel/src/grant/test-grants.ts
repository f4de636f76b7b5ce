import { packIdSchema, type JsonValue } from '../base/index.ts'
import { deriveGrantKey } from './key.ts'
import { permissionIdSchema } from './permission-id.ts'
import { signGrant, type GrantRecord, type GrantStatement } from './record.ts'

export const key = deriveGrantKey(Buffer.alloc(32, 1))
export const otherKey = deriveGrantKey(Buffer.alloc(32, 2))
export const permissionId = permissionIdSchema.parse('secrets.get')
export const packId = (text: string) => packIdSchema.parse(text)

export const statement = (changes: Partial<GrantStatement> = {}): GrantStatement => ({
  principalId: packId('a'),
  permissionId,
  config: { allowed_keys: ['X'] },
  epoch: 3,
  grantedAt: 1_000,
  ...changes,
})

export const grant = (changes: Partial<GrantStatement> = {}): GrantRecord => signGrant(statement(changes), key)

/** One thing a config may permit: a member of a list, a flag, an amount or a text, at a path. */
export type Probe = readonly [path: readonly string[], kind: 'member' | 'flag' | 'amount' | 'text', value: JsonValue]

/** Everything the configs above could permit. */
export const probes: readonly Probe[] = [['allowed_a'], ['flag'], ['max_b'], ['any'], ['inner']]
  .flatMap((path) =>
    path[0] === 'inner' ? [path, ...['allowed_a', 'flag', 'max_b', 'any'].map((key) => ['inner', key])] : [path],
  )
  .flatMap((path): Probe[] => [
    ...['a', 'b', 'c', 1, 2, { type: 'a' }, { type: 'b' }].map((value): Probe => [path, 'member', value]),
    [path, 'flag', true],
    ...[-3, -2, -1, 0, 1, 2, 3, 4].map((value): Probe => [path, 'amount', value]),
    ...['r', 'w', null].map((value): Probe => [path, 'text', value]),
  ])

/** The naive meaning of a config. */
export function permits(config: JsonValue | undefined, [path, kind, value]: Probe): boolean {
  let here: unknown = config
  for (const key of path) here = typeof here === 'object' && here !== null ? Reflect.get(here, key) : undefined
  if (kind === 'member')
    return Array.isArray(here) && here.some((member) => JSON.stringify(member) === JSON.stringify(value))
  if (kind === 'flag') return here === true
  if (kind === 'amount') return typeof here === 'number' && typeof value === 'number' && value <= here
  return (typeof here === 'string' || here === null) && here === value
}
