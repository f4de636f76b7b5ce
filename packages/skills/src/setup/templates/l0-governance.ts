/** `skills/l0_governance.skill.ts`: the policy for L0, as data that a program reads. (design §レイヤーベースガバナンス) */
export const l0GovernanceSource = `export default skill('l0_governance', {
  version: '1.0',
  title: 'How L0 governs itself',
  use_when: 'Before proposing, approving or applying a change of an L0 skill',
  guarantees: ['self_referential', 'human_oversight'],
  evolve: {
    allow: ['version', 'content', 'definition', 'formalization_notes'],
    deny: ['guarantees', 'evolve', 'behavior'],
  },
  content: \`
## How L0 governs itself

Whether a change of an L0 skill is lawful is decided here and nowhere outside of L0.
The values are data in the definition: a program reads them, a person can check them,
and changing them takes the same road as any other change.

1. **Allowed skills**: a change must concern one of the allowed skills, which are
   l0_governance, core_safety, evolution_rules, layer_awareness, approval_workflow, self_inspection,
   chain_awareness and audit_rules. Another name has to be allowed here first.
2. **Immutable skills**: core_safety is never changed, by nobody, whatever this list says.
3. **Require human approval**: true. The operator approves a change by naming the tree hash that was reviewed.
4. **Recording**: a change in L0 leaves a full record, a change in L1 its hash only (hash_only), a change in L2 none.
5. **Session limit**: at most 3 evolutions are applied in one session.
6. **External modification**: proposals come from the local home. What an import, an archive or a peer brings
   is never applied to L0 by itself.

A value that is missing, unreadable or at odds with another is read in the strictest way:
nothing is allowed, approval is required, everything is recorded.
\`,
  definition: [
    constraint('allowed_skills', {
      required: true,
      value: [
        'l0_governance',
        'core_safety',
        'evolution_rules',
        'layer_awareness',
        'approval_workflow',
        'self_inspection',
        'chain_awareness',
        'audit_rules',
      ],
      condition: 'skill in allowed_skills',
      description: 'An L0 skill that is not named here can be neither added nor changed.',
    }),
    constraint('immutable_skills', {
      required: true,
      value: ['core_safety'],
      condition: "'core_safety' in immutable_skills",
      description: 'No proposal for one of these is ever applied.',
    }),
    constraint('require_human_approval', {
      required: true,
      value: true,
      condition: 'require_human_approval == true',
      description: 'The operator approves by naming the tree hash; agents cannot approve.',
    }),
    constraint('recording', {
      required: true,
      value: { L0: 'full', L1: 'hash_only', L2: 'none' },
      condition: "layers.L0.record == 'full'",
      description: 'What the ledger keeps of a change, by layer.',
    }),
    constraint('session_limit', {
      required: true,
      value: 3,
      condition: 'evolution_count <= max_evolutions_per_session',
      description: 'The smaller of this number and the configured one holds.',
    }),
    constraint('external_modification', {
      required: true,
      scope: 'l0',
      value: { origin: 'local', rejected: ['import', 'archive', 'peer'] },
      description: 'What arrives from elsewhere can only become a local proposal.',
    }),
  ],
  formalization_notes: \`
Every value that decides about a change is a constraint with a value, so that nobody has to run or interpret
anything to know the policy. The prose repeats the values for readers; drift between the two is reported.
\`,
})
`
