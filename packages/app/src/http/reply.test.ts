import { describe, expect, it } from 'vitest'
import { err, ok } from '@rumi/kernel/base'
import { formatReply, replyTo } from './reply.ts'

describe('a reply', () => {
  it('has the value of a success', () => {
    expect(replyTo(ok([1]), undefined)).toEqual({ status: 200, body: { success: true, data: [1], error: null } })
  })

  it('has the problem of a failure, and no hint when there is none', () => {
    const problem = { code: 'pack.unknown', status: 404, message: 'Pack not found.' }
    const body = { success: false, data: null, error: 'Pack not found.' }
    expect(replyTo(err(problem), undefined)).toEqual({
      status: 404,
      body: { ...body, problem: { code: 'pack.unknown' } },
    })
    expect(replyTo(err({ ...problem, hint: 'Look.' }), () => 200).body).toEqual({
      ...body,
      problem: { code: 'pack.unknown', hint: 'Look.' },
    })
  })

  it('has both when a value is bad news', () => {
    const value = { status: 'timed_out', error: 'too slow', run_id: 'run_1' }
    expect(replyTo(ok(value), () => 408)).toEqual({
      status: 408,
      body: { success: false, data: value, error: 'too slow', problem: { code: 'run.timed_out' } },
    })
  })

  it.each([null, 5, 'x', [], { status: 1, error: {} }])('says something even when the bad news is %j', (value) => {
    expect(replyTo(ok(value), () => 500).body).toEqual({
      success: false,
      data: value,
      error: 'failed',
      problem: { code: 'run.failed' },
    })
  })

  it('is one line', () => {
    expect(formatReply({ success: true, data: 'a\nb\u2028', error: null })).toMatch(/^[^\n]*\n$/)
  })
})
