import { beforeAll, describe, expect, it } from 'vitest'
import { sourceLimits } from '../language/index.ts'
import { loadRubyParser, type RubyParser } from './load-prism.ts'
import { parseRubySkills } from './parse-ruby-skills.ts'
import { kairosRb } from './test-kairos-rb.ts'

let parser: RubyParser
beforeAll(async () => {
  parser = await loadRubyParser()
})

const read = (text: string) => parseRubySkills(parser, text, 'kairos.rb')
const ids = (text: string) => read(text).skills.map(({ tree }) => tree.id)
const only = (text: string) => {
  const { skills, diagnostics } = read(text)
  expect(diagnostics).toEqual([])
  expect(skills).toHaveLength(1)
  return skills[0]!
}
const body = (text: string) => only(`skill :a do\n${text}\nend\n`).tree
const problems = (text: string) => read(text).diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`)

describe('the rules of the older form', () => {
  it('A01: the five words of a definition become nodes of five types, in their order', () => {
    const tree = body(`  definition do
      constraint :ethics_approval, required: true, timing: :before_data_collection
      node :hypothesis_revision, type: :SemanticReasoning, prompt: "Is it still sound?", source_span: "line 3"
      plan :w, steps: [:design, :collect, :analyse, :report]
      tool_call :run_pipeline, command: "pipeline run"
      check :data_quality, condition: "quality >= 0.8"
    end`)
    expect(tree.definition).toEqual([
      {
        type: 'Constraint',
        name: 'ethics_approval',
        options: { required: true, timing: 'before_data_collection' },
        source_span: null,
      },
      {
        type: 'SemanticReasoning',
        name: 'hypothesis_revision',
        options: { prompt: 'Is it still sound?' },
        source_span: 'line 3',
      },
      { type: 'Plan', name: 'w', options: { steps: ['design', 'collect', 'analyse', 'report'] }, source_span: null },
      { type: 'ToolCall', name: 'run_pipeline', options: { command: 'pipeline run' }, source_span: null },
      { type: 'Check', name: 'data_quality', options: { condition: 'quality >= 0.8' }, source_span: null },
    ])
  })

  it('A02: a prompt is an option, a source span and a type are not', () => {
    const skill = only(
      'skill :a do\n  definition do\n    node :n, type: :T, prompt: "p", source_span: [1, 2]\n  end\nend',
    )
    expect(skill.tree.definition).toEqual([{ type: 'T', name: 'n', options: { prompt: 'p' }, source_span: [1, 2] }])
    expect(skill.places.get('/definition/0/source_span')).toEqual({ line: 3, column: 50 })
    expect(skill.places.has('/definition/0/options/type')).toBe(false)
  })

  it('A03: a skill without a definition and notes has none, and its content is whole', () => {
    expect(body('  content <<~MD\n    ## A\n      b\n\n    c\n  MD')).toEqual({ id: 'a', content: '## A\n  b\n\nc\n' })
  })

  it('A05: what may evolve is kept as it is written', () => {
    const { evolve } = body('evolve do\n  allow :content, :definition, :formalization_notes\n  deny :behavior\nend')
    expect(evolve).toEqual({ allow: ['content', 'definition', 'formalization_notes'], deny: ['behavior'] })
  })

  it('A06: a whole file of rules has its eight skills', () => {
    const { skills, diagnostics } = read(kairosRb)
    expect(diagnostics).toEqual([])
    const trees = new Map<string, (typeof skills)[number]['tree']>(skills.map(({ tree }) => [tree.id, tree]))
    const types = (id: string) => trees.get(id)?.definition?.map(({ type }) => type)
    expect([...trees.keys()]).toEqual([
      'l0_governance',
      'core_safety',
      'evolution_rules',
      'layer_awareness',
      'approval_workflow',
      'self_inspection',
      'chain_awareness',
      'audit_rules',
    ])
    expect(types('core_safety')).toEqual(['Constraint', 'Constraint', 'Constraint', 'Constraint'])
    expect(trees.get('core_safety')?.formalization_notes).toContain('invariants')
    expect(types('evolution_rules')).toEqual([
      'Constraint',
      'Constraint',
      'Constraint',
      'Check',
      'Plan',
      'SemanticReasoning',
    ])
    expect(types('layer_awareness')).toBeUndefined()
    expect(trees.get('layer_awareness')?.content).toContain('Layer Structure')
    expect(trees.get('approval_workflow')?.content).toContain('\\d+')
  })

  it('reads every word of a skill', () => {
    const tree = body(`
      version '1' '.0'
      title :t
      use_when("now")
      inputs :a, ["b", %w[c d]]
      requires x: { "y" => [1, -2, 1.5, nil, false] }
      depends_on [:b].freeze
      guarantees [:g, "h"]
      behavior { 1 + 1 }
      effect :e do
        requires :r, [:s]
        records :t
        run { |x| x }
      end
      evolve do
        deny :c
        when_condition(:calm) { true }
      end
      tool do
        name "n"
        description "d"
        input do
          property :p, type: "string", description: "q"
          property :o, type: :number
          required :p
        end
        execute { |args| args }
      end`)
    const ruby = (text: string) => ({ language: 'ruby', text })
    expect(tree).toEqual({
      id: 'a',
      version: '1.0',
      title: 't',
      use_when: 'now',
      inputs: ['a', 'b', 'c', 'd'],
      requires: { x: { y: [1, -2, 1.5, null, false] } },
      depends_on: ['b'],
      guarantees: ['g', 'h'],
      behavior: ruby(' 1 + 1 '),
      effects: [{ name: 'e', requires: ['r', 's'], records: ['t'], run: ruby(' |x| x ') }],
      evolve: { allow: [], deny: ['c'], conditions: [{ name: 'calm', source: ruby(' true ') }] },
      tool: {
        name: 'n',
        description: 'd',
        input: [
          { name: 'p', type: 'string', description: 'q', required: true },
          { name: 'o', type: 'number', required: false },
        ],
        execute: ruby(' |args| args '),
      },
    })
  })

  it.each([
    ['skill "a" do\nend', 'a'],
    ['skill(:a) { }', 'a'],
    ["skill :'a-b' do end", 'a-b'],
  ])('%s is a skill', (text, id) => {
    expect(ids(text)).toEqual([id])
  })
})

describe('literals', () => {
  it.each([
    ['"a\\tb\\u00e9\\x41"', 'a\tbéA'],
    ["'a\\tb\\''", "a\\tb'"],
    ['%q(a(b)c)', 'a(b)c'],
    ['<<~MD\n      a\n     \tb\n  MD\n', 'a\n\tb\n'],
    ['<<-MD\n  a\n  MD\n', '  a\n'],
    ["<<~'X Y'\n    a\\n#{b}\n  X Y\n", 'a\\n#{b}\n'],
    ['<<~A + "x"\n  a\nA\n', undefined],
    ['"a" \\\n  "b"', 'ab'],
    [
      '{ :a => 1, "b c": 2, "constructor" => 3, hasOwnProperty: 4 }',
      { a: 1, 'b c': 2, constructor: 3, hasOwnProperty: 4 },
    ],
    ['1_000', 1000],
    ['-0.0', 0],
    ['1e3', 1000],
    ['0x10', undefined],
    ['017', undefined],
    ['123456789012345678901', undefined],
    ['1e999', undefined],
    ['2r', undefined],
    ['"#{1}"', undefined],
    [':"a#{1}"', undefined],
    ['`ls`', undefined],
    ['/x/', undefined],
    ['1..2', undefined],
    ['foo', undefined],
    ['FOO', undefined],
    ['__FILE__', undefined],
    ['ENV["HOME"]', undefined],
    ['[*a]', undefined],
    ['{ **a }', undefined],
    ['{ a: }', undefined],
    ['{ 1 => 2 }', undefined],
    ['{ "__proto__" => { x: 1 } }', undefined],
    ['{ a: 1, "a" => 2 }', undefined],
    ['"a".upcase', undefined],
    ['"a".freeze(1)', undefined],
    ['"\\xff"', undefined],
    ['"\\u{feff}a"', undefined],
    ['"\\xEF\\xBB\\xBFa"', undefined],
    ['->{ 1 }', undefined],
    ['("a")', undefined],
  ])('requires(%s) reads %j', (literal, value) => {
    const heredoc = literal.startsWith('<<')
    const { skills } = read(`skill :a do\n  requires${heredoc ? ` ${literal}` : `(${literal})`}\nend`)
    expect(skills.map(({ tree }) => tree.requires)).toEqual(value === undefined ? [] : [value])
  })

  it('a refused value says where it stands and what may stand there', () => {
    expect(read('skill :a do\n  requires "ok", &x\n  depends_on foo(1)\nend').diagnostics).toMatchObject([
      { severity: 'error', code: 'skill.form', file: 'kairos.rb', line: 2, column: 18 },
      { line: 3, column: 14, hint: expect.stringContaining('Write a text') as string },
    ])
  })

  it('reads lines that end in CR LF as lines', () => {
    const text = 'skill :a do\r\n  content <<~MD\r\n    a\r\n      b\r\n  MD\r\n  title "x\r\ny"\r\nend\r\n'
    expect(only(text).tree).toEqual({ id: 'a', content: 'a\n  b\n', title: 'x\ny' })
  })

  it('a byte order mark at the start of the file changes nothing', () => {
    const { tree, region } = only('\uFEFFskill :a do\n  title "é"\nend')
    expect(tree).toEqual({ id: 'a', title: 'é' })
    expect(region).toEqual({ start: 1, end: 28 })
  })
})

describe('what is refused', () => {
  it.each([
    ['an unknown word', 'skill :a do\n  forbid :x\nend', 'skill.field 2:3'],
    ['a field that is written twice', 'skill :a do\n  title "x"\n  title "y"\nend', 'skill.duplicate 3:3'],
    ['code', 'skill :a do\n  x = 1\nend', 'skill.form 2:3'],
    ['a call of the system', 'skill :a do\n  definition do\n    system("rm")\n  end\nend', 'skill.field 3:5'],
    ['a method definition', 'skill :a do\n  define_method(:x) { }\nend', 'skill.field 2:3'],
    ['a version that is a number', 'skill :a do\n  version 1.0\nend', 'skill.form 2:11'],
    ['a missing title', 'skill :a do\n  title nil\nend', 'skill.form 2:9'],
    ['a missing block', 'skill :a', 'skill.form 1:1'],
    ['a block that takes values', 'skill :a do |x|\nend', 'skill.form 1:13'],
    ['a block that rescues', 'skill :a do\n  title "x"\nrescue\nend', 'skill.form 1:10'],
    ['an id with a slash', 'skill "../a" do\nend', 'skill.form 1:7'],
    ['a plan without steps', 'skill :a do\n definition do\n  plan :p\n end\nend', 'skill.form 3:3'],
    ['a check without a condition', 'skill :a do\n definition do\n  check :p\n end\nend', 'skill.form 3:3'],
    ['a call without a command', 'skill :a do\n definition do\n  tool_call :p\n end\nend', 'skill.form 3:3'],
    ['a node without a type', 'skill :a do\n definition do\n  node :p, prompt: "x"\n end\nend', 'skill.form 3:3'],
    [
      'two nodes of a name',
      'skill :a do\n definition do\n  constraint :p\n  constraint "p"\n end\nend',
      'skill.duplicate 4:3',
    ],
    [
      'a required input that is none',
      'skill :a do\n tool do\n  input do\n   required :x\n  end\n end\nend',
      'skill.form 3:3',
    ],
    ['a guarantee with values', 'skill :a do\n guarantees do\n  safe 1\n end\nend', 'skill.form 3:3'],
    ['a nested skill', 'skill :a do\n  skill :b do\n  end\nend', 'skill.form 2:3'],
    ['heredoc text in code', 'skill :a do\n content <<~X; behavior do\n  x\n X\n  1\n end\nend', 'skill.form 2:2'],
    ['code without its heredoc text', 'skill :a do\n behavior { f(<<~X) }\n  x\n X\nend', 'skill.form 2:11'],
    ['a heredoc that ends behind its skill', 'skill :a do content <<~X end\n x\nX\n', 'skill.form 1:1'],
  ])('%s leaves the skill out', (_, text, problem) => {
    expect(problems(text)).toEqual([problem])
    expect(ids(`${text}\nskill :other do\nend\n`)).toEqual(['other'])
  })

  it('two skills of one id are both left out, even when one of them has an error', () => {
    const text = 'skill :core_safety do\nend\nskill :b do\nend\nskill "core_safety" do\n  title 1\nend\n'
    expect(ids(text)).toEqual(['b'])
    expect(problems(text)).toEqual(['skill.duplicate 1:1', 'skill.form 6:9', 'skill.duplicate 5:1'])
  })

  it('a skill that is smuggled into the body of another one replaces nothing', () => {
    const text = kairosRb.replace(
      'version "1.0"',
      'version "1.0"\n  skill :core_safety do\n    evolve { allow :content }\n  end',
    )
    expect(ids(text)).not.toContain('l0_governance')
    expect(read(text).skills.find(({ tree }) => tree.id === 'core_safety')?.tree.evolve).toEqual({
      allow: [],
      deny: ['all'],
    })
  })

  it('statements around the skills are not run, and said to be ignored', () => {
    const text =
      'require "x"\nsystem("rm -rf /")\nif true\n  skill :b do\n  end\nend\nskill :a do\nend\nBEGIN { exit }\n'
    expect(ids(text)).toEqual(['a'])
    expect(read(text).diagnostics.map(({ severity, line }) => [severity, line])).toEqual([
      ['warning', 1],
      ['warning', 2],
      ['warning', 3],
      ['warning', 9],
    ])
  })

  it('a heredoc that reaches into a skill leaves that skill out', () => {
    expect(ids('puts <<~X; skill :a do\n  title "x"\nX\n  title "y"\nend\nskill :b do\nend\n')).toEqual(['b'])
  })

  it('a syntax error leaves out every skill, and says where it is', () => {
    expect(ids('skill :a do\nend\nskill :b do\n')).toEqual([])
    expect(problems('skill :a do\n  title "漢" )\nend\n')[0]).toBe('skill.syntax 2:13')
  })

  it('comments are not read, and what follows __END__ is said to be ignored', () => {
    const text = '=begin\nskill :x do\nend\n=end\n# skill :y do\nskill :a do\nend\n__END__\nskill :b do\nend\n'
    expect(ids(text)).toEqual(['a'])
    expect(problems(text)).toEqual(['skill.form 8:1'])
  })

  it.each([
    ['NUL', 'skill :a do\nend\n\0skill :b do\nend\n', 'skill.syntax 3:1'],
    ['^D', 'skill :a do\nend\n\u0004', 'skill.syntax 3:1'],
    ['^Z', 'skill :a do\n  title "\u001a"\nend\n', 'skill.syntax 2:10'],
    ['half a character', 'skill :a do\n  title "\ud800"\nend\n', 'skill.syntax undefined:undefined'],
    ['another encoding', '# encoding: shift_jis\nskill :a do\nend\n', 'skill.syntax 1:3'],
  ])('a source with %s is not read', (_, text, problem) => {
    expect(ids(text)).toEqual([])
    expect(problems(text)).toEqual([problem])
  })

  it('the sign for bytes that were not UTF-8 is a character like others', () => {
    const { tree, region } = only('# \uFFFD\nskill :a do\n  title "\uFFFD😀"\nend')
    expect(tree.title).toBe('\uFFFD😀')
    expect(region).toEqual({ start: 4, end: 33 })
  })
})

describe('bounds', () => {
  const limit = (text: string) => read(text).diagnostics.map(({ code }) => code)

  it.each([
    ['10 MB', 'x'.repeat(10 * 1024 * 1024)],
    ['1 MB of characters of three bytes', `# ${'漢'.repeat(400_000)}`],
    ['a text that is too long', `skill :a do\n  title "${'x'.repeat(sourceLimits.textBytes + 1)}"\nend`],
    ['code that is too long', `skill :a do\n  behavior do\n${'x'.repeat(sourceLimits.textBytes)}\nend\nend`],
    ['a deep value', `skill :a do\n  requires ${'['.repeat(40)}${']'.repeat(40)}\nend`],
    ['many nodes', `skill :a do\n  definition do\n${'constraint :a\n'.repeat(501)}end\nend`],
    ['a chain of conditions', 'a||'.repeat(300_000)],
    ['a chain of words', 'a or '.repeat(200_000)],
    ['many effects', `skill :a do\n${'effect :a do\nend\n'.repeat(501)}end`],
    ['many names', `skill :a do\n  inputs :a${', :a'.repeat(500)}\nend`],
    ['a number of a million digits', '9'.repeat(1_000_000)],
    ['a number of a million hexadecimal digits', `skill :a do\n  requires 0x${'f_'.repeat(500_000)}\nend`],
    ['many skills', Array.from({ length: 201 }, (_, index) => `skill :a${index} do\nend\n`).join('')],
  ])('%s is refused', (_, text) => {
    expect(read(text).skills).toEqual([])
    expect(limit(text)).toEqual(['skill.limit'])
  })

  it.each([
    ['lists', '[', ']'],
    ['texts', '"#{', '}"'],
    ['methods', 'def a\n', '\nend'],
    ['blocks', 'a.b{|x| ', '}'],
    ['operators', '!', ''],
    ['conditions', 'a ? b : ', ''],
    ['calls', 'foo ', ''],
    ['percent signs', '%', ''],
    ['hashes', '{a: ', '}'],
  ])('100,000 %s in each other end with an answer, and the next source is read as ever', (_, open, close) => {
    const times = Math.min(100_000, Math.floor(1_000_000 / (open.length + close.length)))
    const { skills, diagnostics } = read(`${open.repeat(times)}1${close.repeat(times)}`)
    expect(skills).toEqual([])
    expect(diagnostics.length).toBeGreaterThan(0)
    expect(ids(kairosRb)).toHaveLength(8)
  })

  it('lists no more problems than a person can read', () => {
    const { diagnostics } = read('<<A;'.repeat(100_000))
    expect(diagnostics).toHaveLength(201)
    expect(diagnostics.at(-1)?.message).toContain('more problems')
  })
})
