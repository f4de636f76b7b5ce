export { createFixedClock, type FixedClock } from './fixed-clock.ts'
export { blockStep, createFlows, flowStep, handlerStep, ifStep, setStep, type TestFlow } from './flows.ts'
export { createTestGate, testCaller, testGrantKey } from './gate.ts'
export { createMemoryPacks, packFiles, type MemoryPacks, type PackFiles } from './memory-packs.ts'
export { createMemoryState, tellLate, type MemoryState } from './memory-state.ts'
export {
  answered,
  createScriptedSandbox,
  raised,
  untilCancelled,
  type BlockScript,
  type ScriptedSandbox,
} from './scripted-sandbox.ts'
export { describeStateStore, pendingPack, testRun, testStep, type OpenedStore } from './suites/state-store.ts'
export { createTestRunner, resolvedBlock, type RunnerSituation, type TestRunner } from './runner.ts'
