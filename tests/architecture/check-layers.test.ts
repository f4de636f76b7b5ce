import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/check-layers.mjs', import.meta.url))

const table = {
  rows: [
    { name: 'kernel/base', path: 'packages/kernel/src/base', may: [] },
    { name: 'kernel/run', path: 'packages/kernel/src/run', may: ['kernel/base'] },
    { name: 'kernel/testing', path: 'packages/kernel/src/testing', may: ['kernel/*'], onlyForTests: true },
    { name: 'drivers/system', path: 'packages/drivers/src/system', may: ['kernel/*'] },
    { name: 'drivers/version', path: 'packages/drivers/src/version.ts', may: [] },
    { name: 'packs', path: 'packs', may: [] },
    { name: 'vectors', path: 'vectors', may: [] },
    { name: 'tests', path: 'tests', may: ['*'] },
  ],
  builtins: { kernel: ['node:crypto'], drivers: ['node:*'], tests: ['node:*'] },
  packages: {
    kernel: ['zod'],
    'kernel/testing': ['vitest'],
    drivers: ['@rumi/kernel', '@scope/driver'],
    tests: ['*'],
  },
  testsMay: ['vitest', 'kernel/testing', 'vectors'],
  mayComputeImports: ['drivers/*'],
  forbiddenWordsInKernel: ['tool', 'agent'],
  exemptWordsInKernel: ['magenta'],
  forbiddenCodeInKernel: ['Date.now', 'new Date()', 'process.'],
}

/** A tree that breaks no rule and uses everything that is allowed. */
const sound = {
  'packages/kernel/src/base/index.ts': "export { one } from './one.ts'\n",
  'packages/kernel/src/base/one.ts':
    "import { createHash } from 'node:crypto'\nimport { z } from 'zod'\nexport const one = 1\n",
  'packages/kernel/src/run/index.ts': "import { one } from '../base/index.ts'\nexport const two = one\n",
  'packages/kernel/src/run/two.test.ts':
    "import { it } from 'vitest'\nimport { fake } from '../testing/fake.ts'\nimport data from '../../../../vectors/data.json' with { type: 'json' }\n",
  'packages/kernel/src/testing/index.ts': "export { fake } from './fake.ts'\n",
  'packages/kernel/src/testing/fake.ts': "import { it } from 'vitest'\nexport const fake = it\n",
  'packages/drivers/src/version.ts': "export const version = '1'\n",
  'packages/drivers/src/system/index.ts':
    "import fs from 'fs'\nimport type { x } from '@scope/driver/deep'\nexport * from '@rumi/kernel/base'\nawait import(fs.name)\n",
  'tests/a.test.ts': "import { one } from '../packages/kernel/src/base/one.ts'\nimport 'anything'\nimport 'node:fs'\n",
}

/** Runs the check on the sound tree with some files replaced or added. */
function check(
  files: Readonly<Record<string, string>>,
  architecture: object = {},
  base: Readonly<Record<string, string>> = sound,
) {
  const root = mkdtempSync(join(tmpdir(), 'rumi-layers-'))
  try {
    const tree = { 'architecture.json': JSON.stringify({ ...table, ...architecture }), ...base, ...files }
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(join(root, dirname(path)), { recursive: true })
      if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(root, path))
      else writeFileSync(join(root, path), text)
    }
    const { status, stdout } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' })
    return { status, violations: stdout.trim().split('\n').slice(0, -1) }
  } finally {
    rmSync(root, { recursive: true })
  }
}

const base = 'packages/kernel/src/base/bad.ts'
const run = 'packages/kernel/src/run/bad.ts'
const system = 'packages/drivers/src/system/bad.ts'

