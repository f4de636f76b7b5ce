import { knownNodeTypes } from '../../language/index.ts'

/** The first line of a definition that is written out. */
export const heading = '## Definition (Decompiled)'

/** The label of each type, and the option that stands right behind the name. */
export const labels: ReadonlyMap<string, { readonly label: string; readonly main: string }> = new Map(
  knownNodeTypes.map((type) => [
    type,
    {
      Constraint: { label: 'Requirement', main: 'condition' },
      Check: { label: 'Check', main: 'condition' },
      Plan: { label: 'Workflow', main: 'steps' },
      ToolCall: { label: 'Tool Call', main: 'command' },
      SemanticReasoning: { label: 'Human Judgment Required', main: 'prompt' },
    }[type],
  ]),
)

/** The label of every other type. */
export const unknownLabel = 'Unknown'

/** What stands between the parts of a line. */
export const marks = { steps: ' — ', step: ' -> ', options: ' — options ', source: ' — source ' } as const

/** A key or value that is written without quotes; the words of JSON are not, for they mean themselves. */
export function isBareWord(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text) && text !== 'true' && text !== 'false' && text !== 'null'
}

/** A step that is written as it is: words with single spaces, in any script. */
export function isBareStep(text: string): boolean {
  return /^[\p{L}\p{N}_.-]+(?: [\p{L}\p{N}_.-]+)*$/u.test(text)
}

/** Prose that can stand in a line as it is, and ends where a mark begins. */
export function isBareProse(text: string): boolean {
  return text !== '' && text.trim() === text && !/[`[\]\p{C}\p{Zl}\p{Zp}]/u.test(text) && !text.includes(' — ')
}

/** A text that can stand in a code span as it is. What begins with a quote there is JSON. */
export function isBareCode(text: string): boolean {
  return text !== '' && !text.startsWith('"') && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text)
}
