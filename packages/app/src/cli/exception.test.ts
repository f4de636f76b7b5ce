import { describe, expect, it } from 'vitest'
import { en } from '../messages/index.ts'
import { createExceptionHandler } from './exception.ts'

const unavailable = { code: 'storage.unavailable', status: 503 }

function handle(error: unknown) {
  const lines: string[] = []
  const handler = createExceptionHandler({
    write: (line) => lines.push(line),
    newId: () => 'id-1',
    now: () => '2026-07-28T00:00:00.000Z',
    messages: en,
  })
  return { problem: handler(error), lines }
}

describe('an exception', () => {
  it('is told by its id alone, and logged as one line with its details', () => {
    const { problem, lines } = handle(new Error('/etc/secret \u001b[2J\nsecond line'))
    expect(problem).toMatchObject({ code: 'internal', status: 500, message: expect.stringContaining('id-1') })
    expect(JSON.stringify(problem)).not.toContain('/etc/secret')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^[^\n\u001b]*\n$/)
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'error',
      id: 'id-1',
      code: 'internal',
      detail: expect.stringContaining('/etc/secret \u001b[2J\nsecond line'),
    })
  })

  it.each([
    ['a thrown text', 'text', { code: 'internal', status: 500 }],
    ['a missing file', Object.assign(new Error('x'), { code: 'ENOENT' }), { code: 'internal', status: 500 }],
    ['a store on a full disk', Object.assign(new Error('x'), { kind: 'full' }), unavailable],
    ['a store on a failed disk', Object.assign(new Error('x'), { kind: 'broken' }), unavailable],
    ['a store that is closed', Object.assign(new Error('x'), { kind: 'closed' }), unavailable],
    ['a file on a full disk', Object.assign(new Error('x'), { code: 'ENOSPC' }), unavailable],
    ['a database on a full disk', Object.assign(new Error('x'), { errcode: 13 }), unavailable],
    [
      'a link where a folder of the skills belongs',
      Object.assign(new Error('x'), { kind: 'not-a-folder', path: 'skills' }),
      { code: 'kairos.obstructed', status: 409, message: expect.stringContaining('.kairos/skills') },
    ],
    [
      'a folder where a file of the skills belongs',
      Object.assign(new Error('x'), { kind: 'not-a-file', path: 'skills/kairos.md' }),
      { code: 'kairos.obstructed', status: 409, message: expect.stringContaining('.kairos/skills/kairos.md') },
    ],
    ['another fault with a path', Object.assign(new Error('x'), { kind: 'odd', path: '/etc' }), { code: 'internal' }],
  ])('of %s becomes its problem', (_, error, problem) => {
    expect(handle(error).problem).toMatchObject(problem)
  })
})
