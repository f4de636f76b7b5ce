import { flowIdSchema, ok, treeHashSchema, type JsonObject } from '../base/index.ts'
import { Runner, type ResolvedBlock, type RunnerPorts } from '../run/index.ts'
import { createCountingRandom } from './counting-random.ts'
import { createFixedClock, type FixedClock } from './fixed-clock.ts'
import { blockStep, createFlows, type TestFlow } from './flows.ts'
import { createMemoryState, type MemoryState } from './memory-state.ts'
import { answered, createScriptedSandbox, type BlockScript, type ScriptedSandbox } from './scripted-sandbox.ts'

/** What every block of a test runner resolves to. */
export const resolvedBlock: ResolvedBlock = {
  treeHash: treeHashSchema.parse(`sha256:${'ab'.repeat(32)}`),
  treePath: '/trees/ab',
  subdir: '',
  file: 'blocks/a.py',
  runtime: 'python',
  isolation: 'fresh',
  isCurrent: () => true,
}

/** What differs from the usual: the flow `f` with one block `a` that answers 1, and at most two runs at a time. */
export interface RunnerSituation {
  readonly script?: BlockScript
  readonly flows?: readonly TestFlow[]
  readonly ports?: Partial<RunnerPorts>
}

/** A runner and everything around it. */
export interface TestRunner {
  readonly clock: FixedClock
  readonly state: MemoryState
  readonly sandbox: ScriptedSandbox
  readonly runner: Runner
  /** Runs `f` for at most 300 s. */
  readonly run: (wish?: {
    readonly flowId?: string
    readonly inputs?: JsonObject
    readonly signal?: AbortSignal
  }) => ReturnType<Runner['run']>
  /** Of the ledger's entries. */
  readonly kinds: () => readonly string[]
}

/** Makes a runner with nothing real around it. */
export function createTestRunner(situation: RunnerSituation = {}): TestRunner {
  const { script = () => answered(1), flows = [{ flow_id: 'f', steps: [blockStep('a')] }], ports = {} } = situation
  const clock = createFixedClock()
  const state = createMemoryState(clock)
  const sandbox = createScriptedSandbox(script)
  const runner = new Runner({
    state,
    sandbox,
    clock,
    random: createCountingRandom(),
    findFlow: createFlows(...flows),
    resolveBlock: async () => ok(resolvedBlock),
    performHandler: async () => ({ ok: true, value: null }),
    maxConcurrent: 2,
    ...ports,
  })
  return {
    clock,
    state,
    sandbox,
    runner,
    run: ({ flowId = 'f', inputs = {}, signal = new AbortController().signal } = {}) =>
      runner.run({ flowId: flowIdSchema.parse(flowId), inputs, timeoutMs: 300_000, caller: 'operator/http' }, signal),
    kinds: () => state.entries.map(({ kind }) => kind),
  }
}
