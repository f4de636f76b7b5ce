/** `skills/kairos_quickguide.md`: what an agent is told in the mode `user`. */
export const quickguide = `# Kairos in short

You work in a home whose skills are data with layers, consent and a record. Use what is there, keep it in order.

## Layers

| Layer | Holds | You may |
|---|---|---|
| L0 | philosophy and rules (skills) | read, verify, propose |
| L1 | knowledge of the project | read, search, create, update |
| L2 | notes of this session | read, save |

## At the start

1. Search the knowledge for what the task is about before you ask or guess.
2. List the skills; read those whose "use when" fits the task.
3. If a state commit is due, say so.

## While you work

- Save intermediate results, hypotheses and open questions as context (L2), under one session name.
- When something was useful twice, propose to promote it to knowledge (L1), with a reason.
- When something ought to hold for everyone, propose a skill (L0). The operator decides.

## What to say

- A change is made when the operation says that it is recorded. Not before.
- A report with unknown statements, or with statements for a person, is not "all passed". Name them.
- You cannot approve. Give the operator the number of the proposal, its tree hash and its differences.

## Where things are

| Question | Operation |
|---|---|
| Which rules are there? | skills.list, skills.show |
| Does this rule hold now? | definition.verify |
| Do text and definition agree? | definition.drift |
| What do we know about it? | knowledge.search |
| What changed, and why? | chain.history, state.history |
| Is the history intact? | chain.verify |
| What is old or in conflict? | skills.audit |
`
