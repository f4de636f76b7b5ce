export type {
  AskHandler,
  BlockCall,
  BlockErrorType,
  BlockOutcome,
  Isolation,
  Posture,
  SandboxDriver,
  SelfTestCheck,
  SelfTestReport,
} from './driver.ts'
export { defaultLimits, type BlockLimits } from './limits.ts'
export { blockExtensions, findBlockFile, findRuntime, type BlockRuntime } from './runtime.ts'
