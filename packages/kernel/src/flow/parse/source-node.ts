import type { JsonValue } from '../../base/index.ts'
import type { Place } from './report.ts'

/** A single value; `written` is the text between the quotes, or exactly what stood there unquoted (`1.50`, `True`). */
export interface ScalarNode extends Place {
  readonly kind: 'scalar'
  readonly value: null | boolean | number | string
  readonly written: string
}

/** A list of the file. */
interface ListNode extends Place {
  readonly kind: 'list'
  readonly items: readonly SourceNode[]
}

/** One `key: value`; the place is the key's. */
export interface Member extends Place {
  readonly value: SourceNode
}

/** A mapping of the file, in order; keys are text and occur once. A `Map`, so that `__proto__` is a key like any other. */
export interface MapNode extends Place {
  readonly kind: 'map'
  readonly members: ReadonlyMap<string, Member>
}

/** A piece of a parsed file that still knows where it stood. At most `FlowLimits.maxDepth` deep. */
export type SourceNode = ScalarNode | ListNode | MapNode

/** The plain JSON value of a piece. `__proto__` becomes an own member, never a prototype. */
export function toJson(node: SourceNode): JsonValue {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(toJson)
  return Object.fromEntries([...node.members].map(([key, member]) => [key, toJson(member.value)]))
}
