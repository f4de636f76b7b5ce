import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { isInstalled } from '../../scripts/ensure/lock.mjs'
import { planInstallation } from '../../scripts/ensure/system-packages.mjs'
import { findSkipped } from '../../scripts/gate/skipped.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the gate', () => {
  it('names every skipped test and says which of them are security tests', () => {
    const results = (file: string, ...statuses: readonly string[]) => ({
      name: `/repo/${file}`,
      assertionResults: statuses.map((status) => ({ status, fullName: ` suite ${status}` })),
    })
    const report = {
      testResults: [
        results('packages/a.test.ts', 'passed', 'skipped', 'failed'),
        results('tests/escape/network.test.ts', 'passed', 'pending', 'todo'),
      ],
    }
    expect(findSkipped(report, '/repo')).toEqual({
      skipped: [
        'packages/a.test.ts › suite skipped',
        'tests/escape/network.test.ts › suite pending',
        'tests/escape/network.test.ts › suite todo',
      ],
      security: ['tests/escape/network.test.ts › suite pending', 'tests/escape/network.test.ts › suite todo'],
    })
  })
})

describe('the tests of the gate', () => {
  it.each([
    ['passes', 'expect(1).toBe(1)', 0],
    ['fails', 'expect(1).toBe(2)', 1],
    ['throws', "throw new Error('no')", 1],
  ])('K32: a test that %s decides how the gate ends', (_, body, expected) => {
    const folder = mkdtempSync(join(tmpdir(), 'rumi-gate-test-'))
    try {
      symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
      const test = `import { expect, it } from 'vitest'\nit('x', () => {\n  ${body}\n})\n`
      writeFileSync(join(folder, 'x.test.ts'), test)
      const gate = ['scripts/gate.mjs', '--only', 'tests', '--', '--root', folder]
      expect(spawnSync(process.execPath, gate, { cwd: root }).status).toBe(expected)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('the installation of npm packages', () => {
  const lock = {
    packages: {
      '': { name: 'rumi' },
      'node_modules/zod': { version: '4.0.0', integrity: 'sha512-a' },
      'node_modules/other-platform': { version: '1.0.0', integrity: 'sha512-b', optional: true },
    },
  }
  const zod = { 'node_modules/zod': { version: '4.0.0', integrity: 'sha512-a' } }

  it.each([
    ['is missing without node_modules', undefined, undefined, false],
    ['is complete when the stamp says so', {}, 'right', true],
    ['is complete when the record of npm has everything but optional packages', zod, undefined, true],
    ['is complete when npm was run by hand after the stamp', zod, 'old', true],
    ['is incomplete when a package is missing', {}, undefined, false],
    [
      'is incomplete when a version differs',
      { 'node_modules/zod': { ...zod['node_modules/zod'], version: '3.0.0' } },
      'old',
      false,
    ],
    [
      'is incomplete when the content differs',
      { 'node_modules/zod': { ...zod['node_modules/zod'], integrity: 'x' } },
      undefined,
      false,
    ],
    ['is outdated when it has a package too many', { ...zod, 'node_modules/gone': { version: '1.0.0' } }, 'old', false],
  ])('%s', (...[, installed, stamp, expected]) => {
    const root = mkdtempSync(join(tmpdir(), 'rumi-lock-'))
    try {
      const text = JSON.stringify(lock)
      writeFileSync(join(root, 'package-lock.json'), text)
      if (installed !== undefined) {
        mkdirSync(join(root, 'node_modules'))
        writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }))
      }
      const right = createHash('sha256').update(text).digest('hex')
      if (stamp !== undefined) writeFileSync(join(root, 'node_modules/.rumi-lock'), stamp === 'right' ? right : stamp)
      expect(isInstalled(root)).toBe(expected)
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})

describe('the installation of system packages', () => {
  const plan = (manager: string | undefined, rights: { readonly isRoot: boolean; readonly maySudo: boolean }) =>
    planInstallation({ missing: ['bubblewrap', 'python'], find: (name) => name === manager, ...rights })
  const ordinary = { isRoot: false, maySudo: false }

  it('tries as root to install, and again after refreshing the lists', () => {
    const install = ['apt-get', 'install', '-y', '--no-install-recommends', 'bubblewrap', 'python3']
    expect(plan('apt-get', { isRoot: true, maySudo: false }).attempts).toEqual([
      [install],
      [['apt-get', 'update'], install],
    ])
  })

  it('uses sudo only where it asks no password', () => {
    const sudo = ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive']
    expect(plan('dnf', { isRoot: false, maySudo: true }).attempts).toEqual([
      [[...sudo, 'dnf', 'install', '-y', 'bubblewrap', 'python3']],
    ])
    expect(plan('dnf', ordinary).attempts).toEqual([])
  })

  it.each([
    ['apt-get', 'sudo apt-get update && sudo apt-get install -y --no-install-recommends bubblewrap python3'],
    ['dnf', 'sudo dnf install -y bubblewrap python3'],
    ['apk', 'sudo apk add --no-cache bubblewrap python3'],
    ['pacman', 'sudo pacman -Sy --noconfirm && sudo pacman -S --noconfirm --needed bubblewrap python'],
    ['zypper', 'sudo zypper --non-interactive install bubblewrap python3'],
    [undefined, 'install bubblewrap and python with your package manager'],
  ])('tells a user with %s the one command to type', (manager, advice) => {
    expect(plan(manager, ordinary)).toEqual({ attempts: [], advice })
  })
})
