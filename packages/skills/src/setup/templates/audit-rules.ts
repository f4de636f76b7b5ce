/** `skills/audit_rules.skill.ts`: how knowledge is kept in order, and what of it needs the operator. */
export const auditRulesSource = `export default skill('audit_rules', {
  version: '1.0',
  title: 'Rules of audit',
  use_when: 'When checking knowledge and context for staleness, conflicts or things to archive',
  guarantees: ['nothing_deleted', 'human_oversight'],
  evolve: {
    allow: ['version', 'content', 'definition', 'formalization_notes'],
    deny: ['guarantees', 'evolve', 'behavior'],
  },
  content: \`
## Rules of audit

1. **Run audit**: skills.audit reads every layer and reports; it changes nothing and needs no approval.
2. **Archive document**: knowledge.archive moves a document aside with a reason. Nothing is deleted, and the way
   back is open.
3. **Archive approval**: to archive or unarchive requires the approval of the operator.
4. **Stale after days**: a document of L1 is stale after 180 days, one of L2 after 14.
   L0 has no age: a rule is not wrong because it is old.
5. **Archive after days**: a document of L1 is a candidate after 270 days, one of L2 after 28.

## Audit assembly

An audit can be discussed by an assembly of personas. The audit assembly begins oneshot with the facilitator
kairos; a discussion has at most 3 rounds and agrees at 0.6. It advises and decides nothing.

## Archive judgment

The archive judgment is for a person: is this document wrong, replaced, or only quiet?
\`,
  definition: [
    toolCall('run_audit', { command: 'skills.audit' }),
    toolCall('archive_document', { command: 'knowledge.archive', approver: 'operator' }),
    constraint('archive_approval', { required: true, approver: 'operator', value: ['archive', 'unarchive'] }),
    constraint('stale_after_days', { value: { L1: 180, L2: 14 } }),
    constraint('archive_after_days', { value: { L1: 270, L2: 28 } }),
    constraint('audit_assembly', {
      value: { mode: 'oneshot', facilitator: 'kairos', max_rounds: 3, consensus_threshold: 0.6 },
    }),
    semanticReasoning('archive_judgment', { prompt: 'Is this document wrong, replaced, or only quiet?' }),
  ],
  formalization_notes: \`
The ages are rules of thumb and are values, so that a change of one is a change that is seen.
\`,
})
`
