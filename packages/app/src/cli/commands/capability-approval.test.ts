import { describe, expect, it } from 'vitest'
import { ok, type JsonObject } from '@rumi/kernel/base'
import type { Client } from '../connect.ts'
import { style } from '../render/test-style.ts'
import type { Session } from '../session.ts'
import { approveReviewed } from './capability-approval.ts'

const key = `p:h:greeter:${'a'.repeat(64)}`
const hash = `sha256:${'c'.repeat(64)}`
const candidate: JsonObject = {
  ...{ candidate_key: key, status: 'pending', pack_id: 'p', slug: 'h', permission_id: 'greet.say' },
  ...{ entrypoint: 'handler.py:execute', content_hash: hash, principal_id: 'p__h' },
  ...{ description: 'greets\u001b[2J', risk: 'reads names' },
  files: [{ path: 'handler.py', size: 2048, sha256: 'b'.repeat(64) }],
}

/** Somebody who types an answer in front of a system that has one candidate. */
function setUp(typed: string, more: JsonObject = {}) {
  const said = { out: '', err: '' }
  const asked: unknown[] = []
  const session: Session = {
    ...{ ...style, environment: {}, currentFolder: '/', home: undefined, isJson: false },
    terminal: {
      ...style.terminal,
      isInteractive: true,
      out: (text) => void (said.out += text),
      err: (text) => void (said.err += text),
      ask: async (question) => {
        said.err += question
        return typed
      },
    },
  }
  const client: Client = {
    call: async (name, input = {}) => {
      asked.push([name, input])
      const one = { ...candidate, ...more }
      return ok(name === 'capability.requests' ? { items: [one], count: 1 } : { ...one, status: 'installed' })
    },
  }
  const approve = () => approveReviewed(session, client, { given: key, note: 'fine' })
  return { approve, said, asked }
}

const approval = ['capability.approve', { candidate_key: key, notes: 'fine', content_hash: hash }]
const look = ['capability.requests', { candidate_key: key }]

describe('an approval of a handler at a terminal', () => {
  it('shows what it is about and approves exactly what was shown', async () => {
    const { approve, said, asked } = setUp('y')
    expect([await approve(), asked]).toEqual([0, [look, approval]])
    const words = [hash, 'p:h', 'greet.say', 'handler.py:execute', 'p__h', 'reads names', key, '2.0 KiB', 'handler.py']
    for (const word of words) expect(said.out).toContain(word)
    expect(said.out).toContain(String.raw`greets\x1b[2J`)
    expect(said.err).toContain('[y/N]')
  })

  it.each(['', 'n', 'yesterday'])('approves nothing for "%s"', async (typed) => {
    const { approve, said, asked } = setUp(typed)
    expect([await approve(), asked]).toEqual([1, [look]])
    expect(said.err).toContain('Nothing was approved.')
  })

  it('asks nothing about what waits for no decision: the system says why', async () => {
    const { approve, said, asked } = setUp('n', { status: 'installed' })
    await approve()
    expect([asked, said.err.includes('[y/N]')]).toEqual([[look, approval], false])
  })

  it('approves nothing that cannot be shown', async () => {
    const { approve, said, asked } = setUp('y', { files: undefined as unknown as null })
    expect([await approve(), asked]).toEqual([1, [look]])
    expect(said.err).toMatch(/not kept any more[^]*hint: .*capability scan/)
  })
})
