import { describe, expect, it } from 'vitest'
import { ok, type JsonObject } from '@rumi/kernel/base'
import type { Client } from '../connect.ts'
import { style } from '../render/test-style.ts'
import type { Session } from '../session.ts'
import { approveReviewed } from './skill-decisions.ts'

const id = 'prop_0123456789abcdef'
const hash = `sha256:${'c'.repeat(64)}`
const proposal: JsonObject = {
  ...{ proposal_id: id, kind: 'skill', subject: 'seasons', hash, status: 'open', reason: 'autumn' },
  ...{ by: 'delegate/mcp', at: '2026-01-01T00:00:00.000Z', expires_at: '2026-01-08T00:00:00.000Z', files: [] },
  ...{ approved_by: null, approved_at: null, rejected_by: null, rejection: null, applied_at: null, revision: null },
}

/** Somebody who types an answer in front of a system that has one proposal. */
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
      if (name === 'skills.approve') return ok({ ...proposal, status: 'approved' })
      const skills = [{ id: 'seasons', change: 'changed', text: '+ autumn\u001b[2J' }]
      return ok({ proposal: { ...proposal, ...more }, skills, checks: [], files: [], ready: true })
    },
  }
  const approve = (yes: boolean) => approveReviewed(session, client, { id, yes })
  return { approve, said, asked }
}

const look = ['skills.proposal', { proposal_id: id }]
const approval = ['skills.approve', { proposal_id: id, hash }]

describe('an approval of a proposal at a terminal', () => {
  it('shows what it changes and approves exactly what was shown', async () => {
    const { approve, said, asked } = setUp('y')
    expect(await approve(false)).toBe(0)
    expect(asked).toEqual([look, approval])
    expect(said.out).toContain(String.raw`+ autumn\x1b[2J`)
    expect(said.out).toContain(hash)
    expect(said.err).toContain(`Approve exactly this change (${id})? [y/N]`)
    expect(said.err).toContain(`Apply it: bin/rumi skills apply ${id}\n`)
  })

  it.each(['', 'n', 'maybe'])('approves nothing when the answer is "%s"', async (typed) => {
    const { approve, said, asked } = setUp(typed)
    expect(await approve(false)).toBe(1)
    expect(asked).toEqual([look])
    expect(said.err).toContain('Nothing was approved.')
  })

  it('with --yes shows it all the same, and asks nobody', async () => {
    const { approve, said, asked } = setUp('n')
    expect(await approve(true)).toBe(0)
    expect(asked).toEqual([look, approval])
    expect(said.out).toContain('autumn')
    expect(said.err).not.toContain('[y/N]')
  })

  it('asks nobody about one that cannot be decided about any more: the system says why', async () => {
    const { approve, said, asked } = setUp('n', { status: 'expired' })
    await approve(false)
    expect(asked).toEqual([look, approval])
    expect(said.err).not.toContain('[y/N]')
  })
})
