/** What a setting may hold. */
export type FieldKind =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer'; readonly from: number; readonly to: number }
  | { readonly kind: 'skill-ids' }
  | { readonly kind: 'mode' }

const flag = { kind: 'boolean' } as const
const threshold = { kind: 'integer', from: 1, to: 1_000_000 } as const

/** Every setting that is honoured, by its path. */
export const configFields: ReadonlyMap<string, FieldKind> = new Map<string, FieldKind>([
  ['evolution_enabled', flag],
  ['max_evolutions_per_session', { kind: 'integer', from: 0, to: 1000 }],
  ['require_human_approval', flag],
  ['immutable_skills', { kind: 'skill-ids' }],
  ['instructions_mode', { kind: 'mode' }],
  ['skill_behavior_enabled', flag],
  ['state_commit.enabled', flag],
  ['state_commit.auto_commit.enabled', flag],
  ['state_commit.auto_commit.skip_if_no_changes', flag],
  ['state_commit.auto_commit.on_events.l0_change', flag],
  ['state_commit.auto_commit.on_events.promotion', flag],
  ['state_commit.auto_commit.on_events.demotion', flag],
  ['state_commit.auto_commit.on_events.session_end', flag],
  ['state_commit.auto_commit.change_threshold.enabled', flag],
  ['state_commit.auto_commit.change_threshold.l1_changes', threshold],
  ['state_commit.auto_commit.change_threshold.total_changes', threshold],
])

/** Maps that hold settings. */
export const configSections: ReadonlySet<string> = new Set(
  [...configFields.keys()].flatMap((path) => {
    const parts = path.split('.')
    return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'))
  }),
)

/**
 * Keys that an older data folder has and that mean nothing here, with the reason. They are left alone; one of them is
 * written twice in every file that the older template made, so a repetition of these is not an error.
 */
export const ignoredFields: ReadonlyMap<string, string> = new Map([
  ['enabled', 'the operations of the home decide what is offered'],
  ['skill_tools_enabled', 'code of a skill runs only in the sandbox; see skill_behavior_enabled'],
  ['kairos_meta_skills', 'l0_governance names the allowed skills'],
  ['layers', 'l0_governance says what each layer records'],
  ['storage', 'the home has one way to store'],
  ['vector_search', 'search needs no settings'],
  ['http', 'the home has its own listener'],
  ['state_commit.snapshot_dir', 'the place of state commits is fixed'],
  ['state_commit.max_snapshots', 'state commits are kept'],
])

/** The known word that differs from `word` in at most a third of its letters, or undefined. */
export function findNearestWord(word: string, known: readonly string[]): string | undefined {
  if (word.length > 40) return undefined // the cost grows with the length, and the word comes from a file
  let best: { readonly word: string; readonly distance: number } | undefined
  for (const candidate of known) {
    const distance = measureDistance(word.toLowerCase(), candidate)
    const allowed = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3))
    if (distance <= allowed && distance < (best?.distance ?? Infinity)) best = { word: candidate, distance }
  }
  return best?.word
}

/** Levenshtein's distance, row by row. */
function measureDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    previous = row
  }
  return previous.at(-1) ?? 0
}
