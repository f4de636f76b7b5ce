import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml'
import { unreachable, type Diagnostic } from '@rumi/kernel/base'
import { documentNameSchema, skillIdSchema } from '../base/index.ts'
import { configFields, configSections, findNearestWord, ignoredFields, type FieldKind } from './config-fields.ts'
import {
  configError,
  configPath,
  listPairs,
  readConfigSource,
  type ConfigPair,
  type ConfigSource,
} from './config-source.ts'

/** The settings of Kairos as they hold. */
export interface KairosConfig {
  /** Whether a proposal for an L0 skill can be applied at all. */
  readonly evolutionEnabled: boolean
  /** 0–1000; the smaller of this and the policy's limit holds. */
  readonly maxEvolutionsPerSession: number
  readonly requireHumanApproval: boolean
  /** Always with `core_safety`. */
  readonly immutableSkills: readonly string[]
  readonly instructionsMode: string
  /** Whether a skill's behavior may run (in the sandbox). */
  readonly skillBehaviorEnabled: boolean
  readonly stateCommit: {
    /** Whether a commit that would change nothing is left out. */
    readonly skipIfNoChanges: boolean
    readonly autoCommit: {
      /** False when state commits are off as a whole. */
      readonly enabled: boolean
      readonly onL0Change: boolean
      readonly onPromotion: boolean
      readonly onDemotion: boolean
      readonly onSessionEnd: boolean
      /** Changes of L1 since the last commit; undefined: they cause none. */
      readonly l1Changes: number | undefined
      /** Changes of all layers since the last commit; undefined: they cause none. */
      readonly totalChanges: number | undefined
    }
  }
}

