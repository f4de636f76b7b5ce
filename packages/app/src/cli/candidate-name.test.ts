import { expect, it } from 'vitest'
import { chooseCandidates } from './candidate-name.ts'

const candidate = (slug: string, status: string, digest: string) => ({
  candidate_key: `pack:${slug}:handler:${digest}`,
  status,
  pack_id: 'pack',
  slug,
})
const [old, fresh, twin] = [
  candidate('read', 'installed', 'a'),
  candidate('read', 'pending', 'b'),
  candidate('read', 'pending', 'c'),
]
const all = [old, fresh, candidate('write', 'pending', 'd')]

it.each([
  ['the one that waits, beside the installed one of before', all, ['pending'], [fresh]],
  ['the installed one', all, ['installed'], [old]],
  ['all of that name when none can be decided about', all, ['blocked'], [old, fresh]],
  ['all that wait', [...all, twin], ['pending'], [fresh, twin]],
])('pack:slug means %s', (...[, candidates, statuses, expected]) => {
  expect(chooseCandidates(candidates, 'pack:read', statuses)).toEqual(expected)
})

it('a name that nobody has means none, nor does half of one', () => {
  for (const name of ['pack:list', 'pack', 'read', ':', ''])
    expect(chooseCandidates(all, name, ['pending'])).toEqual([])
})
