import type { Requirement } from './requirement.ts'

const project = 'packages/kernel/src/audit/project.test.ts'
const question = 'packages/kernel/src/audit/query.test.ts'
const files = 'packages/drivers/src/audit/audit-files.test.ts'
const http = 'tests/http/audit.test.ts'
const commands = 'tests/scenarios/commands.test.ts'

/** Promises about the audit log. */
export const auditRequirements: readonly Requirement[] = [
  {
    id: 'AUDIT-1',
    promise:
      'The audit log is in user_data/audit, one file a category and day, one line of JSON for each ledger entry.',
    source: 'OPERATIONS §Audit log',
    proof: [
      `${http} › follows the ledger while it runs, one file a category and day, for its owner only`,
      `${files} › hold every entry once, in order, readable by their owner only`,
      `${project} › goes to the file of its category and its day`,
    ],
  },
  {
    id: 'AUDIT-2',
    promise:
      'Every kind of entry has one of the eight categories and the documented fields, without those that are null.',
    source: 'OPERATIONS §Audit log',
    proof: [
      `${project} › says what the manual says: %s %j`,
      `${project} › is exactly this, with what has no value left out`,
      `${project} › of a grant of %s says that it is a %s`,
      `${http} › says in the file of %s what the manual tells operators to look for`,
    ],
  },
  {
    id: 'AUDIT-3',
    promise: 'Texts of strangers stay on one bounded line of printable ASCII, and what was cut says so.',
    source: 'OPERATIONS §Audit log; threat model AUD-02',
    proof: [
      `${project} › it becomes one bounded line of printable ASCII that says the same when it is read again`,
      `${project} › says that something was cut, and keeps what is short`,
    ],
  },
  {
    id: 'AUDIT-4',
    promise: 'The files follow the ledger over restarts, kills, power cuts and backups that are put back.',
    source: 'OPERATIONS §Audit log; threat model AUD-01',
    proof: [
      `${files} › follow the ledger, however often they are left and taken up again`,
      `${files} › are completed wherever a kill cut them off: between files and in the middle of a line`,
      `${files} › are written anew after a power cut, which may take away what a kill leaves`,
      `${files} › are written anew when they are not those of the ledger: a backup was put back`,
      `${http} › goes on where it was, with the end of the system before and its own start`,
      'tests/crash/kill.test.ts › STO-02, STO-03: a kernel that is killed at any moment loses nothing it acknowledged and leaves nothing half done or running',
    ],
  },
  {
    id: 'AUDIT-5',
    promise: 'One command writes the files anew, byte for byte the same, and readers never see half of one.',
    source: 'OPERATIONS §Audit log',
    proof: [
      `${files} › gives byte for byte what following the ledger gave, and removes what no entry is in`,
      `${files} › tells how far it is, shows readers the old files until the new ones are whole, and goes on with the ledger`,
      `${files} › that was killed while it put the new files in place is done again`,
      `${http} › is written anew byte for byte, whatever became of its files`,
      `${commands} › prints a table or sentences for people, and ends with a code that tells how it went`,
    ],
  },
  {
    id: 'AUDIT-6',
    promise: 'The audit log is searched by category, pack, flow, time, outcome and action, newest first and in pages.',
    source: 'http §Audit log',
    proof: [
      `${http} › %s finds these`,
      `${http} › comes in pages that hold each line once`,
      `${http} › is answered at once, newest first, with every line of the ledger`,
      `${http} › is refused with a hint when its time is none: %s`,
      `${question} › %s begins and ends in UTC`,
      `${commands} › prints a table or sentences for people, and ends with a code that tells how it went`,
    ],
  },
  {
    id: 'AUDIT-7',
    promise: 'An audit log that cannot be written makes nothing fail; doctor tells, and it goes on when it can.',
    source: 'OPERATIONS §Trouble',
    proof: [
      `${http} › stops no decision; doctor tells, and it goes on from the ledger afterwards`,
      `${files} › because it %s is told, and does no harm; the log goes on when it can`,
      `${files} › does not keep the system from ending`,
    ],
  },
]
