import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { describeOwnName, describePath, nameCommands } from './own-name.ts'

const repository = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '')

describe('how the program is called', () => {
  const here = { environment: {}, currentFolder: repository, home: undefined }

  it.each([
    ['in the repository', here, 'bin/rumi'],
    ['beside the launcher', { ...here, currentFolder: `${repository}/bin` }, './rumi'],
    ['somewhere else', { ...here, currentFolder: '/' }, describePath(`${repository}/bin/rumi`, '/')],
    ['when it is on the path', { ...here, environment: { PATH: `/nowhere:${repository}/bin` } }, 'rumi'],
    ['with the usual home', { ...here, home: '.rumi' }, 'bin/rumi'],
    ['with the home of the environment', { ...here, home: '/srv/r', environment: { RUMI_HOME: '/srv/r' } }, 'bin/rumi'],
    ['with another home', { ...here, home: '/srv/r' }, 'bin/rumi --home /srv/r'],
    ['with a home below', { ...here, home: 'state', environment: { RUMI_HOME: '/r' } }, 'bin/rumi --home ./state'],
    ['with a home to quote', { ...here, home: "/srv/it's" }, String.raw`bin/rumi --home '/srv/it'\''s'`],
  ])('%s', (_, whereabouts, expected) => {
    expect(describeOwnName(whereabouts)).toBe(expected)
  })

  it('replaces the name in our sentences, and nothing that only looks like it', () => {
    const text = 'Type rumi packs list, not /opt/rumi packs or rumi dance; "rumi up"'
    expect(nameCommands(text, 'bin/rumi')).toBe(
      'Type bin/rumi packs list, not /opt/rumi packs or rumi dance; "bin/rumi up"',
    )
    expect(nameCommands('See: rumi --help', 'bin/rumi')).toBe('See: bin/rumi --help')
    expect(nameCommands('rumi token', '$& rumi')).toBe('$& rumi token')
  })
})

it.each([
  ['/a/b/c', '/a', 'b/c'],
  ['/a/b', '/a', './b'],
  ['/a', '/a', '.'],
  ['/x y', '/a', "'/x y'"],
])('%s is shown in %s as %s', (path, folder, expected) => {
  expect(describePath(path, folder)).toBe(expected)
})
