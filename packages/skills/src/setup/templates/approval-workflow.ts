/** `skills/approval_workflow.skill.ts`: from a proposal to an applied change, and what is checked on the way. */
export const approvalWorkflowSource = `export default skill('approval_workflow', {
  version: '1.0',
  title: 'From proposal to change',
  use_when: 'When preparing, reviewing or applying a proposal',
  guarantees: ['human_oversight', 'checked_twice'],
  evolve: {
    allow: ['version', 'content', 'definition', 'formalization_notes'],
    deny: ['guarantees', 'evolve', 'behavior'],
  },
  content: \`
## Approval workflow

The approval workflow has six steps: propose, check, review, approve, apply, record.

1. **Propose change**: skills.propose stores the source, its tree hash, the differences, the reason and a date
   of expiry. The source is parsed and never run.
2. **Approve change**: skills.approve belongs to the operator and names the tree hash. Agents cannot call it.
   Another hash than the stored one is refused.
3. **Apply change**: skills.apply repeats every check at that moment and writes exactly the tree that was approved.
   If one check fails, no file is touched.
4. **Separate approval**: proposing and approving are separate operations; the approval of one proposal says
   nothing about another.
5. **Reason given**: a proposal without a reason is refused, and the reason goes on the ledger.

## Automatic checks

- Consistency: the source parses, its ids are the ids that were announced, the skill is allowed and not immutable,
  the evolve rules permit each changed field.
- Authority: evolution is enabled and the session has evolutions left.
- Scope: the version before the change is kept, so there is a way back.
- Traceability: there is a reason.

## Purpose judgment

The purpose judgment is for the reviewer: which rule of L0 does this change serve, and would the reason
convince someone who was not there?
\`,
  definition: [
    plan('approval_workflow', { steps: ['propose', 'check', 'review', 'approve', 'apply', 'record'] }),
    toolCall('propose_change', { command: 'skills.propose' }),
    constraint('approve_change', {
      required: true,
      condition: 'require_human_approval == true',
      approver: 'operator',
      description: 'skills.approve is no call of an agent, so it is no call of this skill.',
    }),
    toolCall('apply_change', { command: 'skills.apply' }),
    constraint('separate_approval', { required: true, scope: 'proposal' }),
    constraint('reason_given', { required: true, fields: ['reason'] }),
    semanticReasoning('purpose_judgment', {
      prompt: 'Which rule of L0 does this change serve, and would the reason convince someone who was not there?',
    }),
  ],
  formalization_notes: \`
The automatic checks are made by the system when a proposal is stored and again when it is applied. This skill
names them for readers; it does not contain them, so changing this text cannot weaken a check.
\`,
})
`
