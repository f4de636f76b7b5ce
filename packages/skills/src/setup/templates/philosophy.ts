/** `skills/kairos.md`: the philosophy, L0-A. No operation writes it. (design §ディレクトリ構造) */
export const philosophy = `# Kairos: why the skills of this place are data

No operation changes this document. It says what the rules are for; the rules themselves are the skills beside it.

| ID | Title | Use when |
|---|---|---|
| KAI-010 | Skills are data | You wonder why a skill is not simply a text |
| KAI-020 | Three views of one rule | You write or read a skill |
| KAI-030 | Layers | You decide where something belongs |
| KAI-040 | Consent | You want to change a rule |
| KAI-050 | The record | You ask what happened, or whether it can be believed |
| KAI-060 | Rules that govern themselves | You want to change how rules change |
| KAI-070 | What is checked and what is judged | A report says unknown or for a person |
| KAI-080 | Going back | Something went wrong |
| KAI-090 | What a machine may do here | You are an agent, or you let one work here |

## [KAI-010] Skills are data

A skill tells a machine how to act. As loose text it can say one thing to its author and another to its reader, it
can change without a trace, and nobody can compare two versions but by reading both.

Here a skill is a tree of named parts, read from a source that is never run. Its parts can be listed, compared,
checked and hashed. The hash names exactly this tree: two sources that mean the same have the same hash, and one
changed word gives another.

## [KAI-020] Three views of one rule

A skill says what it says up to three times. The content is prose for people. The definition is the same as
statements that a program can check: constraints, checks, plans, calls, and questions that only a person can answer.
The behavior is code; it runs in a sandbox, sees a read-only view and has no other way out.

The views have to agree. Where the prose demands what no statement says, or a statement is found nowhere in the prose,
the system reports drift. Which of the two is right is for a person to say.

## [KAI-030] Layers

Not everything deserves the same care. L0 holds this philosophy and the rules; a change of a rule takes a proposal
and an approval, and is recorded in full. L1 holds what the project knows; everybody at work may write there, and the
hash of each change is recorded. L2 holds the notes of one session and records nothing.

Things rise when they have proved themselves: a note becomes knowledge, knowledge becomes a rule. Each step up asks
for more care than the one below.

## [KAI-040] Consent

Agents may read and propose. Only the operator approves, by naming the hash of the tree that was read, and one
approval covers one tree. Between review and application nothing can be exchanged, because another tree has
another name.

Application checks everything again: a rule that was lawful yesterday may not be lawful now. If one check fails
nothing is written at all.

## [KAI-050] The record

Every change of a rule is on the ledger with its reason, the tree before and the tree after. Entries are bound to one
another, so that an edit, a gap or a shortened end is found. A change that cannot be recorded is not made.

The record is memory, not judgment. It shows who decided and why; it does not show that the decision was good.

## [KAI-060] Rules that govern themselves

What decides about a rule is itself a rule, in the same language and on the same road. The skill l0_governance lists
what may change; to alter that list is to propose a change of l0_governance. No setting outside of L0 can widen what
L0 allows.

One skill is out of reach: core_safety stays as it is. A system that could vote away its own consent would have none.

## [KAI-070] What is checked and what is judged

A check answers satisfied, unsatisfied or unknown, with the values it used. Unknown is an answer: it means that
something was missing, and it is never counted as a success. Some statements are marked as questions for a person;
no program answers them, and no report hides them.

## [KAI-080] Going back

Nothing is overwritten. Each version of a skill is kept under the hash of its content, and a state commit names every
byte of every layer. The way back is a proposal like any other: an older tree, a reason, a review, an approval.

## [KAI-090] What a machine may do here

Read everything that is not secret. Say what is known, what is inferred and what is unknown. Keep notes in L2, write
down in L1 what was learned, propose for L0 what ought to hold. Give a reason that will convince someone who was not
there. Do not look for a way around an approval: that there is none is the reason why you may work here.
`
