/**
 * What an author's editor needs to know about the language: ambient declarations without a module, for a file such as
 * `skills.d.ts` beside the sources. They are help for writing; what a source may say is decided by reading it.
 */
export const skillDeclarations: string = `/** A value that JSON can carry. */
type SkillJson = null | boolean | number | string | readonly SkillJson[] | { readonly [key: string]: SkillJson }

/** The text of a Ruby block, from skills that were written in Ruby. Kept, never run here. */
interface RubyText {
  readonly kind: 'ruby'
}

/** One statement of a definition. */
interface DefinitionStatement {
  readonly kind: 'definition'
}

interface SkillEffect {
  readonly kind: 'effect'
}

interface EvolveCondition {
  readonly kind: 'condition'
}

interface SkillTool {
  readonly kind: 'tool'
}

interface ToolProperty {
  readonly kind: 'property'
}

interface Skill {
  readonly kind: 'skill'
}

/** Fields of a skill that may change, or may not. */
type SkillFieldName =
  | 'version'
  | 'title'
  | 'use_when'
  | 'inputs'
  | 'requires'
  | 'depends_on'
  | 'guarantees'
  | 'evolve'
  | 'content'
  | 'definition'
  | 'formalization_notes'
  | 'behavior'
  | 'effects'
  | 'tool'

/** Options of a statement: any data, and where in the content it comes from. */
interface StatementOptions {
  readonly source_span?: SkillJson
  readonly [option: string]: SkillJson | undefined
}

/** What a skill says. Everything is a literal, but the three methods. */
interface SkillFields {
  readonly version?: string
  readonly title?: string
  /** When to read it. */
  readonly use_when?: string
  /** Names of what it needs to be told. */
  readonly inputs?: readonly string[]
  readonly requires?: SkillJson
  readonly depends_on?: SkillJson
  /** What it promises; \`immutable\` means that nothing of it ever changes. */
  readonly guarantees?: readonly (string & {} | 'immutable' | 'always_enforced')[]
  /** Which fields a change may touch; \`all\` in \`deny\`: none. */
  readonly evolve?: {
    readonly allow?: readonly (SkillFieldName | 'all')[]
    readonly deny?: readonly (SkillFieldName | 'all')[]
    /** Conditions in code, which only a person can judge. */
    readonly conditions?: readonly EvolveCondition[]
  }
  /** What it says to a reader, in Markdown. */
  readonly content?: string
  /** What of the content a machine can check. */
  readonly definition?: readonly DefinitionStatement[]
  /** Why the definition says what it says. */
  readonly formalization_notes?: string
  /** Runs in a sandbox, when it is asked for. */
  readonly behavior?: RubyText | ((kairos: Kairos) => unknown)
  readonly effects?: readonly SkillEffect[]
  /** Offers the skill as a tool. */
  readonly tool?: SkillTool
}

/** A skill. A source is \`export default skill('id', { … })\` and nothing else; nobody runs it. */
declare function skill(id: string, fields: SkillFields): Skill

/** A rule that holds. With a \`condition\` it is checked, without one it is declared. */
declare function constraint(name: string, options?: StatementOptions & {
  readonly required?: boolean
  readonly condition?: string
}): DefinitionStatement

/** Something to check. @example check('limit', { condition: 'evolution_count < max_evolutions_per_session' }) */
declare function check(name: string, options: StatementOptions & { readonly condition: string }): DefinitionStatement

/** Steps in their order. */
declare function plan(name: string, options: StatementOptions & { readonly steps: readonly string[] }): DefinitionStatement

/** A tool to call. */
declare function toolCall(name: string, options: StatementOptions & { readonly command: string }): DefinitionStatement

/** A question that only a person can answer. */
declare function semanticReasoning(
  name: string,
  options: StatementOptions & { readonly prompt: string },
): DefinitionStatement

/** A statement of any other type; nothing checks it. */
declare function node(type: string, name: string, options?: StatementOptions): DefinitionStatement

/** Something the skill does beside answering. */
declare function effect(name: string, fields?: {
  readonly requires?: readonly string[]
  readonly records?: readonly string[]
  readonly run?: RubyText | (() => unknown)
}): SkillEffect

/** A condition of a change, in Ruby. */
declare function condition(name: string, code: RubyText): EvolveCondition

interface ToolFields {
  readonly description?: string
  readonly input?: readonly ToolProperty[]
  readonly execute?: RubyText | ((args: Record<string, any>) => unknown)
}

/** The skill as a tool; without a name it is called after the skill. */
declare function tool(fields: ToolFields): SkillTool
declare function tool(name: string | null, fields?: ToolFields): SkillTool

/** A property of a tool's input. */
declare function property(name: string, fields: {
  /** A type of JSON Schema. */
  readonly type: string
  readonly description?: string
  /** False when nothing is said. */
  readonly required?: boolean
}): ToolProperty

/** The text of a Ruby block. */
declare function ruby(text: string): RubyText

/** A skill as a behavior sees it. */
interface SkillView {
  readonly id: string
  readonly version: string | null
  readonly title: string | null
  readonly use_when: string | null
  readonly guarantees: readonly string[]
  readonly content: string | null
  /** Fields that its own rules let change. */
  readonly can_evolve: readonly string[]
  /** \`sha256:\` and 64 hex digits: the name of what it says. */
  readonly tree_hash: string
}

/** One thing that happened, as it was recorded. */
interface KairosEvent {
  readonly type: string
  /** ISO 8601. */
  readonly at: string
  readonly skill_id: string | null
  readonly data: SkillJson
}

/** What a behavior may ask the system about itself. It can look, and change nothing. */
interface Kairos {
  /** All skills in force. */
  skills(): Promise<SkillView[]>
  /** One skill; null when there is none of that id. */
  skill(id: string): Promise<SkillView | null>
  /** The settings that are in force. */
  config(): Promise<{ readonly [name: string]: SkillJson }>
  /** What happened, newest first. */
  history(options?: { readonly skill_id?: string; readonly limit?: number }): Promise<KairosEvent[]>
  /** Numbers that the system keeps, such as changes in this session. */
  counters(): Promise<{ readonly [name: string]: number }>
}

/** For sources that name what they use. */
declare module '@rumi/skills' {
  export const skill: typeof globalThis.skill
  export const constraint: typeof globalThis.constraint
  export const check: typeof globalThis.check
  export const plan: typeof globalThis.plan
  export const toolCall: typeof globalThis.toolCall
  export const semanticReasoning: typeof globalThis.semanticReasoning
  export const node: typeof globalThis.node
  export const effect: typeof globalThis.effect
  export const condition: typeof globalThis.condition
  export const tool: typeof globalThis.tool
  export const property: typeof globalThis.property
  export const ruby: typeof globalThis.ruby
}
`
