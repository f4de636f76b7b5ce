import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fingerprintFlowFiles, isFlowPath, readFlowFiles } from './flow-files.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rumi-flows-'))
})
afterEach(() => {
  rmSync(home, { recursive: true, force: true })
})

function put(path: string, text = 'flow_id: a\n'): void {
  mkdirSync(dirname(join(home, path)), { recursive: true })
  writeFileSync(join(home, path), text)
}
const read = (): readonly (readonly [string, string])[] =>
  readFlowFiles(home, 1000).files.map(({ file, source }) => [file, source.kind])
const problems = (): readonly (readonly [string, string | undefined])[] =>
  readFlowFiles(home, 1000).diagnostics.map(({ code, file }) => [code, file])

describe('the operator’s flow files', () => {
  it('are those of the system’s folder and of the shared one, below them too', () => {
    for (const path of ['flows/b.flow.yaml', 'flows/a/c.flow.yml', 'user_data/shared/flows/d.flow.json']) put(path)
    expect(read()).toEqual([
      ['flows/a/c.flow.yml', 'official'],
      ['flows/b.flow.yaml', 'official'],
      ['user_data/shared/flows/d.flow.json', 'shared'],
    ])
    expect(readFlowFiles(home, 1000).files[0]?.bytes.toString()).toBe('flow_id: a\n')
    expect(problems()).toEqual([])
  })

  it('are none in a home without folders', () => {
    expect([read(), problems(), fingerprintFlowFiles(home)]).toEqual([[], [], ''])
  })

  it.each([
    ['flows/a.flow.yaml', true],
    ['flows/a.flow.yml', true],
    ['flows/a.flow.json', true],
    ['flows/a.yaml', false],
    ['flows/a.flow.yaml~', false],
    ['flows/.a.flow.yaml.swp', false],
    ['flows/modifiers/a.flow.yaml', false],
    ['flows/modifiers.flow.yaml', true],
    ['flows/a.flow.YAML', false],
  ])('are told by their names: %s %s', (path, expected) => {
    expect(isFlowPath(path)).toBe(expected)
  })

  it('are no links, pipes or folders; the others are still read', () => {
    put('flows/good.flow.yaml')
    writeFileSync(join(home, 'secret'), 'secret')
    symlinkSync(join(home, 'secret'), join(home, 'flows/link.flow.yaml'))
    symlinkSync(join(home, 'nowhere'), join(home, 'flows/dangling.flow.yaml'))
    symlinkSync('/etc', join(home, 'flows/etc'))
    spawnSync('mkfifo', [join(home, 'flows/pipe.flow.yaml')])
    mkdirSync(join(home, 'flows/folder.flow.yaml'))
    expect(read()).toEqual([['flows/good.flow.yaml', 'official']])
    expect(problems()).toEqual(
      ['dangling', 'link', 'pipe'].map((name) => ['flow.not_a_file', `flows/${name}.flow.yaml`]),
    )
  })

  it('are read no further than one byte beyond the limit', () => {
    put('flows/large.flow.yaml', 'x'.repeat(5000))
    expect(readFlowFiles(home, 1000).files.map(({ bytes }) => bytes.length)).toEqual([1001])
  })

  it('beyond the first 5000 are left out with a word about it, and take nothing from other folders', () => {
    mkdirSync(join(home, 'flows'))
    for (let index = 0; index < 5002; index += 1) writeFileSync(join(home, `flows/${index}.flow.yaml`), '')
    put('user_data/shared/flows/mine.flow.yaml')
    expect(read()).toHaveLength(5001)
    expect(problems()).toEqual([['flow.too_many', 'flows']])
  })

  // Root may read everything.
  it.skipIf(process.getuid?.() === 0)('that cannot be read are named; the others are still read', () => {
    for (const path of ['flows/good.flow.yaml', 'flows/shut.flow.yaml', 'flows/locked/x.flow.yaml']) put(path)
    chmodSync(join(home, 'flows/shut.flow.yaml'), 0)
    chmodSync(join(home, 'flows/locked'), 0)
    expect(read()).toEqual([['flows/good.flow.yaml', 'official']])
    expect(problems()).toEqual([
      ['flow.unreadable', 'flows/locked'],
      ['flow.unreadable', 'flows/shut.flow.yaml'],
    ])
    chmodSync(join(home, 'flows/locked'), 0o700)
  })

  it('may be in a folder that is no folder; that is said, and the others are still read', () => {
    put('flows', 'a file')
    put('user_data/shared/flows/mine.flow.yaml')
    expect([read(), problems()]).toEqual([
      [['user_data/shared/flows/mine.flow.yaml', 'shared']],
      [['flow.unreadable', 'flows']],
    ])
  })
})

describe('the fingerprint of the flow files', () => {
  it('stays the same while nothing changes, and while other files do', () => {
    put('flows/a.flow.yaml')
    const before = fingerprintFlowFiles(home)
    put('flows/notes.txt')
    readFlowFiles(home, 1000)
    expect(fingerprintFlowFiles(home)).toBe(before)
  })

  it.each([
    ['a new file', (): void => put('flows/b.flow.yaml')],
    ['a file less', (): void => rmSync(join(home, 'flows/a.flow.yaml'))],
    ['another name', (): void => renameSync(join(home, 'flows/a.flow.yaml'), join(home, 'flows/c.flow.yaml'))],
    ['another content', (): void => put('flows/a.flow.yaml', 'flow_id: other\n')],
    [
      'another content of the same length and date',
      (): void => {
        put('flows/a.flow.yaml', 'flow_id: b\n')
        utimesSync(join(home, 'flows/a.flow.yaml'), 1, 1)
      },
    ],
    [
      'a folder that is none any more',
      (): void => {
        rmSync(join(home, 'flows'), { recursive: true })
        put('flows', '')
      },
    ],
  ])('changes with %s', (_, change) => {
    put('flows/a.flow.yaml')
    utimesSync(join(home, 'flows/a.flow.yaml'), 1, 1)
    const before = fingerprintFlowFiles(home)
    change()
    expect(fingerprintFlowFiles(home)).not.toBe(before)
  })
})
