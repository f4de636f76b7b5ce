/** `skills/chain_awareness.skill.ts`: what the record proves, and how to ask it. */
export const chainAwarenessSource = `export default skill('chain_awareness', {
  version: '1.0',
  title: 'Awareness of the record',
  use_when: 'When asked what changed, when and why, or whether the history is intact',
  guarantees: ['append_only', 'verifiable'],
  evolve: {
    allow: ['version', 'content', 'definition', 'formalization_notes'],
    deny: ['guarantees', 'evolve', 'behavior'],
  },
  content: \`
## What the record is for

The ledger only grows. Each entry is bound to all entries before it, so an entry that was edited, removed
or put in afterwards is found.

1. **Verify chain**: chain.verify recomputes the whole chain and compares it with what is stored.
2. **Record note**: chain.record adds a note. A note cannot look like an entry of the system.
3. **Commit state**: state.commit keeps a manifest over every byte of every layer, and can be restored
   in whole or in part by a proposal.
4. **Damage shown**: a damaged or shortened chain is shown as damaged. It never counts as an empty one.

## Answer from record

To answer from the record: find the entries, check the chain, quote them with their numbers. What the record
does not say is a guess, and is called one.
\`,
  definition: [
    toolCall('verify_chain', { command: 'chain.verify' }),
    toolCall('record_note', { command: 'chain.record' }),
    toolCall('commit_state', { command: 'state.commit' }),
    constraint('damage_shown', { required: true, scope: 'chain' }),
    plan('answer_from_record', { steps: ['find', 'check', 'quote'] }),
  ],
  formalization_notes: \`
The proofs are the work of the ledger. Named here are the questions that can be put to it.
\`,
  behavior(kairos) {
    return Promise.all([kairos.counters(), kairos.history()]).then(([counters, history]) => ({
      counters,
      entries: history.length,
    }))
  },
})
`
