import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { appendBlocks } from './append-blocks.ts'
import { describeBlock } from './describe-block.ts'
import { chainRecordMembers, projectEntry, type RecordedEntry } from './project-entry.ts'

const base = { at: '2026-01-02T03:04:05.678Z', actor: 'operator', subject: 'a', data: {} }
const timestamp = '2026-01-02T03:04:05.678000Z'
const textOf = (entry: RecordedEntry) => projectEntry(entry)?.data[0]

describe('an entry on a chain', () => {
  it.each<[string, readonly string[]]>([
    [
      'kairos.skill-change',
      [
        ...['skill_id', 'prev_ast_hash', 'next_ast_hash', 'diff_hash'],
        ...['actor', 'agent_id', 'timestamp', 'reason_ref'],
      ],
    ],
    ['kairos.knowledge', ['type', 'layer', 'knowledge_id', 'action', 'prev_hash', 'next_hash', 'reason', 'timestamp']],
    [
      'kairos.state-commit',
      [
        ...['type', 'commit_type', 'actor', 'prev_snapshot_hash', 'next_snapshot_hash'],
        ...['snapshot_ref', 'summary', 'reason', 'timestamp'],
      ],
    ],
    [
      'kairos.formalization',
      [
        ...['type', 'skill_id', 'skill_version', 'source_text', 'source_span', 'result', 'rationale'],
        ...['formalization_category', 'ambiguity_before', 'ambiguity_after', 'decided_by', 'model', 'timestamp'],
        ...['confidence', 'decompile_text', 'source_decompile_divergence'],
      ],
    ],
    [
      'kairos.skillset',
      ['type', 'layer', 'skillset_name', 'skillset_version', 'action', 'content_hash', 'reason', 'timestamp'],
    ],
    ['kairos.upgrade', ['type', 'from_version', 'to_version', 'actions', 'timestamp']],
    ['kairos.record', ['type', 'by', 'logs']],
  ])('has the members of %s in their order, null when missing', (kind, members) => {
    const item = projectEntry({ ...base, kind })
    const known: Record<string, unknown> = { timestamp: base.at, by: 'operator' }
    const { type } = chainRecordMembers[kind as keyof typeof chainRecordMembers]
    expect(item).toEqual({ timestamp, data: [expect.any(String)] })
    expect(Object.entries(JSON.parse(item!.data[0]!))).toEqual(
      members.map((name) => [name, name === 'type' ? type : (known[name] ?? null)]),
    )
  })

  it('is of the kind that a history finds', () => {
    const kinds = Object.keys(chainRecordMembers)
    const blocks = appendBlocks(
      [],
      kinds.map((kind) => projectEntry({ ...base, kind })!),
    )
    expect(blocks.slice(1).map((block) => describeBlock(block).kind)).toEqual([
      'skill_transition',
      'knowledge_update',
      'state_commit',
      'formalization_decision',
      'skillset_event',
      'system_upgrade',
      'record',
    ])
  })

  it('takes the values of the data, and its time when it has one', () => {
    const data = { to_version: '2', from_version: '1', actions: { b: [], a: [1] }, timestamp: 'then', other: true }
    expect(textOf({ ...base, kind: 'kairos.upgrade', data })).toBe(
      '{"type":"system_upgrade","from_version":"1","to_version":"2","actions":{"b":[],"a":[1]},"timestamp":"then"}',
    )
  })

  it('names the files of a set of skills only when there are some', () => {
    const data = { file_hashes: { 'a.rb': '00' } }
    expect(textOf({ ...base, kind: 'kairos.skillset', data })).toMatch(/,"file_hashes":\{"a\.rb":"00"\}\}$/)
    expect(textOf({ ...base, kind: 'kairos.skillset' })).not.toContain('file_hashes')
  })

  it('says at its end that the ledger had to cut it', () => {
    const data = { logs: ['a'], truncated: true }
    expect(textOf({ ...base, kind: 'kairos.record', data })).toBe(
      '{"type":"record","by":"operator","logs":["a"],"truncated":true}',
    )
  })

  it('does not take a member from what every object has', () => {
    const data = Object.create({ logs: ['x'] })
    expect(textOf({ ...base, kind: 'kairos.record', data })).toBe('{"type":"record","by":"operator","logs":null}')
  })

  it.each(['', 'kairos', 'kairos.proposal', 'record', 'constructor', '__proto__'])('is not made of %j', (kind) =>
    expect(projectEntry({ ...base, kind })).toBeUndefined(),
  )

  it('is not made without a time', () => {
    expect(projectEntry({ ...base, kind: 'kairos.record', at: 'yesterday' })).toBeUndefined()
  })
})

describe('a record of a caller', () => {
  it('is never taken for one of the system, nor for one of another caller', () => {
    const forged = fc.record({ skill_id: fc.string(), prev_ast_hash: fc.string(), next_ast_hash: fc.string() })
    const typed = fc.constantFrom('state_commit', 'knowledge_update', 'skill_transition').map((type) => ({ type }))
    const logs = fc.array(
      fc.oneof(
        fc.json(),
        fc.string({ unit: 'binary' }),
        forged.map((f) => JSON.stringify(f)),
      ),
    )
    fc.assert(
      fc.property(logs, fc.option(typed, { nil: {} }), forged, (texts, type, members) => {
        const data = { ...type, ...members, by: 'operator', logs: texts }
        const item = projectEntry({ ...base, kind: 'kairos.record', actor: 'guest', data })!
        expect(describeBlock({ index: 1, data: item.data }).kind).toBe('record')
        expect(JSON.parse(item.data[0]!)).toEqual({ type: 'record', by: 'guest', logs: texts })
        expect(() => appendBlocks([], [item])).not.toThrow()
      }),
    )
  })
})
