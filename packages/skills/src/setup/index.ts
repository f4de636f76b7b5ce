export { type ConfigScalar } from './edit-config.ts'
export {
  findInstructionsPath,
  planInstructions,
  type InstructionsPlan,
  type InstructionsSituation,
  type InstructionsWish,
} from './instructions.ts'
export { readConfig, type ConfigReading, type KairosConfig } from './read-config.ts'
export { defaultSkillSources, shippedFiles } from './shipped.ts'
export { planInit, planUpgrade, type UpgradeSituation, type UpgradeStep } from './upgrade.ts'
