import { linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { PackDiscovery } from '@rumi/kernel/pack'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { directoryPackFolder, discoverPacks } from './discover.ts'
import { fingerprintFolder } from './fingerprint.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rumi-discover-'))
})
afterEach(() => {
  rmSync(home, { recursive: true, force: true })
})
const manifest = (id: string): string => JSON.stringify({ pack_id: id, pack_identity: `github:author/${id}` })
const write = (path: string, content: string): void => {
  mkdirSync(dirname(join(home, path)), { recursive: true })
  writeFileSync(join(home, path), content)
}
const show = ({ packs, diagnostics }: PackDiscovery): object => ({
  packs: packs.map((pack) => [
    pack.location,
    pack.subdir,
    pack.manifest?.identity,
    ...pack.diagnostics.map(({ code }) => code),
  ]),
  refused: diagnostics.map(({ code, file }) => `${code} ${file}`),
})

describe('discoverPacks', () => {
  it('finds nothing where nothing is', () => {
    expect(discoverPacks(home)).toEqual({ packs: [], diagnostics: [] })
  })

  it('finds the manifest in the directory or in its first child, and the first place wins', () => {
    write('ecosystem/weather_pack/backend/ecosystem.json', manifest('weather_pack'))
    write('ecosystem/direct/ecosystem.json', manifest('direct'))
    write('ecosystem/direct/backend/ecosystem.json', manifest('other'))
    write('ecosystem/two/zeta/ecosystem.json', manifest('zeta'))
    write('ecosystem/two/alpha/ecosystem.json', manifest('alpha'))
    write('ecosystem/two/.hidden/ecosystem.json', manifest('hidden'))
    write('ecosystem/packs/legacy/ecosystem.json', manifest('legacy'))
    write('ecosystem/packs/direct/ecosystem.json', manifest('imposter'))
    write('ecosystem/packs/Two/ecosystem.json', manifest('Two'))
    write('ecosystem/flows/ecosystem.json', manifest('flows'))
    write('ecosystem/.git/ecosystem.json', manifest('git'))
    write('ecosystem/node_modules/ecosystem.json', manifest('node_modules'))
    write('ecosystem/README.md', '')
    expect(show(discoverPacks(home))).toEqual({
      packs: [
        ['ecosystem/direct', '', 'github:author/direct'],
        ['ecosystem/packs/legacy', '', 'github:author/legacy'],
        ['ecosystem/two', 'alpha', 'github:author/alpha', 'pack.id_mismatch'],
        ['ecosystem/weather_pack', 'backend', 'github:author/weather_pack'],
      ],
      refused: ['pack.duplicate ecosystem/packs/Two', 'pack.duplicate ecosystem/packs/direct'],
    })
  })

  it('never lets one broken pack hide another', () => {
    write('ecosystem/good/ecosystem.json', manifest('good'))
    write('ecosystem/broken/ecosystem.json', '{')
    write('ecosystem/empty/readme', '')
    write('ecosystem/huge/ecosystem.json', '')
    truncateSync(join(home, 'ecosystem/huge/ecosystem.json'), 2 * 1024 * 1024 + 1)
    write('outside.json', manifest('linked'))
    mkdirSync(join(home, 'ecosystem/linked/backend'), { recursive: true })
    write('ecosystem/linked/backend/ecosystem.json', manifest('linked'))
    symlinkSync('../../outside.json', join(home, 'ecosystem/linked/ecosystem.json'))
    mkdirSync(join(home, 'ecosystem/hard'))
    linkSync(join(home, 'outside.json'), join(home, 'ecosystem/hard/ecosystem.json'))
    mkdirSync(join(home, 'ecosystem/child_link'))
    symlinkSync('../good', join(home, 'ecosystem/child_link/backend'))
    mkdirSync(join(home, 'ecosystem/zillion'))
    for (let at = 0; at <= 5_000; at += 1) linkSync(join(home, 'outside.json'), join(home, `ecosystem/zillion/${at}`))
    expect(show(discoverPacks(home))).toEqual({
      packs: [
        ['ecosystem/broken', '', undefined, 'pack.manifest_json'],
        ['ecosystem/child_link', '', undefined, 'pack.manifest_missing'],
        ['ecosystem/empty', '', undefined, 'pack.manifest_missing'],
        ['ecosystem/good', '', 'github:author/good'],
        ['ecosystem/hard', '', undefined, 'pack.manifest_unreadable'],
        ['ecosystem/huge', '', undefined, 'pack.manifest_unreadable'],
        ['ecosystem/linked', '', undefined, 'pack.manifest_unreadable'],
        ['ecosystem/zillion', '', undefined, 'pack.manifest_missing', 'pack.unreadable'],
      ],
      refused: [],
    })
  })

  it('refuses links, reserved names, bad names and names that differ by case', () => {
    for (const name of ['core_evil', 'CORE_x', 'kernel', 'con', 'a b', 'Twin', 'twin', 'x\u202ey', 'real']) {
      write(`ecosystem/${name}/ecosystem.json`, manifest(name))
    }
    symlinkSync('real', join(home, 'ecosystem/alias'))
    mkdirSync(Buffer.concat([Buffer.from(join(home, 'ecosystem/')), Buffer.from([0xff])]))
    expect(show(discoverPacks(home))).toEqual({
      packs: [
        ['ecosystem/Twin', '', 'github:author/Twin'],
        ['ecosystem/real', '', 'github:author/real'],
      ],
      refused: [
        'pack.symlink ecosystem/alias',
        'pack.name ecosystem',
        'pack.name ecosystem/CORE_x',
        'pack.name ecosystem/a b',
        'pack.name ecosystem/con',
        'pack.name ecosystem/core_evil',
        'pack.name ecosystem/kernel',
        'pack.name ecosystem/twin',
        'pack.name ecosystem/x\\u{202e}y',
      ],
    })
  })

  it('refuses a place for packs that is a link', () => {
    write('elsewhere/legacy/ecosystem.json', manifest('legacy'))
    write('ecosystem/good/ecosystem.json', manifest('good'))
    symlinkSync('../elsewhere', join(home, 'ecosystem/packs'))
    expect(show(discoverPacks(home))).toEqual({
      packs: [['ecosystem/good', '', 'github:author/good']],
      refused: ['pack.unreadable ecosystem/packs'],
    })
    renameSync(join(home, 'ecosystem'), join(home, 'real'))
    symlinkSync('real', join(home, 'ecosystem'))
    expect(discoverPacks(home).packs).toEqual([])
  })

  it('names absolute and relative places, and the fingerprint of each folder', () => {
    write('ecosystem/good/backend/ecosystem.json', '{}')
    const folder = directoryPackFolder(home)
    const [pack] = folder.discover().packs
    expect(pack).toMatchObject({
      packId: 'good',
      directory: join(home, 'ecosystem/good'),
      location: 'ecosystem/good',
      fingerprint: fingerprintFolder(join(home, 'ecosystem/good')),
    })
    expect(pack?.diagnostics.map(({ file }) => file)).toEqual([
      'ecosystem/good/backend/ecosystem.json',
      'ecosystem/good/backend/ecosystem.json',
    ])
    expect(folder.fingerprint(join(home, 'ecosystem/good'))).toBe(pack?.fingerprint)
  })
})
