import { err, ok, type Diagnostic, type Outcome } from '@rumi/kernel/base'
import { hashSkill, parseSkillSource, type ParsedSkill } from '@rumi/skills/language'
import { loadRubyParser, parseRubySkills, printRubySkill, type RubyParser } from '@rumi/skills/ruby'
import { unreadableSource } from './problems.ts'

/** A skill as its file says it. */
export interface LawSkill extends ParsedSkill {
  readonly treeHash: string
  /** Where it stands. @example 'skills/core_safety.skill.ts' */
  readonly file: string
  readonly source: { readonly language: 'typescript' | 'ruby'; readonly text: string }
}

/** All skills of some files. */
export interface LawReading {
  readonly skills: ReadonlyMap<string, LawSkill>
  /** An error names a skill, or a file, that is left out. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Largest Ruby source: its parser, which nothing can interrupt, takes seconds for a hostile megabyte. */
const rubyBytes = 256 * 1024

/** Tells whether skills stand in a file of that path. */
export function isSkillFile(path: string): boolean {
  return /^skills\/[^/]+(?:\.skill\.ts|\.rb)$/.test(path)
}

/** Reads skills from sources, and runs none of them. */
export class LawReader {
  #ruby: Promise<RubyParser> | undefined

  /** Reads all skill files; two skills of one id are both left out: whichever came first would be somebody's choice. */
  async read(files: ReadonlyMap<string, Uint8Array>): Promise<LawReading> {
    const diagnostics: Diagnostic[] = []
    const found: LawSkill[] = []
    for (const [path, bytes] of files) {
      if (!isSkillFile(path)) continue
      const text = decode(bytes)
      if (text === undefined) diagnostics.push(notText(path))
      else {
        const reading = await this.#readFile(path, text)
        found.push(...reading.skills)
        diagnostics.push(...reading.diagnostics)
      }
    }
    const skills = new Map<string, LawSkill>()
    for (const skill of found) {
      const { id } = skill.tree
      const namesakes = found.filter((other) => other.tree.id === id)
      if (namesakes.length === 1) skills.set(id, skill)
      else diagnostics.push(duplicate(id, skill))
    }
    return { skills, diagnostics }
  }

  /** Reads a source that stands in no file of the law. */
  async readText(
    file: string,
    source: LawSkill['source'],
  ): Promise<{ readonly skills: readonly LawSkill[]; readonly diagnostics: readonly Diagnostic[] }> {
    const extension = source.language === 'typescript' ? '.skill.ts' : '.rb'
    return this.#readFile(file.endsWith(extension) ? file : `${file}${extension}`, source.text)
  }

  /** Reads one source, which must hold one skill and nothing else. Problem: `skill.unreadable` 422. */
  async requireOne(source: LawSkill['source'], file: string): Promise<Outcome<LawSkill>> {
    const { skills, diagnostics } = await this.readText(file, source)
    const [skill] = skills
    const hasErrors = diagnostics.some(({ severity }) => severity === 'error')
    if (skill !== undefined && skills.length === 1 && !hasErrors) return ok(skill)
    return err(unreadableSource(hasErrors ? diagnostics : [notOne(file, skills.length)]))
  }

  /** The same skill in Ruby; null: it has a part that Ruby cannot say. */
  async printRuby(tree: LawSkill['tree']): Promise<string | null> {
    const printed = printRubySkill(await this.ruby(), tree)
    return printed.ok ? printed.value : null
  }

  /** The Ruby parser, made when the first Ruby file is read. */
  ruby(): Promise<RubyParser> {
    this.#ruby ??= loadRubyParser()
    return this.#ruby
  }

  async #readFile(
    path: string,
    text: string,
  ): Promise<{ skills: readonly LawSkill[]; diagnostics: readonly Diagnostic[] }> {
    if (path.endsWith('.rb')) {
      if (Buffer.byteLength(text) > rubyBytes) return { skills: [], diagnostics: [tooLarge(path)] }
      const { skills, diagnostics } = parseRubySkills(await this.ruby(), text, path)
      return { skills: skills.map((skill) => place(skill, path, { language: 'ruby', text })), diagnostics }
    }
    const parsed = parseSkillSource(text, path)
    if (!parsed.ok) return { skills: [], diagnostics: parsed.error }
    return { skills: [place(parsed.value, path, { language: 'typescript', text })], diagnostics: [] }
  }
}

function place(skill: ParsedSkill, file: string, { language, text }: LawSkill['source']): LawSkill {
  const own = language === 'ruby' ? text.slice(skill.region.start, skill.region.end) : text
  return { ...skill, treeHash: hashSkill(skill.tree), file, source: { language, text: own } }
}

/** Undefined: not UTF-8. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function notText(file: string): Diagnostic {
  return { severity: 'error', code: 'skill.syntax', message: 'The file is not UTF-8.', file }
}

function tooLarge(file: string): Diagnostic {
  const message = `A Ruby source has at most ${rubyBytes} bytes.`
  return { severity: 'error', code: 'skill.limit', message, file, hint: 'Split it, or write it in TypeScript.' }
}

function notOne(file: string, count: number): Diagnostic {
  const message = `A proposal holds one skill, not ${count}.`
  return { severity: 'error', code: 'skill.form', message, file, hint: 'Propose each of them on its own.' }
}

function duplicate(id: string, { file, places }: LawSkill): Diagnostic {
  return {
    ...{ severity: 'error', code: 'skill.duplicate', file, ...places.get('') },
    message: `The skill "${id}" is defined more than once; none of them counts.`,
    hint: 'Leave one of them.',
  }
}
