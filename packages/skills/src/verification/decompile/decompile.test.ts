import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, type JsonObject, type JsonValue } from '@rumi/kernel/base'
import type { DefinitionNode } from '../../language/index.ts'
import { codeSpan, readCodeSpan } from './code-span.ts'
import { decompileDefinition } from './decompile.ts'
import { parseDecompiled } from './parse.ts'

function node(type: string, options: JsonObject, source_span: JsonValue = null): DefinitionNode {
  return { type, name: 'n', options, source_span }
}

function lines(...nodes: readonly DefinitionNode[]): readonly string[] {
  return decompileDefinition(nodes).split('\n').slice(2, -1)
}

describe('decompileDefinition', () => {
  it.each<[string, DefinitionNode, string]>([
    [
      'a requirement',
      node('Constraint', { required: true, condition: 'approved == true', timing: 'before_any' }),
      '- **Requirement** (`n`): `approved == true` [required, timing: before_any]',
    ],
    ['a check', node('Check', { condition: 'x in ["a"]' }), '- **Check** (`n`): `x in ["a"]`'],
    [
      'a workflow',
      node('Plan', { steps: ['design', 'execute', 'report'] }),
      '- **Workflow** (`n`): 3 steps — design -> execute -> report',
    ],
    ['a tool call', node('ToolCall', { command: 'run_pipeline' }), '- **Tool Call** (`n`): `run_pipeline`'],
    [
      'a question',
      node('SemanticReasoning', { prompt: 'コア安全性を維持しているか？' }),
      '- **Human Judgment Required** (`n`): コア安全性を維持しているか？',
    ],
    ['a node of another type', node('Ritual', { level: 3 }), '- **Unknown** (`n`): type=`Ritual` [level: 3]'],
    [
      'options that are no words, and the source',
      node('Constraint', { description: 'two words', fields: ['a'], required: false }, { line: 3 }),
      '- **Requirement** (`n`) [required: false] — options `{"description":"two words","fields":["a"]}` — source `{"line":3}`',
    ],
    [
      'a prompt of two lines',
      node('SemanticReasoning', { prompt: 'one\ntwo' }),
      '- **Human Judgment Required** (`n`): `"one\\ntwo"`',
    ],
    ['a step with an arrow', node('Plan', { steps: ['a -> b'] }), '- **Workflow** (`n`): 1 step — `a -> b`'],
    ['a workflow without steps', node('Plan', { steps: [] }), '- **Workflow** (`n`): 0 steps'],
  ])('C01: writes %s', (_, one, line) => {
    expect(lines(one)).toEqual([line])
  })

  it('C02: begins with its heading; without nodes there is no text', () => {
    const constraint = node('Constraint', { required: true })
    const text = decompileDefinition([constraint, constraint, constraint, constraint])
    expect(text.startsWith('## Definition (Decompiled)\n')).toBe(true)
    expect(text.split('**Requirement**')).toHaveLength(5)
    expect([decompileDefinition([]), decompileDefinition(null), decompileDefinition(undefined)]).toEqual(['', '', ''])
  })
})

const tricky = fc.constantFrom(
  ...[
    '`',
    '``',
    ' ',
    '  ',
    '"',
    '"a"',
    '\\',
    '\n',
    '\r',
    '\u2028',
    '\u0000',
    ' -> ',
    ' — options ',
    ' — source ',
    ' [',
  ],
  ...['true', 'null', '3', 'a, b', 'x: y', ')', '__proto__', 'constructor', '必須', '\ud83d\ude00', '\u3000', '- **'],
)
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.oneof(tricky, fc.string())).map((parts) => parts.join('')),
)
const json = fc
  .jsonValue({ maxDepth: 3, stringUnit: 'grapheme' })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue)
const options = fc
  .array(
    fc.oneof(
      fc.tuple(
        fc.constantFrom('condition', 'command', 'prompt', 'steps', 'required', 'timing', 'source_span', 'type'),
        text,
      ),
      fc.tuple(fc.constantFrom('steps', 'fields'), fc.array(text)),
      fc.tuple(fc.constantFrom('required', 'value'), json),
      fc.tuple(text, json),
    ),
  )
  .map((entries): JsonObject => Object.fromEntries(entries))
