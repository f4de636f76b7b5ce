import { describe, expect, it } from 'vitest'
import { defaultLimits } from './limits.ts'
import { blockExtensions, findBlockFile, findRuntime } from './runtime.ts'

describe('the runtime of a block', () => {
  it.each([
    ['hello.py', 'python'],
    ['blocks/a.b.ts', 'node'],
    ['a.mts', 'node'],
    ['a.js', 'node'],
    ['a.mjs', 'node'],
    ['a.cjs', undefined],
    ['a.PY', undefined],
    ['a.py ', undefined],
    ['a.pyc', undefined],
    ['py', undefined],
    ['', undefined],
    ['a.', undefined],
    ['a.py/b', undefined],
  ])('of %j is %s', (file, runtime) => {
    expect(findRuntime(file)).toBe(runtime)
  })

  it('is known for every ending that is named to people', () => {
    expect(blockExtensions.map((ending) => findRuntime(`x${ending}`))).not.toContain(undefined)
  })
})

describe('the file of a block', () => {
  const places = ['blocks/f.py', 'backend/blocks/f.py', 'backend/components/f.py', 'backend/f.py', 'f.py']

  it('is looked for below blocks first, then in the places of old packs, then as written', () => {
    for (const [index, expected] of places.entries()) {
      expect(findBlockFile('f.py', '', new Set(places.slice(index)))).toBe(expected)
    }
    expect(findBlockFile('f.py', '', new Set(['other.py']))).toBeUndefined()
  })

  it('is found below the folder of the manifest only', () => {
    expect(findBlockFile('f.py', 'backend', new Set(places))).toBe('backend/blocks/f.py')
    expect(findBlockFile('f.py', 'backend', new Set(['f.py', 'blocks/f.py']))).toBeUndefined()
  })

  it('may be named in full', () => {
    expect(findBlockFile('blocks/f.py', 'backend', new Set(['backend/blocks/f.py']))).toBe('backend/blocks/f.py')
    expect(findBlockFile('components/c/blocks/f.py', '', new Set(['components/c/blocks/f.py']))).toBe(
      'components/c/blocks/f.py',
    )
  })

  it.each(['../f.py', '/etc/passwd', 'blocks/../f.py', './f.py', ''])(
    'is one of the approved tree, whatever the step says: %j',
    (file) => {
      expect(findBlockFile(file, '', new Set(places))).toBeUndefined()
    },
  )
})

describe('the limits of a block', () => {
  it.each([
    ['python' as const, 60_000, { wallMs: 60_000, cpuSeconds: 61, memoryBytes: 128 * 1024 * 1024, pids: 32 }],
    ['node' as const, 1500, { wallMs: 1500, cpuSeconds: 3, memoryBytes: 256 * 1024 * 1024, pids: 64 }],
  ])('%s for %d ms', (runtime, wallMs, expected) => {
    expect(defaultLimits(runtime, wallMs)).toMatchObject({ ...expected, answerBytes: 4 * 1024 * 1024, cpus: 1 })
  })

  it('bound everything: no limit is absent, zero or infinite', () => {
    expect(Object.values(defaultLimits('python', 1)).filter((limit) => !Number.isFinite(limit) || limit <= 0)).toEqual(
      [],
    )
  })
})
