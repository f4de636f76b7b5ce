import { describe, expect, it } from 'vitest'
import { createFixedClock, createMemoryState } from '@rumi/kernel/testing'
import { skillIdSchema } from '@rumi/skills/base'
import { ProposalBook } from './proposal-book.ts'

function start() {
  const clock = createFixedClock(1000)
  const state = createMemoryState(clock)
  let drawn = 0
  const random = {
    bytes: (count: number) => {
      drawn += 1
      return new Uint8Array(
        Buffer.alloc(count)
          .fill(0)
          .map((_, at) => (drawn >> (8 * at)) & 255),
      )
    },
  }
  const book = new ProposalBook({ state, clock, random })
  const propose = async (by: string) => {
    const hash = `sha256:${'a'.repeat(64)}`
    const wish = { kind: 'skill', skillId: skillIdSchema.parse('probe'), base: null, source: null } as const
    return book.keep(book.draft({ wish, subject: 'probe', hash, reason: 'r', by, checks: [] }), [])
  }
  return { book, propose }
}

describe('proposals that wait', () => {
  it('are at most 200 of one actor, and nobody takes the places of another', async () => {
    const { book, propose } = start()
    for (let count = 0; count < 200; count += 1) expect(await propose('delegate/http')).toMatchObject({ ok: true })
    expect(await propose('delegate/http')).toMatchObject({
      ok: false,
      error: { code: 'proposal.too_many', status: 409 },
    })
    expect(await propose('operator/cli')).toMatchObject({ ok: true })
    const last = book.list().proposals.find(({ by }) => by === 'delegate/http')
    await book.reject(last?.id ?? '', 'no', 'operator/cli')
    expect(await propose('delegate/http')).toMatchObject({ ok: true })
  })
})
