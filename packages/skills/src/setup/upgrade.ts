import { configPath } from './config-source.ts'
import { mergeConfig } from './edit-config.ts'
import { hashText } from './shipped.ts'

/**
 * What an upgrade does with one file. `ancestor` is what to record for the next upgrade: always the hash of the text
 * that is shipped now, never of the user's. (I01) Only `add`, `update` and `merged` write to `path`.
 */
export type UpgradeStep = { readonly path: string; readonly ancestor: string } & (
  | { readonly kind: 'unchanged' }
  /** Nothing was there, and nobody removed it. */
  | { readonly kind: 'add'; readonly text: string }
  /** The user never touched it. */
  | { readonly kind: 'update'; readonly text: string }
  /** The user changed or removed it, and what is shipped either did not change or has nothing to add. */
  | { readonly kind: 'keep'; readonly because: 'edited' | 'removed' }
  /** Both changed: the shipped text goes to `writeTo`, beside the user's. */
  | { readonly kind: 'conflict'; readonly writeTo: string; readonly text: string }
  /** New settings were added to the user's; `added` names them. (I02) */
  | { readonly kind: 'merged'; readonly text: string; readonly added: readonly string[] }
  /** A rule of L0: its new text is proposed, and only the operator's approval makes it count. */
  | { readonly kind: 'proposal'; readonly text: string }
)

/** Texts and hashes by path, relative to the data folder. */
export interface UpgradeSituation {
  /** The hash of the text that was shipped last, as `ancestor` of the last plan says. */
  readonly recorded: ReadonlyMap<string, string>
  /** Files that are there. Besides the shipped paths: every file of `skills/`, and what a conflict left behind. */
  readonly present: ReadonlyMap<string, string>
  readonly shipped: ReadonlyMap<string, string>
}

/**
 * Compares what was shipped, what is there and what is shipped now, and says what to do with each shipped file, in
 * order of path. A file whose text differs from what was shipped last is the user's: it is never written to, with one
 * exception: new settings are added to `skills/config.yml`. A rule of L0 that is in force is never written to at all.
 */
export function planUpgrade(situation: UpgradeSituation): readonly UpgradeStep[] {
  const paths = [...situation.shipped].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return paths.map(([path, text]) => planFile(situation, { path, text }))
}

/** What setting up a folder writes: the shipped files that are not there. Nothing that is there is touched. */
export function planInit({ present, shipped }: Omit<UpgradeSituation, 'recorded'>): readonly UpgradeStep[] {
  return planUpgrade({ recorded: new Map(), present, shipped }).filter(({ kind }) => kind === 'add')
}

interface ShippedFile {
  readonly path: string
  readonly text: string
}

function planFile(situation: UpgradeSituation, { path, text }: ShippedFile): UpgradeStep {
  const common = { path, ancestor: hashText(text) }
  const mine = situation.present.get(path)
  const recorded = situation.recorded.get(path)
  if (mine === undefined) return planAbsent(situation, { path, text })
  if (mine === text) return { ...common, kind: 'unchanged' }
  const isShippedAgain = recorded === common.ancestor
  if (isShippedAgain) return { ...common, kind: 'keep', because: 'edited' }
  if (isRule(path)) return { ...common, kind: 'proposal', text }
  // Settings are merged even when nobody seems to have touched them: a wrong record must not cost a value. (I02)
  if (path === configPath) return planConfig(situation, { path, text }, mine)
  if (recorded === hashText(mine)) return { ...common, kind: 'update', text }
  return { ...common, kind: 'conflict', writeTo: findFreePath(situation, { path, text }), text }
}

function planAbsent({ recorded, present }: UpgradeSituation, { path, text }: ShippedFile): UpgradeStep {
  const common = { path, ancestor: hashText(text) }
  if (recorded.has(path)) return { ...common, kind: 'keep', because: 'removed' }
  // Where rules are in force, a new one would come into force unseen; a Ruby file may have the same ids.
  const hasRules = [...recorded.keys(), ...present.keys()].some(isRule)
  return isRule(path) && hasRules ? { ...common, kind: 'proposal', text } : { ...common, kind: 'add', text }
}

function planConfig(situation: UpgradeSituation, file: ShippedFile, mine: string): UpgradeStep {
  const common = { path: file.path, ancestor: hashText(file.text) }
  const merged = mergeConfig(mine, file.text)
  if (!merged.ok) return { ...common, kind: 'conflict', writeTo: findFreePath(situation, file), text: file.text }
  if (merged.value.added.length === 0) return { ...common, kind: 'keep', because: 'edited' }
  return { ...common, kind: 'merged', ...merged.value }
}

function isRule(path: string): boolean {
  return /^skills\/[^/]+\.(?:skill\.ts|rb)$/.test(path)
}

/** Beside the user's file; somebody may be at work on one that an earlier upgrade left there. */
function findFreePath({ present }: UpgradeSituation, { path, text }: ShippedFile): string {
  const isFree = (candidate: string): boolean => (present.get(candidate) ?? text) === text
  const plain = `${path}.new`
  if (isFree(plain)) return plain
  const named = `${path}.${hashText(text).slice(0, 12)}.new`
  if (isFree(named)) return named
  let count = 2
  while (!isFree(`${named}.${count}`)) count += 1
  return `${named}.${count}`
}
