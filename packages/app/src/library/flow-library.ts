import { type Diagnostic, type FlowId, type PackId, type TreeHash } from '@rumi/kernel/base'
import {
  buildFlowCatalog,
  parseFlow,
  type FlowDefinition,
  type FlowSource,
  type ParsedFlow,
  type StepDefinition,
} from '@rumi/kernel/flow'
import { prepareFlow, type PreparedFlow } from '@rumi/kernel/run'
import { readSchedule } from '@rumi/kernel/schedule'
import type { PackLibrary } from './pack-library.ts'

/** The operator's flow files, read from their folders. */
export interface OperatorFlows {
  /** Changes when a file may have changed. */
  fingerprint(): string
  read(): {
    readonly files: readonly { readonly file: string; readonly source: FlowSource; readonly bytes: Buffer }[]
    readonly diagnostics: readonly Diagnostic[]
  }
  /** Whether a path inside a pack names a flow. */
  isFlowPath(path: string): boolean
}

/** A flow that exists but may not run, because its pack is not approved. */
export interface WithheldFlow {
  readonly flowId: FlowId
  readonly packId: PackId
}

/** What an operator sees of a pack's flows before its content is approved. */
export interface FlowReview {
  readonly flows: readonly FlowDefinition[]
  readonly diagnostics: readonly Diagnostic[]
}

interface Loaded {
  readonly fingerprint: string
  readonly flows: ReadonlyMap<string, FlowDefinition>
  readonly prepared: Map<string, PreparedFlow>
  readonly withheld: ReadonlyMap<string, WithheldFlow>
  readonly diagnostics: readonly Diagnostic[]
}

/** All flows of a home. Follows every change of a file or an approval without a restart. */
export class FlowLibrary {
  readonly #operator: OperatorFlows
  readonly #packs: PackLibrary
  readonly #maxBytes: number
  readonly #parsedTrees = new Map<string, readonly ParsedFlow[]>()
  #loaded: Loaded | undefined

  constructor(operator: OperatorFlows, packs: PackLibrary, maxBytes: number) {
    this.#operator = operator
    this.#packs = packs
    this.#maxBytes = maxBytes
    packs.onChange(() => {
      this.#loaded = undefined
    })
  }

