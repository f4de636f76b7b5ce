/** What an assembly is asked: whether something may rise a layer, or what an audit's findings mean. */
export type AssemblyPurpose = 'promotion' | 'audit'

/** The words of an assembly's task in one language. */
export interface AssemblyWords {
  readonly title: Readonly<Record<AssemblyPurpose, string>>
  readonly purpose: Readonly<Record<AssemblyPurpose, string>>
  readonly source: string
  readonly sourceNote: string
  readonly more: (lines: number) => string
  readonly personas: string
  readonly oneshot: string
  readonly discussion: (plan: {
    readonly facilitator: string
    readonly maxRounds: number
    readonly consensusThreshold: number
  }) => string
  readonly outcome: Readonly<Record<AssemblyPurpose, string>>
  readonly advice: string
}
