import { describe, expect, it } from 'vitest'
import {
  findInstructionsPath,
  planInstructions,
  type InstructionsSituation,
  type InstructionsWish,
} from './instructions.ts'
import { shippedFiles } from './shipped.ts'

const configText = '# settings\ninstructions_mode: tutorial # now\n'
const present = new Map([...shippedFiles, ['skills/mine.md', 'Mine.'], ['skills/other.md', 'Other.']])

function plan(wish: InstructionsWish, more: Partial<InstructionsSituation> = {}) {
  const planned = planInstructions({ wish, activeMode: 'mine', present, configText, ...more })
  return planned.ok ? planned.value : planned.error.code
}

const reason = 'because'

describe('a mode', () => {
  it.each([
    ['developer', 'skills/kairos.md'],
    ['user', 'skills/kairos_quickguide.md'],
    ['tutorial', 'skills/kairos_tutorial.md'],
    ['none', undefined],
    ['mine', 'skills/mine.md'],
    ['kairos_ja', 'skills/kairos_ja.md'],
    ['../config', undefined],
    ['a/b', undefined],
    ['', undefined],
  ])('%j has its instructions in %j', (mode, path) => {
    expect(findInstructionsPath(mode)).toBe(path)
  })

  it('is set in the settings, and nothing else changes there', () => {
    expect(plan({ command: 'set_mode', mode: 'user', reason })).toEqual({
      kind: 'write',
      path: 'skills/config.yml',
      before: configText,
      after: '# settings\ninstructions_mode: user # now\n',
    })
    expect(plan({ command: 'set_mode', mode: 'none', reason })).toMatchObject({ kind: 'write' })
    expect(plan({ command: 'set_mode', mode: 'user', reason }, { configText: undefined })).toMatchObject({
      before: undefined,
      after: 'instructions_mode: user\n',
    })
  })

  it('is created, updated and deleted', () => {
    const path = 'skills/new.md'
    expect(plan({ command: 'create', mode: 'new', content: 'N', reason })).toEqual({
      kind: 'write',
      path,
      before: undefined,
      after: 'N',
    })
    expect(plan({ command: 'update', mode: 'mine', content: 'N', reason })).toMatchObject({
      before: 'Mine.',
      after: 'N',
    })
    expect(plan({ command: 'delete', mode: 'other', reason })).toEqual({
      kind: 'write',
      path: 'skills/other.md',
      before: 'Other.',
      after: undefined,
    })
  })

  it('that is so already stays unchanged', () => {
    expect(plan({ command: 'update', mode: 'mine', content: 'Mine.', reason })).toEqual({ kind: 'unchanged' })
    expect(plan({ command: 'set_mode', mode: 'mine', reason })).toEqual({ kind: 'unchanged' })
  })
})

describe('refused', () => {
  it.each<[string, InstructionsWish, string]>([
    ['no reason', { command: 'set_mode', mode: 'user', reason: ' ' }, 'instructions.reason'],
    ['a way out', { command: 'create', mode: '../x', content: 'x', reason }, 'instructions.name'],
    ['a separator', { command: 'set_mode', mode: 'a\\b', reason }, 'instructions.name'],
    ['a reserved name', { command: 'create', mode: 'none', content: 'x', reason }, 'instructions.reserved'],
    ['a reserved name in capitals', { command: 'create', mode: 'User', content: 'x', reason }, 'instructions.reserved'],
    [
      'the philosophy by its file',
      { command: 'update', mode: 'kairos', content: 'x', reason },
      'instructions.reserved',
    ],
    ['the same in capitals', { command: 'create', mode: 'KAIROS', content: 'x', reason }, 'instructions.reserved'],
    ['deleting what is delivered', { command: 'delete', mode: 'kairos_tutorial', reason }, 'instructions.reserved'],
    ['deleting the active mode', { command: 'delete', mode: 'mine', reason }, 'instructions.active'],
    ['creating what exists', { command: 'create', mode: 'Mine', content: 'x', reason }, 'instructions.exists'],
    ['updating what is missing', { command: 'update', mode: 'no', content: 'x', reason }, 'instructions.missing'],
    ['deleting what is missing', { command: 'delete', mode: 'no', reason }, 'instructions.missing'],
    ['a mode without a file', { command: 'set_mode', mode: 'no', reason }, 'instructions.missing'],
    ['no content', { command: 'update', mode: 'mine', content: ' \n', reason }, 'instructions.content'],
    ['too much', { command: 'update', mode: 'mine', content: 'x'.repeat(262_145), reason }, 'instructions.content'],
  ])('%s', (_, wish, code) => {
    expect(plan(wish)).toBe(code)
  })

  it('settings that cannot be edited', () => {
    expect(plan({ command: 'set_mode', mode: 'user', reason }, { configText: 'a: [' })).toBe('instructions.config')
  })
})
