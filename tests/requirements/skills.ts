import type { Requirement } from './requirement.ts'

const evolution = 'tests/kairos/evolution.test.ts'
const governance = 'tests/kairos/defects-governance.test.ts'
const record = 'tests/kairos/defects-record.test.ts'
const doors = 'tests/kairos/defects-doors.test.ts'
const older = 'tests/kairos/older-home.test.ts'
const behavior = 'tests/kairos/behavior.test.ts'
const reviewed = 'tests/kairos/reviewed-tree.test.ts'
const journal = 'packages/app/src/kairos/file-journal.test.ts'
const decide = 'packages/skills/src/governance/decide.test.ts'

/** Promises about skills. */
export const skillRequirements: readonly Requirement[] = [
  {
    id: 'SKILL-1',
    promise:
      'A definition is parsed and never evaluated, in TypeScript and in Ruby, when it is read and when it is proposed.',
    source: 'design §真実のソースポリシー; threat model',
    proof: `${governance} › K01: a proposal runs no code, neither in TypeScript nor in Ruby, and code outside of a behavior is refused`,
  },
  {
    id: 'SKILL-2',
    promise:
      'L0 changes only by a proposal that the operator approved by its hash; what is applied is what was reviewed.',
    source: 'design §レイヤーベースガバナンス',
    proof: [
      `${evolution} › changes nothing when it is proposed, and exactly what was reviewed when it is applied`,
      `${evolution} › needs the operator: a delegate neither approves nor rejects nor begins a new session`,
      `${evolution} › is approved by the hash that was reviewed and by no other`,
      `${reviewed} › a proposal that is approved and applied yields exactly the reviewed tree, whatever it was before`,
      `${decide} › is approved by the hash that was reviewed, and by no other`,
    ],
  },
  {
    id: 'SKILL-3',
    promise: 'Ids, fields, immutability, the limit of a session and the settings are checked when a change is applied.',
    source: 'design §スキル定義の例',
    proof: [
      `${governance} › K02: a text that also defines an immutable skill, or defines another one than it says, is refused`,
      `${governance} › K03: every field is held against the rules of the skill: a denied one is refused, also beside an allowed one`,
      `${governance} › K04: the limit of a session and the list of immutable skills hold when a change is applied`,
      `${evolution} › does not happen when the settings cannot be read`,
    ],
  },
  {
    id: 'SKILL-4',
    promise:
      'Every version is kept by its content; going back is a proposal like any other, with its reason on the ledger.',
    source: 'design §スキル定義の例',
    proof: [
      `${evolution} › to an earlier version is a proposal like any other, and brings that version back`,
      `${governance} › K06: no version is overwritten, however fast they follow, and a change that fails leaves the files as they were`,
      `${governance} › K08: the reason is on the ledger, and without one there is no proposal`,
    ],
  },
  {
    id: 'SKILL-5',
    promise: 'What somebody edits in the folder is shown and changes nothing that is in force.',
    source: 'roadmap §5.4',
    proof: `${evolution} › that somebody makes in the file is seen, and changes nothing until it is proposed`,
  },
  {
    id: 'SKILL-6',
    promise: 'A change of files and its record become durable together, and are finished after a crash.',
    source: 'roadmap §5.8',
    proof: [
      'tests/crash/skills.test.ts › STO-01: a kernel that is killed while skills and documents change loses nothing it acknowledged, and files follow the record',
      `${journal} › that is cut off after %i files is finished at the next start`,
      `${journal} › comes before the next one when its files could not be written`,
      `${record} › K14: what could not be recorded is not said to be done, and did not happen`,
    ],
  },
  {
    id: 'SKILL-7',
    promise: 'Definitions are verified against this moment, and never said to hold when something was not evaluated.',
    source: 'design §フォーマライゼーションツール',
    proof: [
      `${older} › J15: verifies against the settings of this moment, and leaves to a person what a person has to judge`,
      `${doors} › K34: the default skills have definitions that are checked against this moment, and differences are structural`,
    ],
  },
  {
    id: 'SKILL-8',
    promise: 'A state is every byte of every layer, is committed when that is due, and comes back by a proposal.',
    source: 'design §データディレクトリ',
    proof: `${record} › K16: every byte counts, every trigger fires, what was pending outlives a restart, and a state can come back`,
  },
  {
    id: 'SKILL-9',
    promise: 'A chain of the older system is taken over whole or not at all, and the export goes on from it.',
    source: 'design §データディレクトリ',
    proof: [
      `${record} › K10: a chain that is %s is never taken for none, and never written over`,
      `${record} › K11: the last block is checked like every other, and a chain that lost its end is not the one on record`,
      `${older} › exports a chain that begins with its own blocks and goes on with what happened since`,
    ],
  },
  {
    id: 'SKILL-10',
    promise: 'An older data folder opens as it is, evolves in its own language, and nothing else in it changes.',
    source: 'design §真実のソースポリシー',
    proof: [
      `${older} › is adopted as it is: nothing of it is written to, and its chain is taken over`,
      `${older} › evolves in Ruby: one skill of the file changes, every other character stays`,
    ],
  },
  {
    id: 'SKILL-11',
    promise: 'A behavior runs only in the sandbox, when the settings allow it, with a view that only reads.',
    source: 'design §スキルの3層構造',
    proof: [
      `${behavior} › does not run unless the settings say so, and not for a delegate`,
      `${behavior} › sees every question of the view, and nothing that it could change`,
      `${behavior} › reaches nothing else: %s`,
    ],
  },
  {
    id: 'SKILL-12',
    promise: 'No name leads out of a document, no text is a bad query, and one broken document hides no other.',
    source: 'design §データディレクトリ',
    proof: [
      `${doors} › K18: no name of a document leads out of its folder`,
      `${doors} › K27: %j is a question like any other`,
      `${doors} › K26: one broken document hides no other, in no list and no state`,
    ],
  },
]
