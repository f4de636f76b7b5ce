/** `skills/layer_awareness.skill.ts`: what each layer is for and who may change it. (design §レイヤーベースガバナンス) */
export const layerAwarenessSource = `export default skill('layer_awareness', {
  version: '1.0',
  title: 'Awareness of layers',
  use_when: 'When deciding where something belongs or what a change of it needs',
  guarantees: ['truthful'],
  evolve: {
    allow: ['version', 'content', 'definition', 'formalization_notes'],
    deny: ['guarantees', 'evolve', 'behavior'],
  },
  content: \`
## Layer Structure

| Layer | Folder | What it is | Who changes it | Record |
|---|---|---|---|---|
| L0-A | skills/kairos.md | the philosophy | nobody through an operation | none |
| L0-B | skills | rules as data | the operator, by approving a proposal | full |
| L1 | knowledge | what the project knows | agents and the operator | hash_only |
| L2 | context | notes of one session | agents and the operator | none |

1. **L0 record**: a change in L0 leaves a full record: both trees, the differences and the reason.
2. **L1 record**: a change in L1 leaves its hash on the ledger (hash_only). The text itself stays in the folder.
3. **L2 record**: a change in L2 leaves none. Session notes are cheap to write and cheap to drop.

## Promotion path

The promotion path leads from L2 to L1 to L0, one step at a time. Up to L1 a document is copied;
up to L0 it has to become a skill with a definition, and that is a proposal.

## Where to put something

Begin in L2. What proved useful twice belongs in L1. What other things have to obey belongs in L0.
\`,
  definition: [
    constraint('l0_record', { required: true, condition: "layers.L0.record == 'full'" }),
    constraint('l1_record', { required: true, condition: "layers.L1.record in ['full', 'hash_only']" }),
    constraint('l2_record', { required: true, condition: "layers.L2.record in ['full', 'hash_only', 'none']" }),
    plan('promotion_path', { steps: ['L2', 'L1', 'L0'] }),
  ],
  formalization_notes: \`
What a layer leaves on the ledger is policy of l0_governance; the conditions here hold it against the least
that each layer owes.
\`,
})
`
