export type {
  BlockCall,
  BlockErrorType,
  BlockOutcome,
  BlockRuntime,
  Isolation,
  Posture,
  SandboxDriver,
  SelfTestCheck,
  SelfTestReport,
} from './driver.ts'
export { defaultLimits, type BlockLimits } from './limits.ts'
export { blockExtensions, findBlockFile, findRuntime } from './runtime.ts'
