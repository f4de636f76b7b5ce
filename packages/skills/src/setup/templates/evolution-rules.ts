/** `skills/evolution_rules.skill.ts`: when a skill may change, and on which road. */
export const evolutionRulesSource = `export default skill('evolution_rules', {
  version: '1.0',
  title: 'Rules of evolution',
  use_when: 'When a skill is to be changed or added',
  guarantees: ['bounded', 'reversible'],
  evolve: {
    allow: ['version', 'content', 'definition', 'formalization_notes'],
    deny: ['guarantees', 'evolve', 'behavior'],
  },
  content: \`
## Rules of evolution

1. **Consent to evolution**: a skill changes only while evolution is enabled and with the approval of the operator.
2. **Session limit**: evolution_count stays within max_evolutions_per_session. The count is kept by the home
   and survives a restart.
3. **Not immutable**: a skill that is listed in immutable_skills is out of reach.
4. **Evolve rules permit**: each changed field is held against what the evolve rules of the skill permit and deny.
   This skill permits a change of its content.

## Evolution workflow

The evolution workflow is propose, review, approve, apply, record. A proposal is stored with its tree hash,
its differences, its reason and the results of the automatic checks. Apply does all checks again
at that moment, because the world may have moved since the review.

## Going back

Every version is kept under the hash of its content and nothing is overwritten.
An earlier version returns as a proposal like any other.

## Review judgment

The review judgment stays with a person: does the change do what its reason says, and nothing else?
\`,
  definition: [
    constraint('consent_to_evolution', {
      required: true,
      condition: 'evolution_enabled == false or require_human_approval == true',
      description: 'Nothing evolves without the approval of the operator.',
    }),
    constraint('session_limit', {
      required: true,
      condition: 'evolution_count <= max_evolutions_per_session',
      description: 'Checked again when a proposal is applied.',
    }),
    constraint('not_immutable', {
      required: true,
      condition: 'skill not in immutable_skills',
      description: 'An immutable skill has no road to change.',
    }),
    check('evolve_rules_permit', { condition: "can_evolve('content')" }),
    plan('evolution_workflow', { steps: ['propose', 'review', 'approve', 'apply', 'record'] }),
    semanticReasoning('review_judgment', {
      prompt: 'Does the change do what its reason says, and nothing else?',
    }),
  ],
  formalization_notes: \`
Limits and lists are conditions; the order of the steps is a plan. The last question has no mechanical answer
and is marked as one for a person.
\`,
  behavior(kairos) {
    return Promise.all([kairos.config(), kairos.counters()]).then(([config, counters]) => ({ config, counters }))
  },
})
`
