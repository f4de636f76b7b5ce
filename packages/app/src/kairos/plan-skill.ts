import type { SkillId } from '@rumi/skills/base'
import { spliceSkill } from '@rumi/skills/ruby'
import type { LawSkill } from './law-files.ts'

/** Files that change: their new text, or null for one that goes. */
export type TextChanges = ReadonlyMap<string, string | null>

/** Where Ruby skills are put that come without a file of their own. */
const rubyFile = 'skills/kairos.rb'

/**
 * Which files say that a skill is now `source`: one id stands in one file. A Ruby skill takes the place of the Ruby
 * skill it follows, to the character; in every other case the old one goes from where it stood.
 *
 * @param present - Texts of the files in force.
 */
export function planSkillFiles(wish: {
  readonly skillId: SkillId
  readonly before: LawSkill | undefined
  readonly source: LawSkill['source'] | null
  readonly present: ReadonlyMap<string, string>
}): TextChanges {
  const { skillId, before, source, present } = wish
  const changes = new Map<string, string | null>()
  const textOf = (path: string): string => changes.get(path) ?? present.get(path) ?? ''
  const isReplacedInPlace = source?.language === 'ruby' && before?.file.endsWith('.rb') === true
  if (before !== undefined && !isReplacedInPlace) {
    const isAlone = before.file.endsWith('.skill.ts')
    changes.set(before.file, isAlone ? null : spliceSkill(textOf(before.file), before.region, undefined))
  }
  if (source === null) return changes
  if (source.language === 'typescript') changes.set(`skills/${skillId}.skill.ts`, source.text)
  else if (before !== undefined && isReplacedInPlace)
    changes.set(before.file, spliceSkill(textOf(before.file), before.region, source.text))
  else changes.set(rubyFile, append(textOf(rubyFile), source.text))
  return changes
}

function append(text: string, skill: string): string {
  const separator = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n'
  return `${text}${separator}${skill.trimEnd()}\n`
}