const anyNode: fc.Arbitrary<DefinitionNode> = fc.record({
  type: fc.oneof(
    fc.constantFrom('Constraint', 'Check', 'Plan', 'ToolCall', 'SemanticReasoning'),
    text.filter((type) => type !== ''),
  ),
  name: text.filter((name) => name !== ''),
  options,
  source_span: fc.oneof(fc.constant(null), json),
})

describe('laws', () => {
  it('what was written out is read back as it was', () => {
    fc.assert(
      fc.property(fc.array(anyNode, { maxLength: 5 }), (nodes) => {
        const read = parseDecompiled(decompileDefinition(nodes))
        expect(read.ok && canonicalJson(read.value as unknown as JsonValue)).toBe(
          canonicalJson(nodes as unknown as JsonValue),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('every node is one line', () => {
    fc.assert(
      fc.property(
        fc.array(anyNode, { minLength: 1, maxLength: 5 }),
        (nodes) => lines(...nodes).length === nodes.length,
      ),
    )
  })

  it('every text without line breaks survives a code span', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[` a]+$/), (inner) => {
        expect(readCodeSpan(codeSpan(inner), 0)).toEqual({ text: inner, end: codeSpan(inner).length })
      }),
    )
  })

  it('any text is read or refused, and never throws', () => {
    const line = fc.tuple(fc.constantFrom('- **Check** (`a`)', '- **Workflow** (`a`): 1 step', '- **Unknown** ('), text)
    const body = fc.array(line.map(([head, tail]) => head + tail))
    fc.assert(
      fc.property(body, (some) => {
        const read = parseDecompiled(['## Definition (Decompiled)', ...some].join('\n'))
        // What is read can be written again and means the same.
        if (read.ok) expect(parseDecompiled(decompileDefinition(read.value))).toEqual(read)
        else expect(read.error.length).toBeGreaterThan(0)
      }),
    )
  })
})

describe('parseDecompiled', () => {
  it('reads no text as no nodes', () => {
    expect(parseDecompiled('')).toEqual({ ok: true, value: [] })
  })

  it('reports every line that is wrong, with its number', () => {
    const read = parseDecompiled('# Other\n\nprose\n- **Check** (`a`): `x`\n- **Check** (`b`) [a: b')
    expect(!read.ok && read.error.map(({ line, code }) => [line, code])).toEqual([
      [1, 'definition.decompiled'],
      [3, 'definition.decompiled'],
      [5, 'definition.decompiled'],
    ])
  })

  it.each([
    ['a label nobody knows', '- **Ritual** (`a`)'],
    ['no name', '- **Check** (a)'],
    ['an empty name', '- **Check** (`""`)'],
    ['a condition that is no code span', '- **Check** (`a`): x'],
    ['a number of steps that is not theirs', '- **Workflow** (`a`): 2 steps — x'],
    ['an option twice', '- **Check** (`a`): `x` [condition: y]'],
    ['an option twice in JSON', '- **Check** (`a`) — options `{"b":1,"b":2}`'],
    ['options that are a list', '- **Check** (`a`) — options `[]`'],
    ['something behind the end', '- **Check** (`a`) more'],
    ['a bracket that does not close', '- **Check** (`a`) [required'],
    ['a word without value in brackets', '- **Check** (`a`) [optional]'],
    ['JSON too deep', `- **Check** (\`a\`) — source \`${'['.repeat(100)}${']'.repeat(100)}\``],
    ['a type that is missing', '- **Unknown** (`a`)'],
  ])('refuses %s', (_, line) => {
    expect(parseDecompiled(`## Definition (Decompiled)\n${line}`).ok).toBe(false)
  })

  it('refuses a definition of more nodes than a source may have', () => {
    const text = `## Definition (Decompiled)\n${'- **Check** (`a`)\n'.repeat(501)}`
    expect(parseDecompiled(text).ok).toBe(false)
  })
})
