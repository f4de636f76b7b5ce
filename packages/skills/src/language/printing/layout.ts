/** Printed text before it is indented: a text that stays as it is, parts in a row, or a block over several lines. */
export type Layout = string | readonly Layout[] | Block

interface Block {
  readonly open: string
  readonly items: readonly Layout[]
  readonly close: string
}

/** Items on lines of their own between brackets, each with a comma; without items just the brackets. */
export function block(brackets: '{}' | '[]', items: readonly Layout[]): Layout {
  const [open, close] = brackets === '{}' ? ['{', '}'] : ['[', ']']
  return items.length === 0 ? brackets : { open, items, close }
}

/** `word(operand, …)`. */
export function call(word: string, operands: readonly Layout[]): Layout {
  return [`${word}(`, ...operands.flatMap((operand, index) => (index === 0 ? [operand] : [', ', operand])), ')']
}

/** Lays a text out with two spaces for each block. Texts are never indented: they may hold lines that mean something. */
export function render(layout: Layout, indent = ''): string {
  if (typeof layout === 'string') return layout
  if ('open' in layout) {
    const inner = `${indent}  `
    const lines = layout.items.map((item) => `${inner}${render(item, inner)},\n`)
    return `${layout.open}\n${lines.join('')}${indent}${layout.close}`
  }
  return layout.map((part) => render(part, indent)).join('')
}
