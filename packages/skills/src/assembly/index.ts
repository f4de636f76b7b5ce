export {
  assemblyDefaults,
  assemblyLimits,
  buildAssembly,
  type Assembly,
  type AssemblyMode,
  type AssemblyRequest,
} from './assembly.ts'
export { readPersonas } from './personas.ts'
export type { AssemblyPurpose } from './words.ts'