/** The settings that hold, and what is wrong with the file they come from. */
export interface ConfigReading {
  readonly config: KairosConfig
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Reads `skills/config.yml`; undefined means that there is no file, and every default holds. An error anywhere (a form
 * that cannot be read, a repeated key, a value of the wrong type) makes the strict settings hold: no evolution, approval
 * required, no behavior. Unknown keys are warnings: they may be a later version's. (fail closed in decisions)
 */
export function readConfig(text: string | undefined): ConfigReading {
  const source = readConfigSource(text ?? '')
  if (!source.ok) return { config: close(buildConfig(new Map())), diagnostics: source.error }
  const reading: Reading = { source: source.value, values: new Map(), diagnostics: [] }
  if (source.value.map !== undefined) readSection(reading, source.value.map, '')
  const config = buildConfig(reading.values)
  const { diagnostics } = reading
  const isSound = diagnostics.every(({ severity }) => severity !== 'error')
  return { config: isSound ? config : close(config), diagnostics }
}

interface Reading {
  readonly source: ConfigSource
  readonly values: Map<string, Value>
  readonly diagnostics: Diagnostic[]
}

type Value = boolean | number | string | readonly string[]

function readSection(reading: Reading, map: YAMLMap, section: string): void {
  const seen = new Set<string>()
  for (const pair of listPairs(map)) {
    const path = section === '' ? pair.key : `${section}.${pair.key}`
    const at = reading.source.place(pair.keyNode.range?.[0] ?? 0)
    if (seen.has(path) && !ignoredFields.has(path)) {
      const hint = 'Which of the two counts would depend on the reader; remove one.'
      reading.diagnostics.push(
        configError('config.duplicate_key', `the key "${shorten(path)}" occurs twice`, { ...at, hint }),
      )
    } else readMember(reading, pair, path)
    seen.add(path)
  }
}

function readMember(reading: Reading, pair: ConfigPair, path: string): void {
  const at = reading.source.place(pair.keyNode.range?.[0] ?? 0)
  const field = configFields.get(path)
  if (field !== undefined) {
    const value = readValue(field, pair.value)
    if (value !== undefined) reading.values.set(path, value)
    else reading.diagnostics.push(configError('config.type', `"${path}" must be ${describe(field)}`, at))
    return
  }
  if (configSections.has(path)) {
    if (isMap(pair.value)) readSection(reading, pair.value, path)
    else reading.diagnostics.push(configError('config.type', `"${path}" must be a map of settings`, at))
    return
  }
  reading.diagnostics.push({ severity: 'warning', file: configPath, ...at, ...explainUnknown(path) })
}

function explainUnknown(path: string): { readonly code: string; readonly message: string; readonly hint?: string } {
  const reason = ignoredFields.get(path)
  if (reason !== undefined) return { code: 'config.ignored', message: `"${path}" has no effect here: ${reason}` }
  const section = path.slice(0, path.lastIndexOf('.') + 1)
  const siblings = [...configFields.keys(), ...configSections]
    .filter((known) => known.startsWith(section) && !known.slice(section.length).includes('.'))
    .map((known) => known.slice(section.length))
  const nearest = findNearestWord(path.slice(section.length), siblings)
  const message = `the setting "${shorten(path)}" is unknown and has no effect`
  return nearest === undefined
    ? { code: 'config.unknown_key', message }
    : { code: 'config.unknown_key', message, hint: `Did you mean "${section}${nearest}"?` }
}

function shorten(path: string): string {
  return path.length > 80 ? `${path.slice(0, 80)}…` : path
}

function readValue(field: FieldKind, node: unknown): Value | undefined {
  if (field.kind === 'skill-ids') {
    if (!isSeq(node)) return undefined
    const ids = node.items.map((item) => skillIdSchema.safeParse(isScalar(item) ? item.value : undefined))
    return ids.every((id) => id.success) ? ids.map((id) => id.data) : undefined
  }
  const value = isScalar(node) ? node.value : undefined
  if (field.kind === 'boolean') return typeof value === 'boolean' ? value : undefined
  if (field.kind === 'mode') return documentNameSchema.safeParse(value).data
  const isInRange = typeof value === 'number' && Number.isInteger(value) && value >= field.from && value <= field.to
  return isInRange ? value : undefined
}

function describe(field: FieldKind): string {
  switch (field.kind) {
    case 'boolean':
      return 'true or false'
    case 'integer':
      return `a whole number from ${field.from} to ${field.to}`
    case 'skill-ids':
      return 'a list of skill ids'
    case 'mode':
      return 'the name of a mode'
    default:
      return unreachable(field)
  }
}

function buildConfig(values: ReadonlyMap<string, Value>): KairosConfig {
  const flag = (path: string, fallback: boolean): boolean => {
    const value = values.get(path)
    return typeof value === 'boolean' ? value : fallback
  }
  const count = (path: string, fallback: number): number => {
    const value = values.get(path)
    return typeof value === 'number' ? value : fallback
  }
  const mode = values.get('instructions_mode')
  const immutable = values.get('immutable_skills')
  const auto = 'state_commit.auto_commit'
  const hasThresholds = flag(`${auto}.change_threshold.enabled`, true)
  return {
    evolutionEnabled: flag('evolution_enabled', false),
    maxEvolutionsPerSession: count('max_evolutions_per_session', 3),
    requireHumanApproval: flag('require_human_approval', true),
    // core_safety is out of reach whatever the file says: leaving it out is no way to change it.
    immutableSkills: [...new Set(['core_safety', ...(typeof immutable === 'object' ? immutable : [])])],
    instructionsMode: typeof mode === 'string' ? mode : 'tutorial',
    skillBehaviorEnabled: flag('skill_behavior_enabled', false),
    stateCommit: {
      skipIfNoChanges: flag(`${auto}.skip_if_no_changes`, true),
      autoCommit: {
        enabled: flag('state_commit.enabled', true) && flag(`${auto}.enabled`, true),
        onL0Change: flag(`${auto}.on_events.l0_change`, true),
        onPromotion: flag(`${auto}.on_events.promotion`, true),
        onDemotion: flag(`${auto}.on_events.demotion`, true),
        onSessionEnd: flag(`${auto}.on_events.session_end`, true),
        l1Changes: hasThresholds ? count(`${auto}.change_threshold.l1_changes`, 5) : undefined,
        totalChanges: hasThresholds ? count(`${auto}.change_threshold.total_changes`, 10) : undefined,
      },
    },
  }
}

function close(config: KairosConfig): KairosConfig {
  return { ...config, evolutionEnabled: false, requireHumanApproval: true, skillBehaviorEnabled: false }
}
