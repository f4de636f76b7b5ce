import { err, ok, type Clock, type Outcome, type Random } from '@rumi/kernel/base'
import type { StateReader, StateStore } from '@rumi/kernel/state'
import {
  decideApproval,
  decideRejection,
  expiryOf,
  proposalCollection,
  standingOf,
  type Check,
  type ProposalRecord,
  type Wish,
} from '@rumi/skills/governance'
import { tooManyProposals, unknownProposal, unreadableProposal } from './problems.ts'

/** Proposals of one actor that wait; whoever has more to propose has to wait for decisions. */
const maxWaiting = 200

/**
 * Files that waiting proposals may name together, twice as many as one may: all of them are read whenever one is kept or
 * all are listed, so proposals to bring a large state back, again and again, would fill the memory.
 */
const maxWaitingFiles = 40_000

/** A proposal before it is kept. */
export interface NewProposal {
  readonly wish: Wish
  readonly subject: string
  readonly hash: string
  readonly reason: string
  readonly by: string
  readonly checks: readonly Check[]
}

/** Proposals and what was decided about them. */
export class ProposalBook {
  readonly #state: StateStore
  readonly #clock: Clock
  readonly #random: Random

  constructor(ports: { readonly state: StateStore; readonly clock: Clock; readonly random: Random }) {
    this.#state = ports.state
    this.#clock = ports.clock
    this.#random = ports.random
  }

  /** All of them, newest first, and the ids of those that cannot be read. */
  list(): { readonly proposals: readonly ProposalRecord[]; readonly unreadable: readonly string[] } {
    return this.#state.read(listIn)
  }

  find(id: string): Outcome<ProposalRecord> {
    return this.#state.read((reader) => findProposal(reader, id))
  }

  /** A record that is not kept. */
  draft(proposal: NewProposal): ProposalRecord {
    const at = this.#clock.now()
    const id = `prop_${Buffer.from(this.#random.bytes(8)).toString('hex')}`
    return { id, ...proposal, at, expiresAt: expiryOf(at), status: 'open' }
  }

  /** Keeps it with the contents that it names. Problem: `proposal.too_many` 409. */
  async keep(proposal: ProposalRecord, blobs: readonly Uint8Array[]): Promise<Outcome<ProposalRecord>> {
    return this.#state.write((writer) => {
      // Everybody has a share of their own: a delegate that proposes without end stops no operator.
      const waiting = listIn(writer).proposals.filter(
        (other) => other.by === proposal.by && ['open', 'approved'].includes(standingOf(other, proposal.at)),
      )
      if (waiting.length >= maxWaiting) return err(tooManyProposals(`${maxWaiting} proposals wait`))
      if (countFiles([...waiting, proposal]) > maxWaitingFiles)
        return err(tooManyProposals(`Proposals about ${countFiles(waiting)} files wait`))
      for (const bytes of blobs) writer.putBlob(bytes)
      writer.putDocument(proposalCollection, proposal.id, proposal)
      const data = { proposal: proposal.id, hash: proposal.hash, reason: proposal.reason, kind: proposal.wish.kind }
      writer.append({ kind: 'kairos.propose', actor: proposal.by, subject: proposal.subject, data })
      return ok(proposal)
    })
  }

  /** Approves what the hash names. */
  async approve(id: string, hash: string, by: string): Promise<Outcome<ProposalRecord>> {
    return this.#decide({ id, kind: 'kairos.approve', by }, (proposal) =>
      decideApproval(proposal, { hash, by, at: this.#clock.now() }),
    )
  }

  async reject(id: string, reason: string, by: string): Promise<Outcome<ProposalRecord>> {
    return this.#decide({ id, kind: 'kairos.reject', by, reason }, (proposal) =>
      decideRejection(proposal, { reason, by, at: this.#clock.now() }),
    )
  }

  async #decide(
    decision: { readonly id: string; readonly kind: string; readonly by: string; readonly reason?: string },
    decide: (proposal: ProposalRecord) => Outcome<ProposalRecord>,
  ): Promise<Outcome<ProposalRecord>> {
    const { id, kind, by, reason } = decision
    return this.#state.write((writer) => {
      const found = findProposal(writer, id)
      if (!found.ok) return found
      const decided = decide(found.value)
      if (!decided.ok) return decided
      writer.putDocument(proposalCollection, id, decided.value)
      const data = { proposal: id, hash: decided.value.hash, ...(reason === undefined ? {} : { reason }) }
      writer.append({ kind, actor: by, subject: decided.value.subject, data })
      return decided
    })
  }
}

/** A proposal as a reader, or a write, sees it. Problems: `proposal.unknown` 404, `proposal.unreadable` 500. */
export function findProposal(reader: StateReader, id: string): Outcome<ProposalRecord> {
  const found = reader.documents.find(proposalCollection, id)
  if (found === undefined) return err(unknownProposal(id))
  return found === 'unreadable' ? err(unreadableProposal(id)) : ok(found)
}

function listIn(reader: StateReader): ReturnType<ProposalBook['list']> {
  const kept = reader.documents.list(proposalCollection)
  const proposals = kept.flatMap(({ record }) => (record === 'unreadable' ? [] : [record]))
  const unreadable = kept.flatMap(({ id, record }) => (record === 'unreadable' ? [id] : []))
  return { proposals: proposals.toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)), unreadable }
}

function countFiles(proposals: readonly ProposalRecord[]): number {
  return proposals.reduce((sum, { wish }) => sum + (wish.kind === 'files' ? wish.changes.length : 0), 0)
}
