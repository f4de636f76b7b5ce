import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeBlock } from './describe-block.ts'
import { testChain } from './test-chain.ts'

const kindOf = (...data: readonly string[]) => describeBlock({ index: 1, data }).kind
const transition = { skill_id: 'a', prev_ast_hash: null, next_ast_hash: 'b' }

describe('the kind of a block', () => {
  it('is that of its record', () => {
    expect(testChain().map((block) => describeBlock(block).kind)).toEqual([
      'genesis',
      'skill_transition',
      'knowledge_update',
      'knowledge_update',
      'state_commit',
      'formalization_decision',
      'skillset_event',
      'system_upgrade',
      'record',
    ])
  })

  it.each<[string, string, string]>([
    ['a transition, which has no type', JSON.stringify(transition), 'skill_transition'],
    ['a transition with its type', JSON.stringify({ type: 'skill_transition', ...transition }), 'skill_transition'],
    ['a transition in a layout of its own', ` \n ${JSON.stringify(transition, undefined, 4)}`, 'skill_transition'],
    ['a part of a transition', '{"skill_id":"a","prev_ast_hash":"b"}', 'record'],
    ['a type alone', '{"type":"skill_transition"}', 'record'],
    ['a record of the caller', JSON.stringify({ type: 'record', ...transition }), 'record'],
    ['an unknown type', '{"type":"payment"}', 'record'],
    ['the first block, imitated', '{"type":"genesis"}', 'record'],
    ['a type that is no text', '{"type":["state_commit"]}', 'record'],
    ['a type that every object has', '{"type":"constructor"}', 'record'],
    ['a type in a prototype', '{"__proto__":{"type":"state_commit"}}', 'record'],
    ['a type that occurs twice', '{"type":"record","type":"state_commit"}', 'record'],
    ['a list', '["state_commit"]', 'record'],
    ['a text', 'state_commit', 'record'],
    ['nothing', '', 'record'],
    ['deep nesting', `{"a":${'['.repeat(100_000)}`, 'record'],
    ['half of a pair', '{"type":"state_commit","a":"\ud800"}', 'state_commit'],
    ['a megabyte', JSON.stringify({ type: 'state_commit', a: 'x'.repeat(1_048_576) }), 'record'],
    ['a megabyte of two bytes each', JSON.stringify({ type: 'state_commit', a: 'é'.repeat(600_000) }), 'record'],
  ])('is told by content: %s', (_name, text, kind) => expect(kindOf(text)).toBe(kind))

  it('is that of the first text with a kind of the system, and each text keeps its own', () => {
    const data = ['a note', '{"type":"state_commit"}', JSON.stringify(transition)]
    expect(describeBlock({ index: 3, data })).toEqual({
      kind: 'state_commit',
      records: [
        { kind: 'record', text: 'a note', members: undefined },
        { kind: 'state_commit', text: data[1], members: { type: 'state_commit' } },
        { kind: 'skill_transition', text: data[2], members: transition },
      ],
    })
    expect(kindOf()).toBe('record')
  })

  it('is found for any texts without an exception', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.json(), fc.string({ unit: 'binary' }))), (data) => {
        expect(describeBlock({ index: 1, data }).records.map(({ text }) => text)).toEqual(data)
      }),
    )
  })
})
