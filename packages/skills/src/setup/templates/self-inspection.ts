/** `skills/self_inspection.skill.ts`: the system can say what it consists of. (design §自己参照的内省) */
export const selfInspectionSource = `export default skill('self_inspection', {
  version: '1.0',
  title: 'Self-inspection',
  use_when: 'When asked what the system is, what it may do or whether its rules hold',
  guarantees: ['read_only', 'truthful'],
  evolve: {
    allow: ['version', 'content', 'definition', 'formalization_notes'],
    deny: ['guarantees', 'evolve', 'behavior'],
  },
  content: \`
## Self-inspection

The system answers questions about itself from its own data, not from memory.

1. **Inspect definition**: definition.verify holds each statement of a skill against the live configuration and
   answers satisfied, unsatisfied, unknown or for a person, with the values it used.
2. **Listed skill**: this skill is one of the allowed skills, so it can be inspected by its own means.

## Inspection order

The inspection order is list, verify, compare, report: list the skills, verify their definitions,
compare content with definition, report what was not evaluated as plainly as what was.

## Behavior

The behavior of this skill lists every skill with its version and its evolve rules. It runs in a sandbox
with a read-only view and has no way to write, to open a connection or to call an operation.
\`,
  definition: [
    toolCall('inspect_definition', { command: 'definition.verify' }),
    constraint('listed_skill', { required: true, condition: 'skill in allowed_skills' }),
    plan('inspection_order', { steps: ['list', 'verify', 'compare', 'report'] }),
  ],
  formalization_notes: \`
Inspection is reading. What it reads is named here so that a reader can do the same by hand.
\`,
  behavior(kairos) {
    return kairos.skills().then((skills) => skills.map(({ id, version, evolve }) => ({ id, version, evolve })))
  },
})
`
