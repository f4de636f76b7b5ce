import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { getOperation, operations } from '@rumi/app/operations'

const root = new URL('../../', import.meta.url)

describe('docs/http.md', () => {
  const text = readFileSync(new URL('docs/http.md', root), 'utf8')
  const sections = new Map(
    text
      .split(/^### /m)
      .slice(1)
      .map((section) => [/^`([^`]+)`/.exec(section)?.[1] ?? '', section.split(/^## /m)[0] ?? '']),
  )

  it('has a section for every operation and none for anything else', () => {
    expect([...sections.keys()].toSorted()).toEqual(
      operations.map(({ http }) => `${http.method} ${http.path}`).toSorted(),
    )
  })

  it.each(operations.map((operation) => ({ ...operation, place: `${operation.http.method} ${operation.http.path}` })))(
    '$place is described with every member of its input and output',
    ({ place, http, input, output }) => {
      const section = sections.get(place) ?? ''
      const names = [...memberNames(input), ...memberNames(output)].filter((name) => !http.path.includes(`{${name}}`))
      // What a pack is, is said once.
      const packMembers = /\ba pack\b|list of packs/.test(section)
        ? memberNames(getOperation('packs.status').output)
        : []
      const runMembers = section.includes('a run as above')
        ? ['run_id', 'flow_id', 'file', 'status', 'started_at', 'ended_at', 'caller', 'error']
        : []
      const shared = new Set([...packMembers, ...runMembers, ...definedMembers(text, section)])
      expect(names.filter((name) => !shared.has(name) && !section.includes(`\`${name}\``))).toEqual([])
    },
  )

  it('describes every member of a pack', () => {
    const intro = text.split('A **pack** is ')[1]?.split('\n\n', 1)[0] ?? ''
    expect(memberNames(getOperation('packs.status').output).filter((name) => !intro.includes(`\`${name}\``))).toEqual(
      [],
    )
  })

  it('names every problem that the sources know', () => {
    const folders = [
      'packages/app/src/http',
      'packages/app/src/operations',
      'packages/app/src/library',
      'packages/app/src/kairos',
      'packages/kernel/src/run',
      'packages/skills/src/document',
      'packages/skills/src/governance',
      'packages/skills/src/setup',
    ]
    const codes = folders.flatMap((folder) =>
      readSources(new URL(`${folder}/`, root).pathname).flatMap((source) => findCodes(source)),
    )
    expect(codes).toEqual(
      expect.arrayContaining(['pack.unknown', 'proposal.hash', 'context.exists', 'instructions.active']),
    )
    // Of rules that no operation asks in a way that could be refused so.
    const untold = new Set(['knowledge.not_archivable', 'context.not_archivable'])
    const missing = [...new Set(codes)].filter((code) => !text.includes(`\`${code}\``))
    expect(missing.filter((code) => !untold.has(code))).toEqual([])
  })
})

/** Members of what the section answers, where the document says once what that is: "A **store** is …". */
function definedMembers(text: string, section: string): readonly string[] {
  const [, word] = /\bData: a ([a-z ]+)/.exec(section) ?? []
  const definitions = [...text.matchAll(/\bA \*\*([a-z ]+)\*\* is (.*?)\n\n/gs)]
  const [, , members = ''] = definitions.find(([, name]) => name === word) ?? []
  return [...members.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? '')
}

/** Codes of problems in a source, also those that are put together from a noun and a word. */
function findCodes(source: string): readonly string[] {
  const plain = [...source.matchAll(/\bcode: '([a-z]+(?:\.[a-z_]+)?)',\s+status\b/g)].map(([, code]) => code ?? '')
  const ofDocuments = [...source.matchAll(/\bcode: `\$\{noun(?:Of\([\w.]+\))?\}(\.\w+)`/g)].flatMap(([, reason]) => [
    `knowledge${reason}`,
    `context${reason}`,
  ])
  const ofInstructions = [...source.matchAll(/\brefuse\('(\w+)', \d{3},/g)].map(
    ([, reason]) => `instructions.${reason}`,
  )
  return [...plain, ...ofDocuments, ...ofInstructions]
}

/** Names of the members of an object, or of the objects in a list. */
function memberNames(schema: z.ZodType): readonly string[] {
  if ('element' in schema) return memberNames(schema.element as z.ZodType)
  return 'shape' in schema ? Object.keys(schema.shape as object) : []
}

function readSources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
}
