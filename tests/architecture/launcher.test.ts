import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const launcher = fileURLToPath(new URL('../../bin/rumi', import.meta.url))
const main = 'packages/app/src/cli/main.mjs'
let folder = ''
let repo = ''

/** A stand-in for node that answers the question for its version and otherwise prints its name and its arguments. */
function writeNode(path: string, version: number) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(
    path,
    `#!/bin/sh\nif [ "$1" = -p ]; then echo ${version}; else echo node-${version}; printf '%s\\n' "$@"; fi\n`,
  )
  chmodSync(path, 0o755)
}

function launch(file: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(file, args, {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: `${join(folder, 'path')}:/usr/bin:/bin` },
  })
  return { status, stderr, lines: stdout.trim().split('\n') }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rumi launcher-'))
  repo = join(folder, 'repo')
  mkdirSync(join(repo, 'bin'), { recursive: true })
  copyFileSync(launcher, join(repo, 'bin/rumi'))
})

afterEach(() => rmSync(folder, { recursive: true }))

describe('bin/rumi', () => {
  it('runs the command line on the Node of the repository with the arguments as they are', () => {
    writeNode(join(repo, 'node_modules/node/bin/node'), 24)
    expect(launch(join(repo, 'bin/rumi'), 'flow', 'a b', '*')).toEqual({
      status: 0,
      stderr: '',
      lines: ['node-24', '--disable-warning=ExperimentalWarning', join(repo, main), 'flow', 'a b', '*'],
    })
  })

  it('finds the repository through relative and absolute symbolic links', () => {
    writeNode(join(repo, 'node_modules/node/bin/node'), 24)
    symlinkSync('../repo/bin/rumi', join(mkdirIn('links'), 'relative'))
    symlinkSync(join(folder, 'links/relative'), join(folder, 'absolute'))
    expect(launch(join(folder, 'absolute')).lines[2]).toBe(join(repo, main))
  })

  it('runs on the Node of the machine when that is new enough', () => {
    mkdirSync(join(repo, 'node_modules'))
    writeNode(join(folder, 'path/node'), 25)
    expect(launch(join(repo, 'bin/rumi')).lines[0]).toBe('node-25')
  })

  it.each([
    ['the Node of the machine is too old', 23, true],
    ['the npm packages are not installed', 24, false],
  ])('says what to do when %s', (_, version, isInstalled) => {
    if (isInstalled) mkdirSync(join(repo, 'node_modules'))
    writeNode(join(folder, 'path/node'), version)
    expect(launch(join(repo, 'bin/rumi'))).toEqual({
      status: 1,
      stderr: 'rumi: run "npm ci" first (or "npm start")\n',
      lines: [''],
    })
  })
})

function mkdirIn(name: string) {
  const path = join(folder, name)
  mkdirSync(path)
  return path
}