  /** The flows that may run now. */
  list(): readonly FlowDefinition[] {
    return [...this.#current().flows.values()].filter((flow) => this.#mayRun(flow))
  }

  /**
   * The flows of the operator and of approved content that start by themselves, whether or not a pack was changed since:
   * asked every second, so no pack's folder is looked at.
   */
  listScheduled(): readonly FlowDefinition[] {
    return [...this.#current().flows.values()].filter(({ schedule }) => schedule !== undefined)
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#current().diagnostics
  }

  /** A flow that may run now, ready to. A flow of a pack that was changed after its approval may not. */
  find(flowId: string): PreparedFlow | undefined {
    const found = this.findApproved(flowId)
    return found && this.#mayRun(found.definition) ? found : undefined
  }

  /** A flow of the operator or of approved content, whether or not its pack was changed since. */
  findApproved(flowId: string): PreparedFlow | undefined {
    const loaded = this.#current()
    const known = loaded.prepared.get(flowId)
    if (known) return known
    const definition = loaded.flows.get(flowId)
    if (!definition) return undefined
    const prepared = prepareFlow(definition)
    loaded.prepared.set(flowId, prepared)
    return prepared
  }

  /** Packs whose flows a flow would run, and those whose flows these would run, by what their files say. */
  listCalledPacks(flowId: string): readonly PackId[] {
    const { flows } = this.#current()
    const packs = new Set<PackId>()
    const seen = new Set<string>()
    const visit = (id: string): void => {
      const flow = flows.get(id)
      if (!flow || seen.has(id)) return
      seen.add(id)
      if (flow.source.kind === 'pack') packs.add(flow.source.packId)
      for (const called of listCalledFlows(flow.steps)) visit(called)
    }
    visit(flowId)
    return [...packs]
  }

  findWithheld(flowId: string): WithheldFlow | undefined {
    return this.#current().withheld.get(flowId)
  }

  /** The flows in stored content, approved or not, and what is wrong with their files. */
  review(packId: PackId, treeHash: TreeHash): FlowReview {
    const parsed = this.#parseTree(packId, treeHash)
    return {
      flows: parsed.flatMap(({ flow }) => flow ?? []),
      diagnostics: parsed.flatMap(({ flow, diagnostics }) => [...diagnostics, ...readScheduleOf(flow)]),
    }
  }

  /** Reads everything again. */
  reload(): void {
    this.#loaded = undefined
  }

  #mayRun({ source }: FlowDefinition): boolean {
    return source.kind !== 'pack' || this.#packs.isUnchanged(source.packId)
  }

  #current(): Loaded {
    const fingerprint = this.#operator.fingerprint()
    if (this.#loaded?.fingerprint !== fingerprint) this.#loaded = this.#load(fingerprint)
    return this.#loaded
  }

  #load(fingerprint: string): Loaded {
    const own = this.#operator.read()
    const operatorFlows = own.files.map((file) => parseFlow(file.bytes, file, this.#limits()))
    const packFlows: ParsedFlow[] = []
    const withheld = new Map<string, WithheldFlow>()
    for (const record of this.#packs.records) {
      if (record.status === 'approved') packFlows.push(...this.#parseTree(record.packId, record.approvedHash))
      else {
        for (const { flowId } of this.#parseTree(record.packId, record.scannedHash)) {
          if (flowId !== undefined) withheld.set(flowId, { flowId, packId: record.packId })
        }
      }
    }
    const catalog = buildFlowCatalog([...operatorFlows, ...packFlows])
    return {
      fingerprint,
      flows: catalog.flows,
      prepared: new Map(),
      withheld,
      diagnostics: [...own.diagnostics, ...catalog.diagnostics],
    }
  }

  /** Flows of the stored bytes, never of the folder: what was approved is what is wired. */
  #parseTree(packId: PackId, treeHash: TreeHash): readonly ParsedFlow[] {
    const key = `${packId}\n${treeHash}`
    const known = this.#parsedTrees.get(key)
    if (known) return known
    const source: FlowSource = { kind: 'pack', packId }
    const paths = this.#packs.listFlowFolderFiles(treeHash)
    if (!paths) return [unreadable(`ecosystem/${packId}`, source)]
    const flowPaths = paths.filter((path) => this.#operator.isFlowPath(path))
    const contents = flowPaths.map((path) => ({ path, bytes: this.#packs.readFile(treeHash, path) }))
    const parsed = contents.map(({ path, bytes }) => {
      const file = `ecosystem/${packId}/${path}`
      return bytes ? parseFlow(bytes, { file, source }, this.#limits()) : unreadable(file, source)
    })
    // A damaged copy may be mended by a scan; only what was really read is remembered.
    if (contents.every(({ bytes }) => bytes !== undefined)) this.#parsedTrees.set(key, parsed)
    return parsed
  }

  #limits(): { readonly maxBytes: number; readonly maxDepth: number; readonly maxNodes: number } {
    return { maxBytes: this.#maxBytes, maxDepth: 20, maxNodes: 10_000 }
  }
}

/** A schedule that never starts anything is no secret until the pack is approved. */
function readScheduleOf(flow: FlowDefinition | undefined): readonly Diagnostic[] {
  if (flow?.schedule === undefined) return []
  return readSchedule(flow.schedule).diagnostics.map((diagnostic) => ({ ...diagnostic, file: flow.file }))
}

function listCalledFlows(steps: readonly StepDefinition[]): readonly string[] {
  return steps.flatMap((step) => {
    if (step.type === 'flow') return [step.flow]
    return step.type === 'if' ? listCalledFlows([...step.thenSteps, ...step.elseSteps]) : []
  })
}

function unreadable(file: string, source: FlowSource): ParsedFlow {
  const message = 'the stored copy of the pack is damaged'
  return { file, source, diagnostics: [{ severity: 'error', code: 'flow.unreadable', message, file }] }
}
