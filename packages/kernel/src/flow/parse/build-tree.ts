import { isAlias, isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml'

import { quote, type Finding, type Place, type Report } from './report.ts'
import { tooDeep, tooManyNodes, type FlowLimits } from './scan.ts'
import type { Member, ScalarNode, SourceNode } from './source-node.ts'

/** What the builder needs to know. */
export interface BuildScope {
  readonly limits: FlowLimits
  readonly report: Report
  /** The position of a character offset. */
  readonly place: (offset: number) => Place
}

/** Turns the library's nodes into ours, with the exact depth and count; `undefined` when a bound is exceeded. */
export function buildTree(contents: unknown, scope: BuildScope): SourceNode | undefined {
  const builder: Builder = { ...scope, nodes: 0, stopped: false }
  const tree = buildNode(builder, contents, { depth: 1, fallback: { line: 1, column: 1 } })
  return builder.stopped ? undefined : tree
}

interface Builder extends BuildScope {
  nodes: number
  stopped: boolean
}

interface Position {
  readonly depth: number
  /** Where an absent value is reported. */
  readonly fallback: Place
}

function buildNode(builder: Builder, node: unknown, { depth, fallback }: Position): SourceNode {
  const place = placeOf(builder, node) ?? fallback
  const nothing: ScalarNode = { kind: 'scalar', value: null, written: '', ...place }
  countNode(builder, place)
  if ((isMap(node) || isSeq(node)) && depth > builder.limits.maxDepth) stop(builder, place, tooDeep(builder.limits))
  if (builder.stopped) return nothing
  if (isSeq(node)) return buildList(builder, node, { depth, fallback: place })
  if (isMap(node)) return buildMap(builder, node, { depth, fallback: place })
  return isScalar(node) ? readScalar(node, place, builder.report) : nothing
}

function buildList(builder: Builder, list: YAMLSeq, { depth, fallback }: Position): SourceNode {
  const items = list.items.map((item) => buildNode(builder, item, { depth: depth + 1, fallback }))
  return { kind: 'list', items, ...fallback }
}

function buildMap(builder: Builder, map: YAMLMap, { depth, fallback }: Position): SourceNode {
  const members = new Map<string, Member>()
  for (const pair of map.items) {
    const place = placeOf(builder, pair.key) ?? fallback
    countNode(builder, place)
    const value = buildNode(builder, pair.value, { depth: depth + 1, fallback: place })
    const key = readKey(pair, place, builder.report)
    if (key === undefined) continue
    if (!members.has(key)) members.set(key, { value, ...place })
    else {
      builder.report.error(place, {
        code: 'flow.duplicate_key',
        message: `the key ${quote(key)} occurs twice`,
        hint: 'Which of the two counts would depend on the reader.',
      })
    }
  }
  return { kind: 'map', members, ...fallback }
}

function countNode(builder: Builder, place: Place): void {
  builder.nodes += 1
  if (builder.nodes > builder.limits.maxNodes) stop(builder, place, tooManyNodes(builder.limits))
}

function stop(builder: Builder, place: Place, finding: Finding): void {
  if (!builder.stopped) builder.report.error(place, finding)
  builder.stopped = true
}

function placeOf(scope: BuildScope, node: unknown): Place | undefined {
  if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return undefined
  return node.range ? scope.place(node.range[0]) : undefined
}

function readKey({ key }: Pair, place: Place, report: Report): string | undefined {
  if (!isScalar(key) || key.value === null) {
    report.error(place, { code: 'flow.yaml_key', message: 'a key must be a text', hint: 'Quote the key.' })
    return undefined
  }
  if (key.value === '<<' && key.type === 'PLAIN') {
    report.error(place, { code: 'flow.yaml_merge', message: 'merge keys are not allowed', hint: 'Write the keys out.' })
    return undefined
  }
  const { value, written } = readScalar(key, place, report)
  if (typeof value === 'string') return value
  report.warning(place, {
    code: 'flow.converted',
    message: `the key ${quote(written)} is not a text and was converted to one`,
    hint: 'Quote the key.',
  })
  return written
}

function readScalar({ value, source }: Scalar, place: Place, report: Report): ScalarNode {
  const written = source ?? ''
  if (typeof value === 'string' && !value.isWellFormed()) {
    // No UTF-8 form: two readers could see two values. (RFC 8785 §3.2.2.2)
    report.error(place, { code: 'flow.text', message: 'a text must not hold a lone surrogate' })
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    report.error(place, { code: 'flow.number', message: `${quote(written)} is not a finite number`, hint: 'Quote it.' })
  }
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    const message = `${quote(written)} is larger than a number can hold exactly`
    report.warning(place, { code: 'flow.number', message, hint: 'Quote it to keep every digit.' })
  }
  const isPlainValue = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return { kind: 'scalar', value: isPlainValue ? value : null, written, ...place }
}
