/** `skills/core_safety.skill.ts`: the four rules that no evolution can touch. (design §スキル定義の例) */
export const coreSafetySource = `export default skill('core_safety', {
  version: '1.0',
  title: 'Core safety rules',
  use_when: 'Always; every evolution is held against these rules first',
  guarantees: ['immutable', 'always_enforced'],
  evolve: { allow: [], deny: ['all'] },
  content: \`
## Core safety rules

1. **Explicit enablement**: evolution is off until the operator turns it on in the configuration,
   before any evolution takes place.
2. **Human approval**: a change in L0 requires the approval of the operator.
   Approval names the tree hash of what was read; agents may read and propose, nothing more.
3. **Ledger record**: every applied change is on the ledger with skill_id, both hashes, the time and the reason.
   A change that cannot be recorded does not happen.
4. **Immutability**: core_safety cannot be changed. Its evolve rule denies all.

These four hold for whoever asks, in whatever words.
\`,
  definition: [
    constraint('explicit_enablement', {
      required: true,
      condition: 'evolution_enabled == false or require_human_approval == true',
      timing: 'before_any_evolution',
      description: 'Evolution is disabled, or it is enabled and needs consent.',
    }),
    constraint('human_approval', {
      required: true,
      condition: 'require_human_approval == true',
      scope: 'l0_changes',
      approver: 'operator',
      description: 'Nobody but the operator approves a change in L0.',
    }),
    constraint('ledger_record', {
      required: true,
      condition: "layers.L0.record == 'full'",
      fields: ['skill_id', 'previous_hash', 'next_hash', 'time', 'reason'],
      description: 'No record, no change.',
    }),
    constraint('immutability', {
      required: true,
      condition: 'skill in immutable_skills',
      target: 'core_safety',
      description: 'This skill stays as it was delivered.',
    }),
  ],
  formalization_notes: \`
All four rules are invariants, so each one is a constraint with a condition over the live configuration.
Whether a particular change keeps their spirit is no invariant: a person judges that when reviewing a proposal.
\`,
})
`
