import type { JsonObject } from '@rumi/kernel/base'

/**
 * Words of the language for the types of nodes it knows, and the option that each must have: a text, or for a plan a list
 * of texts. (design §ノード型)
 */
export const nodeWords = [
  { word: 'constraint', type: 'Constraint', must: undefined },
  { word: 'check', type: 'Check', must: 'condition' },
  { word: 'plan', type: 'Plan', must: 'steps' },
  { word: 'toolCall', type: 'ToolCall', must: 'command' },
  { word: 'semanticReasoning', type: 'SemanticReasoning', must: 'prompt' },
] as const
export type NodeWord = (typeof nodeWords)[number]

/** The word that a node of this type with these options may be written with; undefined: only as `node(type, name, …)`. */
export function findNodeWord(type: string, options: JsonObject): NodeWord | undefined {
  return nodeWords.find((word) => word.type === type && hasMandatoryOption(word, options))
}

function hasMandatoryOption({ must }: NodeWord, options: JsonObject): boolean {
  if (must === undefined) return true
  const value = Object.hasOwn(options, must) ? options[must] : undefined
  if (must !== 'steps') return typeof value === 'string'
  return Array.isArray(value) && value.every((step) => typeof step === 'string')
}
