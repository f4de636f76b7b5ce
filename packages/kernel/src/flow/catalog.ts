import type { Diagnostic, FlowId } from '../base/index.ts'
import type { FlowDefinition, FlowSource } from './definition.ts'
import type { ParsedFlow } from './parse/flow.ts'

/** All flows that can run, and everything that is wrong with their files. */
export interface FlowCatalog {
  /** Sorted by id. */
  readonly flows: ReadonlyMap<FlowId, FlowDefinition>
  /** The files' own diagnostics in the order given, then what the catalog found. */
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Decides which file stands for which flow id. Official wins over shared, shared over packs; the loser is named in a
 * warning `flow.shadowed`. Two packs, or two files of one source, with the same id are an error `flow.conflict`: the
 * pack that the id names wins, then the first pack by id, then the first file by path. The order of `parsed` does not matter.
 *
 * A broken file takes nothing from others, with one exception: the id of a broken file of the operator is not given to a
 * pack. Otherwise a typing mistake of the operator would hand callers of that flow to a stranger's code.
 */
export function buildFlowCatalog(parsed: readonly ParsedFlow[]): FlowCatalog {
  const diagnostics = parsed.flatMap((file) => file.diagnostics)
  const byId = Map.groupBy(parsed.toSorted(compareFiles), (file) => file.flowId)
  const flows = new Map<FlowId, FlowDefinition>()
  for (const flowId of [...byId.keys()].filter((id) => id !== undefined).toSorted()) {
    const files = byId.get(flowId) ?? []
    const winner = files.find((file) => file.flow !== undefined || file.source.kind !== 'pack')
    const chosen = winner?.flow ? winner : files.find((file) => file.flow !== undefined && rank(file.source) < packRank)
    if (chosen?.flow) flows.set(flowId, chosen.flow)
    const standing = chosen ?? winner
    if (standing === undefined) continue
    for (const loser of files) {
      if (loser !== standing && loser.flow !== undefined) diagnostics.push(explainLoss(flowId, loser, standing))
    }
  }
  return { flows, diagnostics }
}

const packRank = 2

/** 0 is strongest. */
function rank(source: FlowSource): number {
  if (source.kind === 'official') return 0
  return source.kind === 'shared' ? 1 : packRank
}

/** A pack's own names are its own: no other pack takes `weather.get` from the pack `weather`. */
function isForeignName({ flowId, source }: ParsedFlow): boolean {
  return source.kind === 'pack' && flowId !== undefined && flowId.split('.')[0] !== source.packId
}

function compareFiles(left: ParsedFlow, right: ParsedFlow): number {
  const byRank = rank(left.source) - rank(right.source) || Number(isForeignName(left)) - Number(isForeignName(right))
  return byRank || compareCodeUnits(packOf(left), packOf(right)) || compareCodeUnits(left.file, right.file)
}

function packOf({ source }: ParsedFlow): string {
  return source.kind === 'pack' ? source.packId : ''
}

function compareCodeUnits(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

function explainLoss(flowId: FlowId, loser: ParsedFlow, winner: ParsedFlow): Diagnostic {
  if (rank(loser.source) !== rank(winner.source)) {
    const broken = winner.flow === undefined ? ', which is broken' : ''
    return {
      severity: 'warning',
      code: 'flow.shadowed',
      message: `the flow "${flowId}" of ${loser.file} is hidden by ${winner.file}${broken}`,
      file: loser.file,
      hint: 'A flow of the operator is never replaced by one of a pack; give this one another id.',
    }
  }
  const packs = packOf(loser) === packOf(winner) ? '' : ` (packs "${packOf(winner)}" and "${packOf(loser)}")`
  return {
    severity: 'error',
    code: 'flow.conflict',
    message: `the flow "${flowId}" is in ${winner.file} and in ${loser.file}${packs}; the first one is used`,
    file: loser.file,
    hint: 'Give one of the flows another id.',
  }
}
