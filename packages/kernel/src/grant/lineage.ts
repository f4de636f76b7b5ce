import { err, ok, packIdSchema, type PackId, type Result } from '../base/index.ts'

/**
 * Why a name has no lineage. `malformed`: no pack id. `ambiguous`: `a___b`, `__a` or `a__` could be cut in more than
 * one place, or names nobody as a parent; whoever chose the cut would choose whose grants count.
 */
export type LineageRefusal = { readonly kind: 'malformed' } | { readonly kind: 'ambiguous' }

/**
 * The principals whose grants bound this one, the oldest first and itself last. (roadmap §2.2)
 *
 * @example parseLineage('a__b__c') gives `['a', 'a__b', 'a__b__c']`
 */
export function parseLineage(principalId: string): Result<readonly PackId[], LineageRefusal> {
  if (!packIdSchema.safeParse(principalId).success) return err({ kind: 'malformed' })
  if (/___|^__|__$/.test(principalId)) return err({ kind: 'ambiguous' })
  const names = principalId.split('__')
  // Every beginning of a pack id that ends before a `__` is a pack id itself.
  return ok(names.map((_name, at) => packIdSchema.parse(names.slice(0, at + 1).join('__'))))
}