describe('the check of the layers', () => {
  it('passes a tree that keeps every rule', () => {
    expect(check({})).toEqual({ status: 0, violations: [] })
  })

  it.each([
    ['a file in no row', 'packages/kernel/src/lost.ts', '', ':1 is in no row of architecture.json'],
    ['a file beside src', 'packages/kernel/lost.ts', '', ':1 is in no row of architecture.json'],
    [
      'an import of a row above',
      base,
      "\nimport { two } from '../run/index.ts'",
      ':2 row kernel/base must not import row kernel/run ("../run/index.ts")',
    ],
    [
      'a re-export of a row above',
      base,
      "export * from '../run/index.ts'",
      ':1 row kernel/base must not import row kernel/run ("../run/index.ts")',
    ],
    [
      'a dynamic import of a row above',
      base,
      "await import('../run/index.ts')",
      ':1 row kernel/base must not import row kernel/run ("../run/index.ts")',
    ],
    [
      'an import type of a row above',
      base,
      "type Two = typeof import('../run/index.ts')",
      ':1 row kernel/base must not import row kernel/run ("../run/index.ts")',
    ],
    [
      'an import of a file in no row',
      run,
      "import '../../package.json'",
      ':1 imports "../../package.json", which is in no row of architecture.json',
    ],
    [
      'an import past an index',
      run,
      "import { one } from '../base/one.ts'",
      ':1 reaches past the index.ts of row kernel/base ("../base/one.ts")',
    ],
    [
      'a path into another package',
      system,
      "import '../../../kernel/src/base/index.ts'",
      ':1 reaches into another package by path; import it as "@rumi/…" ("../../../kernel/src/base/index.ts")',
    ],
    ['a package that is not allowed', base, "import 'yaml'", ':1 must not use the package "yaml" (row kernel/base)'],
    [
      'a builtin that is not allowed',
      base,
      "import 'node:fs/promises'",
      ':1 must not use the builtin "node:fs/promises" (row kernel/base)',
    ],
    ['a builtin without its prefix', base, "import 'fs'", ':1 must not use the builtin "node:fs" (row kernel/base)'],
    [
      'a builtin without an import',
      base,
      "require('node:fs')",
      ':1 must not use the builtin "node:fs" (row kernel/base)',
    ],
    [
      'a builtin with an escaped name',
      base,
      "import 'node:\\x66s'",
      ':1 must not use the builtin "node:fs" (row kernel/base)',
    ],
    [
      'a builtin for packs, which the table leaves out',
      'packs/weather/a.ts',
      "import 'node:fs'",
      ':1 must not use the builtin "node:fs" (row packs)',
    ],
    ['a test tool in a source', base, "import 'vitest'", ':1 must not use the package "vitest" (row kernel/base)'],
    [
      'a fake in a source',
      system,
      "import { fake } from '@rumi/kernel/testing'",
      ':1 row drivers/system must not import row kernel/testing ("@rumi/kernel/testing")',
    ],
    [
      'a computed import',
      base,
      'await import(name)',
      ':1 computes what it imports; write the name as a literal, so that it can be checked',
    ],
    [
      'an import that begins as a literal',
      base,
      "await import('node:' + 'fs')",
      ':1 computes what it imports; write the name as a literal, so that it can be checked',
    ],
    [
      'a builtin got from the process by a computed name',
      base,
      'host.getBuiltinModule(name)',
      ':1 computes what it imports; write the name as a literal, so that it can be checked',
    ],
    ['a forbidden word in a longer name', base, 'export const hasTooltip = 1', ':1 the kernel must not say "tool"'],
    ['a forbidden word in a comment', base, '// magenta\n// an Agent', ':2 the kernel must not say "agent"'],
    [
      'a forbidden word in a path',
      'packages/kernel/src/base/toolbox.ts',
      '',
      ':1 the kernel must not say "tool" in its path',
    ],
    [
      'the clock',
      base,
      'export const now = () => Date . now()',
      ':1 the kernel must not use "Date.now"; take it as an argument',
    ],
    [
      'the clock through a new date',
      base,
      '\nnew Date(\n)',
      ':2 the kernel must not use "new Date()"; take it as an argument',
    ],
    ['a file that imports itself', base, "import './bad.ts'", `:1 closes an import cycle: ${base} → ${base}`],
    ['a long source', base, '\n'.repeat(401), ':401 has 401 lines; 400 are allowed'],
    ['a long script', 'scripts/long.mjs', '\n'.repeat(401), ':401 has 401 lines; 400 are allowed'],
    ['a long Python file', 'packs/weather/long.py', 'pass\n'.repeat(402), ':401 has 402 lines; 400 are allowed'],
    ['a symbolic link', base, '-> one.ts', ':1 is a symbolic link, which is not followed; put the file here'],
  ])('refuses %s', (...[, path, text, message]) => {
    expect(check({ [path]: text })).toEqual({ status: 1, violations: [`${path}${message}`] })
  })

  it.each([
    ['a comment', '// import "node:fs"\n/* import "node:fs"\n */ export {}'],
    ['a string', 'export const text = `import "node:fs" ${"from \'yaml\'"}`'],
    ['a regular expression', "export const pattern = /[/']import 'node:fs'/"],
    ['code after a template', "export const text = `${'}'}`; export const date = new Date(0)"],
    ['a name of its own', 'export const at = host.process.env + host.Date.now'],
    ['a word across two words', 'export const tooLong = 1 // an age ntry'],
    ['an exempt word', 'export const colour = "magenta"'],
    ['400 lines', 'export {}\n'.repeat(400)],
  ])('does not mistake %s for a violation', (_, text) => {
    expect(check({ [base]: text })).toEqual({ status: 0, violations: [] })
  })

  it('finds what follows comments, strings, templates and regular expressions', () => {
    const text = `const a = /['"\`]/ // '\nconst b = \`\${{ c: '}' }}\` /* \` */\nconst d = 1 / 2 / 3\nimport 'node:fs'\n`
    expect(check({ [base]: text }).violations).toEqual([
      `${base}:4 must not use the builtin "node:fs" (row kernel/base)`,
    ])
  })

  it('reports a cycle of several files once, at the import that closes it', () => {
    const files = {
      'packages/kernel/src/base/a.ts': "import './b.ts'",
      'packages/kernel/src/base/b.ts': "\nexport * from './c.ts'",
      'packages/kernel/src/base/c.ts': "\n\nimport type { a } from './a.ts'",
    }
    expect(check(files).violations).toEqual([
      `packages/kernel/src/base/c.ts:3 closes an import cycle: ${['a', 'b', 'c', 'a'].map((name) => `packages/kernel/src/base/${name}.ts`).join(' → ')}`,
    ])
  })

  it('finds a cycle that passes through the name of a package', () => {
    const files = { 'packages/kernel/src/base/one.ts': "import '@rumi/kernel/base'" }
    const packages = { ...table.packages, kernel: ['@rumi/kernel'] }
    expect(check(files, { packages }).violations).toEqual([
      expect.stringMatching(/^packages\/kernel\/src\/base\/one\.ts:1 closes an import cycle: /),
    ])
  })

  it('lets a test use what tests may, and a forbidden word', () => {
    expect(check({ 'packages/kernel/src/base/a.test.ts': "import 'vitest'\n// tool\nDate.now()" }).status).toBe(0)
  })

  it('does not let a test import a row above', () => {
    const path = 'packages/kernel/src/base/a.test.ts'
    expect(check({ [path]: "import '../run/index.ts'" }).violations).toEqual([
      `${path}:1 row kernel/base must not import row kernel/run ("../run/index.ts")`,
    ])
  })

  it('fails when it finds no source at all', () => {
    expect(check({}, {}, {})).toEqual({
      status: 1,
      violations: ['architecture.json:1 no source file was found; nothing is checked'],
    })
  })

  it.each([
    [
      'a row that does not exist',
      { name: 'extra', path: 'bench', may: ['kernle/*'] },
      'row extra may import kernle/*, which is no row',
    ],
    ['a name twice', { name: 'packs', path: 'bench', may: [] }, 'two rows are called packs'],
    ['a path twice', { name: 'extra', path: 'packs', may: [] }, 'two rows have the path packs'],
  ])('refuses a table with %s', (_, row, message) => {
    const { status, violations } = check({}, { rows: [...table.rows, row] })
    expect({ status, violations }).toEqual({ status: 1, violations: [`architecture.json:1 ${message}`] })
  })

  it('fails without a table', () => {
    expect(check({ 'architecture.json': '{}' }).status).toBe(1)
  })
})
