import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const manifest = z
  .looseObject({
    license: z.string(),
    workspaces: z.array(z.string()),
    scripts: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
    allowScripts: z.record(z.string(), z.boolean()),
    engines: z.looseObject({ node: z.string() }),
  })
  .parse(JSON.parse(read('package.json')))

/** The first block of shell lines, without comments: what somebody types who has just cloned. */
function readStart(readme: string): readonly string[] {
  const block = /```sh\n(.*?)```/s.exec(read(readme))?.[1] ?? ''
  return block.split('\n').flatMap((line) => {
    const command = line.split('#', 1)[0]?.trim() ?? ''
    return command === '' ? [] : [command]
  })
}

describe('the repository', () => {
  it.each(['README.md', 'README.ja.md'])('is started and tested by the two commands of its %s', (readme) => {
    expect(readStart(readme)).toEqual(['npm start', 'npm test'])
    expect(manifest.scripts).toMatchObject({ start: 'node scripts/start.mjs', test: 'node scripts/gate.mjs' })
  })

  it('is checked on a fresh checkout by exactly that test command', () => {
    accessSync(new URL('.ci/run', root), constants.X_OK)
    const commands = read('.ci/run')
      .split('\n')
      .filter((line) => !line.startsWith('#') && line !== '')
    expect(commands).toEqual(['set -eu', 'cd "$(dirname "$0")/.."', 'exec npm test'])
  })

  it('asks for Node 20, brings Node 24 along, and lets only that package run a script when it is installed', () => {
    expect(manifest.engines.node).toBe('>=20')
    expect(manifest.devDependencies['node']).toMatch(/^24\.\d+\.\d+$/)
    expect(manifest.allowScripts).toEqual({ node: true })
    expect(Number.parseInt(process.versions.node, 10)).toBe(24)
  })

  it('names every dependency by one exact version', () => {
    expect(Object.values(manifest.devDependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  it('is free software', () => {
    expect(read('LICENSE')).toMatch(/^MIT License\n/)
    expect(manifest.license).toBe('MIT')
  })
})

describe('the documents', () => {
  it('are there', () => {
    const documents = [
      ...['ARCHITECTURE', 'STYLE', 'CONTRIBUTING', 'THREAT-MODEL', 'OPERATIONS', 'PACKS', 'FLOWS'],
      ...['SKILLS', 'SKILLS.ja', 'compatibility'],
    ]
    expect(documents.filter((name) => !existsSync(new URL(`docs/${name}.md`, root)))).toEqual([])
  })

  it.each([
    'README.md',
    'README.ja.md',
    ...['ARCHITECTURE', 'CONTRIBUTING', 'OPERATIONS', 'SKILLS', 'SKILLS.ja'].map((name) => `docs/${name}.md`),
  ])('link to nothing that is not there: %s', (document) => {
    const links = [...read(document).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '')
    expect(links.length).toBeGreaterThan(0)
    expect(links.filter((link) => !existsSync(new URL(link, new URL(document, root))))).toEqual([])
  })

  it.each(['docs/ARCHITECTURE.md', 'docs/THREAT-MODEL.md'])(
    'name no file of the sources that is not there: %s',
    (document) => {
      const named = [...read(document).matchAll(/`(kernel|drivers|app|skills|pack-sdk)\/([\w/-]+\.(?:ts|py|mjs))`/g)]
      const paths = named.map(([, name = '', rest = '']) =>
        name === 'pack-sdk' ? `packages/pack-sdk/${rest}` : `packages/${name}/src/${rest}`,
      )
      expect(paths.length).toBeGreaterThan(0)
      expect(paths.filter((path) => !existsSync(new URL(path, root)))).toEqual([])
    },
  )
})
