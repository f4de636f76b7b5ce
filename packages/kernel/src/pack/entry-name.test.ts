import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkEntryName } from './entry-name.ts'

describe('checkEntryName', () => {
  it.each([
    'hello.py',
    '.hidden',
    '.git',
    '__pycache__',
    'a.cpython-311.pyc',
    '天気.yaml',
    'naïve',
    '...x',
    ' leading',
    'console.log',
    'x'.repeat(255),
  ])('accepts %s', (name) => {
    expect(checkEntryName(name)).toEqual({ ok: true, value: name })
  })

  it.each([
    ['', 'empty'],
    ['.', 'dots'],
    ['..', 'dots'],
    ['\ud800', 'not-unicode'],
    ['a/b', 'separator'],
    ['a\\b', 'separator'],
    ['a\0b', 'control'],
    ['a\nb', 'control'],
    ['\u001b[2J', 'control'],
    ['a\u0085', 'control'],
    ['exe\u202eyp.', 'invisible'],
    ['a\u200bb', 'invisible'],
    ['a\ufeff', 'invisible'],
    ['a\u2028b', 'invisible'],
    ['a\u034fb', 'invisible'],
    ['a\u3164', 'invisible'],
    ['a:b', 'colon'],
    ['a.', 'trailing'],
    ['a ', 'trailing'],
    ['...', 'trailing'],
    ['con', 'device'],
    ['Aux.py', 'device'],
    ['nul .py', 'device'],
    ['COM1.tar.gz', 'device'],
    ['x'.repeat(256), 'too-long'],
    ['あ'.repeat(86), 'too-long'],
    ['cafe\u0301', 'not-nfc'],
    ['\u212b', 'not-nfc'],
  ])('refuses %j as %s', (name, refusal) => {
    expect(checkEntryName(name)).toEqual({ ok: false, error: refusal })
  })

  it('accepts nothing that a path could be cut or hidden with', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (name) => {
        if (!checkEntryName(name).ok) return
        // The NUL and the separators are what a file system cuts at.
        expect(name).not.toMatch(/[/\\\0:]|^\.{0,2}$/)
        expect(name).toBe(Buffer.from(name).toString('utf8').normalize('NFC'))
      }),
    )
  })
})
