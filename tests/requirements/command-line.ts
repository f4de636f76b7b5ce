import type { Requirement } from './requirement.ts'

const scenario = 'tests/scenarios/cli.test.ts › takes an operator from an empty folder to a verified ledger'
const commands = 'tests/scenarios/commands.test.ts'
const progress = 'packages/app/src/cli/progress.test.ts'
const escape = 'packages/app/src/cli/render/escape.test.ts'
const server = 'packages/app/src/cli/server-file.test.ts'

/** Promises about the command line. */
export const commandLineRequirements: readonly Requirement[] = [
  {
    id: 'CLI-1',
    promise: 'One command serves a home on a given or on any free port, and says where.',
    source: 'OPERATIONS §Start and stop',
    proof: [scenario, `${commands} › says where it is, how to get the token and what to type next`],
  },
  {
    id: 'CLI-2',
    promise: 'One command prints the token alone, ready for a header.',
    source: 'OPERATIONS §Start and stop',
    proof: scenario,
  },
  {
    id: 'CLI-3',
    promise:
      'The same command runs a flow through the system that serves the home, and in its own process when none does.',
    source: 'OPERATIONS §Start and stop',
    proof: scenario,
  },
  {
    id: 'CLI-4',
    promise: 'Commands print tables and sentences for people, and end with a code that tells how it went.',
    source: 'OPERATIONS §Start and stop',
    proof: [
      `${commands} › prints a table or sentences for people, and ends with a code that tells how it went`,
      'packages/app/src/cli/render/table.test.ts › aligns columns whatever the script, without spaces at the ends of lines',
    ],
  },
  {
    id: 'CLI-5',
    promise: 'With --json a command prints one JSON value and nothing else, also when it fails.',
    source: 'OPERATIONS §Start and stop',
    proof: `${commands} › prints one JSON value and nothing else with --json, also when it fails and when a system is asked`,
  },
  {
    id: 'CLI-6',
    promise: 'What takes longer than a second shows on a terminal that it goes on.',
    source: 'OPERATIONS §Start and stop',
    proof: [
      `${progress} › shows the seconds on a terminal, and wipes them away at its end`,
      `${progress} › shows nothing when it was quick`,
      `${progress} › shows nothing where nothing can be overwritten: a file, a pipe`,
    ],
  },
  {
    id: 'CLI-7',
    promise: 'Nothing is approved by a command that neither a person confirmed nor a hash or --yes decided.',
    source: 'OPERATIONS §Approval',
    proof: scenario,
  },
  {
    id: 'CLI-8',
    promise: 'A command on a home that is not there makes none and says how to make one.',
    source: 'OPERATIONS §Start and stop',
    proof: scenario,
  },
  {
    id: 'CLI-9',
    promise: 'A system that is told to stop ends well and takes every process with it.',
    source: 'OPERATIONS §Start and stop',
    proof: scenario,
  },
  {
    id: 'CLI-10',
    promise: 'No text of a pack commands the terminal.',
    source: 'threat model A8',
    proof: [
      `${escape} › cannot command the terminal in a line: %j`,
      `${escape} › never leaves anything to obey, whatever it is`,
      `${escape} › is safe and still the same value`,
    ],
  },
  {
    id: 'CLI-11',
    promise: 'The command line speaks English and Japanese, by the language of the surroundings or as told.',
    source: 'README §Status',
    proof: 'packages/app/src/cli/language.test.ts › %j with --lang %s chooses the right language',
  },
  {
    id: 'CLI-12',
    promise: 'Inputs of a flow are given as name=text or as name:=JSON.',
    source: 'README §Five minutes',
    proof: [
      'packages/app/src/cli/flow-inputs.test.ts › %s names %s',
      'packages/app/src/cli/flow-inputs.test.ts › gives back any text and any JSON value under its name',
      scenario,
    ],
  },
  {
    id: 'CLI-13',
    promise: 'The token is sent to a live system on this machine that left word of itself, and to nobody else.',
    source: 'threat model A2',
    proof: [
      `${server} › never sends anybody to %s`,
      `${server} › ignores a file whose process has ended, although somebody listens on the port`,
      `${server} › ignores a port on which nobody listens, or which is answered by something else`,
    ],
  },
]
