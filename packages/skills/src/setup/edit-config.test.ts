import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeConfig, setConfigValue, type ConfigScalar } from './edit-config.ts'
import { readConfig } from './read-config.ts'
import { configTemplate } from './templates/config.ts'

function set(text: string, path: string, value: ConfigScalar): string {
  const edited = setConfigValue(text, path.split('.'), value)
  if (!edited.ok) throw new Error(JSON.stringify(edited.error))
  return edited.value
}

describe('setting one value', () => {
  it.each([
    ['a: 1 # why\nb: 2\n', 'a', 3, 'a: 3 # why\nb: 2\n'],
    ['a:   "x"   # why\r\nb: 2\r\n', 'a', 'user', 'a:   user   # why\r\nb: 2\r\n'],
    ["a: 'it''s'\n", 'a', 'true', 'a: "true"\n'],
    ['a:\nb: 2', 'a', false, 'a: false\nb: 2'],
    ['a: # nothing\nb: 2', 'a', 1, 'a: 1 # nothing\nb: 2'],
    ['m:\n    x: 1\n    # end\nb: 2\n', 'm.x', 5, 'm:\n    x: 5\n    # end\nb: 2\n'],
    ['m: { x: 1, y: 2 } # flow\n', 'm.y', 'z', 'm: { x: 1, y: z } # flow\n'],
    ['m: {x: 1}\n', 'm.y', 2, 'm: {"y": 2, x: 1}\n'],
    ['m: {}\n', 'm.y.z', 2, 'm: {"y": {"z":2}}\n'],
    ['a: 1', 'b', 'user', 'a: 1\nb: user\n'],
    ['m:\n  x: 1 # one\nb: 2\n', 'm.y', 2, 'm:\n  x: 1 # one\n  y: 2\nb: 2\n'],
    ['m:\n  x:\n    - 1\n    - 2\nb: 2\n', 'm.y.z', true, 'm:\n  x:\n    - 1\n    - 2\n  y:\n    z: true\nb: 2\n'],
    ['a: 1\n# end', 'b', 2, 'a: 1\n# end\nb: 2\n'],
    ['', 'm.y', 2, 'm:\n  y: 2\n'],
    ['# only this', 'm', 2, '# only this\nm: 2\n'],
    ['__proto__: 1\n', 'constructor', 2, '__proto__: 1\nconstructor: 2\n'],
  ] as const)('in %j: %s', (...[text, path, value, expected]) => {
    expect(set(text, path, value)).toBe(expected)
  })

  it.each([
    ['a list', 'a: [1]\n', 'a'],
    ['a map', 'a: { b: 1 }\n', 'a'],
    ['below a value', 'a: 1\n', 'a.b'],
    ['a text of lines', 'a: |\n  x\n', 'a'],
    ['what cannot be read', 'a: [\n', 'a'],
  ])('refuses %s', (_, text, path) => {
    expect(setConfigValue(text, path.split('.'), 'x').ok).toBe(false)
  })

  it('changes a mode of the template and no other byte', () => {
    const text = set(configTemplate, 'instructions_mode', 'user')
    expect(text).toBe(configTemplate.replace('instructions_mode: tutorial', 'instructions_mode: user'))
    expect(readConfig(text).config.instructionsMode).toBe('user')
  })

  it('whatever the text is, the value is there afterwards and can be put back', () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean())
    const path = fc.constantFrom('instructions_mode', 'state_commit.enabled', 'new', 'state_commit.auto_commit.new')
    fc.assert(
      fc.property(path, scalar, scalar, (where, first, second) => {
        const once = setConfigValue(configTemplate, where.split('.'), first)
        // Text that YAML cannot hold (lone surrogates, control characters) is refused, never written in part.
        if (!once.ok) return
        const twice = setConfigValue(once.value, where.split('.'), second)
        if (twice.ok) expect(set(twice.value, where, first)).toBe(once.value)
      }),
    )
  })
})

describe('merging new settings', () => {
  const shipped = [
    '# Head of the file.',
    '',
    '# About a.',
    'a: 1',
    '',
    '# About m.',
    'm:',
    '  # About x.',
    '  x: 1 # one',
    '  # About y,',
    '  # in two lines.',
    '  y:',
    '    - p',
    '    - q',
    '',
    '# About z.',
    'z: true',
    '',
  ].join('\n')

  it('adds what is missing with its comments, and leaves every byte that is there', () => {
    const mine = '# mine\nm:\n    x: 99   # ninety-nine\nown: yes\n'
    const merged = mergeConfig(mine, shipped)
    expect(merged).toEqual({
      ok: true,
      value: {
        added: ['a', 'm.y', 'z'],
        text: [
          '# mine',
          'm:',
          '    x: 99   # ninety-nine',
          '    # About y,',
          '    # in two lines.',
          '    y:',
          '      - p',
          '      - q',
          'own: yes',
          '',
          '# About a.',
          'a: 1',
          '',
          '# About z.',
          'z: true',
          '',
        ].join('\n'),
      },
    })
  })

  it.each(['', '# mine\n', '# mine', 'm: {}', 'm: { x: 2 }\nz: false', 'a: 1\r\nm:\r\n  x: 1\r\n'])(
    'is complete after one time: %j',
    (mine) => {
      const once = mergeConfig(mine, shipped)
      if (!once.ok) throw new Error(JSON.stringify(once.error))
      expect(once.value.added.length).toBeGreaterThan(0)
      expect(mergeConfig(once.value.text, shipped)).toEqual({ ok: true, value: { text: once.value.text, added: [] } })
    },
  )

  it('never replaces a value, even one of another kind', () => {
    expect(mergeConfig('a: x\nm: 7\nz: [1]\n', shipped)).toMatchObject({ ok: true, value: { added: [] } })
  })

  it('refuses a text that it cannot read', () => {
    expect(mergeConfig('a: [\n', shipped).ok).toBe(false)
  })

  it('any part of the template becomes the template’s meaning, and every line of it stays', () => {
    const lines = configTemplate.split('\n')
    const sections = lines.flatMap((line, index) => (/^[a-z]/.test(line) ? [index] : []))
    fc.assert(
      fc.property(fc.subarray(sections), (kept) => {
        const mine = kept
          .map((start) => {
            const next = sections.find((index) => index > start) ?? lines.length
            return lines.slice(start, next).join('\n')
          })
          .join('\n')
        const merged = mergeConfig(mine, configTemplate)
        if (!merged.ok) throw new Error(JSON.stringify(merged.error))
        expect(readConfig(merged.value.text)).toEqual(readConfig(configTemplate))
        expect(merged.value.text.startsWith(mine.trimEnd())).toBe(true)
      }),
    )
  })
})
